"""How often one address may try something. In memory, bounded, and without keeping the addresses themselves."""

import hashlib
import ipaddress
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta


class Limiter:
    """Allows ``most`` tries within ``window`` for each address. Thread-safe.

    Holds at most ``capacity`` addresses, as keyed hashes, and forgets the one that was quiet longest first.
    """

    def __init__(self, most: int, window: timedelta, clock: Callable[[], datetime], capacity: int = 10_000) -> None:
        self._most = most
        self._window = window
        self._clock = clock
        self._capacity = capacity
        self._salt = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._tries: OrderedDict[bytes, deque[datetime]] = OrderedDict()

    def wait(self, address: str) -> timedelta | None:
        """Count a try. None where it is allowed, else how long to wait; a try that is refused is not counted."""
        key = hashlib.blake2b(_network(address).encode(), key=self._salt, digest_size=16).digest()
        now = self._clock()
        with self._lock:
            tries = self._tries.setdefault(key, deque())
            self._tries.move_to_end(key)
            while tries and tries[0] <= now - self._window:
                tries.popleft()
            if len(tries) >= self._most:
                return tries[0] + self._window - now
            tries.append(now)
            while len(self._tries) > self._capacity:
                self._tries.popitem(last=False)
        return None


def _network(address: str) -> str:
    """The address, or the /64 network of an IPv6 address: a household or a telephone holds a whole one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
