"""fugashi with the packaged UniDic, loaded on first use and once a thread: a tagger owns one lattice."""

import threading
from typing import Any

_local = threading.local()


def tagger() -> Any:
    """This thread's tagger; the first call of a thread loads the dictionary (about half a second)."""
    found: Any = getattr(_local, "tagger", None)
    if found is None:
        import fugashi  # heavy: only where words are cut

        found = _local.tagger = fugashi.Tagger()
    return found
