"""The menu as data: one line a page. A page whose action the person may not do is not in their menu."""

from dataclasses import dataclass

from domain.access import Action


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: the file in this folder that draws it, its Japanese name, its address, who sees it."""

    file: str
    title: str
    url: str
    action: Action
    own_notices: bool = False
    """The page shows what a change left behind by itself, at the spot of the change."""


PAGES: tuple[Entry, ...] = (
    Entry("review.py", "審査", "review", Action.DECIDE, own_notices=True),
    Entry("queue.py", "一覧", "queue", Action.READ_QUEUE),
    Entry("search.py", "検索", "search", Action.SEARCH),
    Entry("cases.py", "案件", "cases", Action.READ_CASES),
    Entry("reports.py", "申告", "reports", Action.READ_CONTACT),
    Entry("statistics.py", "統計", "statistics", Action.READ_STATISTICS),
    Entry("audit.py", "監査", "audit", Action.READ_AUDIT),
    Entry("people.py", "利用者", "people", Action.MANAGE_USERS),
)
