"""The desk that documents and tables are made for."""

from domain.desks import Desk
from domain.errors import NotFound
from store.casework import Work


def desk_of(work: Work, code: str) -> Desk:
    """The desk; raises :class:`NotFound` where it is not registered."""
    desk = work.desks.get(code)
    if desk is None:
        raise NotFound(f"窓口 {code} は登録されていません。窓口のコードを確かめてください。")
    return desk
