"""Posts of the index as pages see them, and the posts around one."""

from dataclasses import dataclass

from domain.assessments import Assessment
from domain.posts import Post
from store.search import IndexedPost, SearchIndex, SearchQuery

OTHERS = 5


@dataclass(frozen=True, slots=True)
class SeenPost:
    """An indexed post. ``edit`` marks a later version of one that was indexed before."""

    post: Post
    assessment: Assessment
    edit: bool


def seen(found: IndexedPost) -> SeenPost:
    """The post without the index around it."""
    return SeenPost(found.post, found.assessment, found.edit)


def thread_of(index: SearchIndex, post: Post, around: int) -> tuple[SeenPost, ...]:
    """The thread around ``post``, itself included; empty where it stands in no numbered thread."""
    if post.thread is None or post.number is None:
        return ()
    found = index.thread(post.desk, post.site, post.thread, post.number, around)
    return tuple(seen(one) for one in found) if len(found) > 1 else ()


def author_of(index: SearchIndex, post: Post) -> tuple[SeenPost, ...]:
    """Other posts under the same name on the same site, a handful."""
    if not post.author:
        return ()
    page = index.search(SearchQuery(post.desk, site=post.site, author=post.author, limit=OTHERS + 5))
    return tuple(seen(one) for one in page.posts if one.post.post_id != post.post_id)[:OTHERS]
