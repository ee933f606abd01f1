"""The search index of the desk size: SQLite FTS5 in the one file of the installation.

Each post has a row in ``search_posts`` (what filters look at, and the post itself) and a row in the full-text table
``search_words`` with two columns: *words*, cut by MeCab, and *pairs*, every two neighbouring characters. The pairs
find any substring of one or more characters, also where the dictionary cuts slang oddly; the words only lift posts
that contain what was typed as words of their own above those that contain it inside other words.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.errors import Misconfigured
from domain.labels import Label
from store.search import IndexedPost, SearchPage, SearchQuery
from store.search_documents import decode, encode
from store.sqlite_file import BUSY_SECONDS, SqliteFile
from store.words import SPACE, WordCutter, fold, pairs

_FORMAT = 1
_CHUNK = 500
SEARCHED_CHARACTERS = 1_000_000
"""Of a longer post only so many characters (about 3 MB of Japanese) are searched; the post is kept whole."""
CUT_CHARACTERS = 100_000
"""Words, which only order the results, are looked for in so many."""
TYPED_CHARACTERS = 256
"""Of a longer word in a query only so many characters are compared: time grows with both lengths."""
_LABEL_AT_LEAST = 0.5
_LARGEST_INTEGER = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The ascii tokenizer keeps every character beyond ASCII as it is; folded text has no ASCII punctuation left.
# contentless: the post lies in search_posts already.
_TABLES = """
CREATE TABLE search_format (format INTEGER NOT NULL);
CREATE TABLE search_posts (
  id INTEGER PRIMARY KEY,
  revision_id TEXT NOT NULL UNIQUE,
  desk TEXT NOT NULL,
  post_id TEXT NOT NULL,
  edit INTEGER NOT NULL,
  moment INTEGER NOT NULL,
  posted_at INTEGER,
  site TEXT NOT NULL,
  author TEXT,
  thread TEXT,
  number INTEGER,
  risk REAL NOT NULL,
  labels TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX ix_search_posts_post ON search_posts (post_id, desk);
CREATE INDEX ix_search_posts_moment ON search_posts (desk, moment);
CREATE INDEX ix_search_posts_thread ON search_posts (desk, site, thread, number) WHERE thread IS NOT NULL;
CREATE VIRTUAL TABLE search_words USING fts5 (words, pairs, content = '', tokenize = 'ascii');
"""
_INSERT = f"INSERT INTO search_posts VALUES ({', '.join('?' * 14)})"  # noqa: S608 - fixed text
# With so heavy a weight a hit among the words counts in full whatever the length of the post, so posts with such
# hits come first and the pairs (how often, in how short a post) order what is equal so far.
_RANK = "bm25(search_words, 1000.0, 1.0)"


class SqliteSearchIndex:
    """A :class:`store.search.SearchIndex` in one SQLite file, shared with other adapters and processes.

    Nothing connects before the first call. Thread-safe. Words are compared as :func:`store.words.fold` says; any
    substring of one or more characters is found (in the first :data:`SEARCHED_CHARACTERS` of a post).
    """

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        """``busy_seconds``: how long a write waits for another writer before it raises ``Unavailable``."""
        self._file = SqliteFile(path, _prepare, busy_seconds)
        self._cutter = WordCutter()

    def put(self, posts: Sequence[IndexedPost]) -> None:
        """Keep posts that are not there yet, all or none, durably before returning."""
        fresh = {entry.post.revision_id: entry for entry in posts}
        with self._file.read() as connection:
            _forget_known(connection, fresh)
        if not fresh:
            return
        # Cutting words is the slow half, so it happens before the write lock is taken.
        texts = {revision_id: self._text_columns(entry.post.text) for revision_id, entry in fresh.items()}
        with self._file.write() as connection:
            _forget_known(connection, fresh)  # another worker may have been faster
            earlier = _known(connection, "post_id", {entry.post.post_id for entry in fresh.values()})
            first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM search_posts").fetchone()[0]
            rows: list[tuple[Any, ...]] = []
            words: list[tuple[int, str, str]] = []
            for row_id, (revision_id, entry) in enumerate(fresh.items(), first):
                post_id = entry.post.post_id
                rows.append(_row(row_id, revision_id, post_id, entry, edit=post_id in earlier))
                words.append((row_id, *texts[revision_id]))
                earlier.add(post_id)
            connection.executemany(_INSERT, rows)
            connection.executemany("INSERT INTO search_words (rowid, words, pairs) VALUES (?, ?, ?)", words)

    def count(self, desk: str | None = None) -> int:
        """How many posts (versions included) the index holds."""
        with self._file.read() as connection:
            if desk is None:
                return int(connection.execute("SELECT count(*) FROM search_posts").fetchone()[0])
            return _count(connection, _Condition(desk))

    def get(self, desk: str, revision_id: str) -> IndexedPost | None:
        """One post of this desk."""
        found = self._list(_Condition(desk).also("p.revision_id = ?", revision_id), "p.id")
        return found[0] if found else None

    def versions(self, desk: str, post_id: str) -> list[IndexedPost]:
        """All versions of a post in the order in which they arrived."""
        return self._list(_Condition(desk).also("p.post_id = ?", post_id), "p.id")

    def thread(self, desk: str, site: str, thread: str, number: int, around: int) -> list[IndexedPost]:
        """Posts of a thread whose numbers lie within ``around`` of ``number``, by number; versions as they came."""
        condition = _Condition(desk).also("p.site = ?", _text(site)).also("p.thread = ?", _text(thread))
        condition.also("p.number >= ?", _whole(number - around)).also("p.number <= ?", _whole(number + around))
        return self._list(condition, "p.number, p.id")

    def search(self, query: SearchQuery) -> SearchPage:
        """Posts of ``query.desk`` that match; with words the best match first, without any the newest first."""
        condition = _filters(query)
        order = "p.moment DESC, p.id DESC"
        match = self._match(query.words)
        if match is not None:
            condition.match(match)
            order = f"{_RANK}, {order}"
        with self._file.read() as connection:
            total = _count(connection, condition)
            found = _select(connection, condition, order, max(query.limit, 0), max(query.offset, 0)) if total else []
        return SearchPage(total, tuple(found))

    def close(self) -> None:
        """Give resources back."""
        self._file.close()

    def _list(self, condition: "_Condition", order: str) -> list[IndexedPost]:
        with self._file.read() as connection:
            return _select(connection, condition, order, -1, 0)

    def _text_columns(self, text: str) -> tuple[str, str]:
        folded = fold(text)
        return self._cutter.cut(folded[:CUT_CHARACTERS]), pairs(folded[:SEARCHED_CHARACTERS])

    def _match(self, words: str) -> str | None:
        """The FTS5 expression for what a person typed; None where that is nothing.

        Folded text has neither quotes nor any other ASCII punctuation, so what stands between our quotes is text.
        """
        terms = []
        for word in dict.fromkeys(word[:TYPED_CHARACTERS] for word in fold(words).split(SPACE)):
            if len(word) == 1:
                terms.append(f'(words : "{word}" OR pairs : "{word}" *)')
            elif word:
                in_a_row = " ".join([word[i : i + 2] for i in range(len(word) - 1)])
                terms.append(f'(words : "{self._cutter.cut(word)}" OR pairs : "{in_a_row}")')
        return " AND ".join(terms) or None


class _Condition:
    """A WHERE clause that cannot be built without a desk: the one place that keeps desks apart."""

    def __init__(self, desk: str) -> None:
        self._tests = ["p.desk = ?"]
        self._values: list[Any] = [desk]
        self._match: str | None = None

    def also(self, test: str, value: Any) -> "_Condition":
        self._tests.append(test)
        self._values.append(value)
        return self

    def match(self, expression: str) -> None:
        self._match = expression

    def sql(self) -> tuple[str, list[Any]]:
        """``FROM … WHERE …`` and its values."""
        tests = " AND ".join(self._tests)
        if self._match is None:
            return f"FROM search_posts p WHERE {tests}", self._values
        # CROSS JOIN: always from the hits to their posts, never the other way round.
        source = "search_words CROSS JOIN search_posts p ON p.id = search_words.rowid"
        return f"FROM {source} WHERE search_words MATCH ? AND {tests}", [self._match, *self._values]


def _filters(query: SearchQuery) -> _Condition:
    condition = _Condition(query.desk)
    for column, value in (("site", query.site), ("author", query.author), ("thread", query.thread)):
        if value is not None:
            condition.also(f"p.{column} = ?", _text(value))
    if query.label is not None:
        condition.also("instr(p.labels, ?) > 0", f" {query.label.value} ")
    if query.min_risk > 0:
        condition.also("p.risk >= ?", query.min_risk)
    if query.posted_from is not None:
        condition.also("p.posted_at >= ?", _microseconds(query.posted_from))
    if query.posted_before is not None:
        condition.also("p.posted_at < ?", _microseconds(query.posted_before))
    return condition


def _count(connection: sqlite3.Connection, condition: _Condition) -> int:
    source, values = condition.sql()
    return int(connection.execute(f"SELECT count(*) {source}", values).fetchone()[0])


def _select(
    connection: sqlite3.Connection, condition: _Condition, order: str, limit: int, offset: int
) -> list[IndexedPost]:
    source, values = condition.sql()
    rows = connection.execute(
        f"SELECT p.body, p.edit {source} ORDER BY {order} LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    return [IndexedPost(*decode(body), edit=bool(edit)) for body, edit in rows]


def _known(connection: sqlite3.Connection, column: str, values: Iterable[str]) -> set[str]:
    wanted = list(values)
    known: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        marks = ", ".join("?" * len(part))
        query = f"SELECT {column} FROM search_posts WHERE {column} IN ({marks})"  # noqa: S608 - fixed texts
        known.update(row[0] for row in connection.execute(query, part))
    return known


def _forget_known(connection: sqlite3.Connection, fresh: dict[str, IndexedPost]) -> None:
    for revision_id in _known(connection, "revision_id", fresh):
        del fresh[revision_id]


def _row(row_id: int, revision_id: str, post_id: str, entry: IndexedPost, edit: bool) -> tuple[Any, ...]:
    post, assessment = entry.post, entry.assessment
    strong = [label.value for label in Label if assessment.labels.get(label, 0.0) >= _LABEL_AT_LEAST]
    return (
        row_id,
        revision_id,
        post.desk,
        post_id,
        edit,
        _microseconds(post.posted_at or post.collected_at),
        _microseconds(post.posted_at) if post.posted_at else None,
        _text(post.site),
        _text(post.author),
        _text(post.thread),
        _whole(post.number) if post.number is not None else None,
        assessment.risk,
        f" {' '.join(strong)} ",
        encode(post, assessment),
    )


def _text(value: str | None) -> str | None:
    # SQLite text is UTF-8 and has no place for lone surrogates; the untouched value is in the body.
    return None if value is None else value.encode("utf-8", "replace").decode("utf-8")


def _whole(value: int) -> int:
    return max(-_LARGEST_INTEGER, min(value, _LARGEST_INTEGER))


def _microseconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("times must carry a time zone")
    return (at - _EPOCH) // timedelta(microseconds=1)


def _prepare(connection: sqlite3.Connection) -> None:
    found = _format(connection)
    if found is None:
        # Another process may be at the same point; who waits finds the tables made.
        connection.execute("BEGIN IMMEDIATE")
        found = _format(connection)
        if found is None:
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute("INSERT INTO search_format VALUES (?)", (_FORMAT,))
            found = _FORMAT
        connection.execute("COMMIT")
    if found != _FORMAT:
        raise Misconfigured(
            f"the search index has format {found}, this program needs {_FORMAT}: "
            "it was made by another version; use that one or index the posts anew"
        )


def _format(connection: sqlite3.Connection) -> int | None:
    exists = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'search_format'").fetchone()
    return int(connection.execute("SELECT format FROM search_format").fetchone()[0]) if exists else None
