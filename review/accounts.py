"""Accounts of the people at a desk: signing in, adding, listing (argon2id, RFC 9106)."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.access import SYSTEM, Action, Actor, Role, require
from domain.errors import Incomplete, NotAllowed, Refused
from review.ports import Clock, NewId
from store.casework import Casework, Work
from store.users import Account

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1024
"""Characters. A bound, so that nobody makes the hash work on megabytes."""

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_WRONG = (
    "ログイン名またはパスワードが違います。入力を確かめて、もう一度お試しください。"
    "間違いが続いた場合は、15分ほど待つ必要があります。"
)


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person to add. ``password`` is the plain text and is never kept."""

    login: str
    name: str
    roles: frozenset[Role]
    password: str

    def __repr__(self) -> str:
        return f"NewUser(login={self.login!r})"


@dataclass(frozen=True, slots=True)
class Person:
    """An account as the pages see it: nothing of the password."""

    actor: Actor
    login: str
    active: bool


class Accounts:
    """Who may come in. Every method is one transaction, apart from the slow hash, which holds no lock."""

    def __init__(
        self, casework: Casework, *, clock: Clock, new_id: NewId, hasher: PasswordHasher | None = None
    ) -> None:
        self._casework = casework
        self._clock = clock
        self._new_id = new_id
        self._hasher = hasher or PasswordHasher()

    def sign_in(self, login: str, password: str) -> Actor:
        """The person behind ``login``; raises :class:`NotAllowed` with one sentence for every cause.

        Wrong login, wrong password, closed and resting accounts look and take alike, so that nobody can find out
        which logins exist.
        """
        name = normal_login(login)
        with self._casework.read() as work:
            account = work.users.by_login(name)
        right = self._matches(account.password_hash if account else self._decoy, password)
        if account is None:
            raise NotAllowed(_WRONG)
        if self._let_in(account, right):
            return account.actor
        raise NotAllowed(_WRONG)

    def current(self, actor_id: str) -> Actor | None:
        """The person with present name and roles; None where the account is closed or gone."""
        with self._casework.read() as work:
            account = work.users.by_id(actor_id)
        return account.actor if account and account.active else None

    def desk_name(self, actor: Actor) -> str:
        """What the actor's desk is called."""
        with self._casework.read() as work:
            desk = work.desks.get(actor.desk)
        return desk.name if desk else actor.desk

    def add_user(self, by: Actor, new: NewUser) -> Person:
        """Add a person to the desk of ``by``; raises ``Refused`` with what is missing or taken."""
        require(by, Action.MANAGE_USERS, by.desk)
        return self._add(by.desk, new, by.id)

    def add_from_command_line(self, desk: str, new: NewUser) -> Person:
        """Add a person with no account in charge: whoever runs commands here owns the files anyway."""
        return self._add(desk, new, SYSTEM)

    def people(self, by: Actor) -> list[Person]:
        """The people of the actor's desk, by login."""
        require(by, Action.MANAGE_USERS, by.desk)
        return self.people_from_command_line(by.desk)

    def people_from_command_line(self, desk: str) -> list[Person]:
        """The people of a desk, by login."""
        with self._casework.read() as work:
            return [_person(account) for account in work.users.of_desk(desk)]

    def _let_in(self, seen: Account, right: bool) -> bool:
        now = self._clock()
        user_id = seen.actor.id
        with self._casework.write() as work:
            # Read again under the lock: ten guesses at once must count as ten.
            account = work.users.by_id(user_id) or seen
            resting = account.locked_until is not None and now < account.locked_until
            allowed = right and account.active and not resting
            if allowed:
                work.users.record_success(user_id)
            elif not resting:  # guesses during the rest do not prolong it, or anyone could shut a person out
                work.users.record_failure(user_id, now)
            work.audit.append(
                desk=seen.actor.desk,
                at=now,
                actor=user_id if allowed else SYSTEM,
                action="user.signed_in" if allowed else "user.sign_in_failed",
                subject=f"user:{user_id}",
            )
        return allowed

    def _add(self, desk: str, new: NewUser, by: str) -> Person:
        login = normal_login(new.login)
        name = " ".join(new.name.split())
        _check(login, name, new.roles, new.password)
        sealed = self._hasher.hash(_bytes(new.password))
        now = self._clock()
        actor = Actor(self._new_id(), name, desk, frozenset(new.roles))
        with self._casework.write() as work:
            _check_free(work, desk, login)
            work.users.add(actor, login, sealed, now)
            work.audit.append(
                desk=desk,
                at=now,
                actor=by,
                action="user.added",
                subject=f"user:{actor.id}",
                details={"roles": sorted(role.value for role in actor.roles)},
            )
        return Person(actor, login, active=True)

    def _matches(self, sealed: str, password: str) -> bool:
        if len(password) > LONGEST_PASSWORD:
            password = ""  # nobody's password; the work stays the same
        try:
            return self._hasher.verify(sealed, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash(secrets.token_bytes(32))


def normal_login(login: str) -> str:
    """A login as it is kept: half-width, lower case, without blanks around (input methods add them)."""
    return unicodedata.normalize("NFKC", login).strip().lower()


def _check(login: str, name: str, roles: Iterable[Role], password: str) -> None:
    if not _LOGIN.fullmatch(login):
        raise Incomplete(
            "ログイン名は、半角の英小文字と数字、「.」「_」「-」「@」を使って2〜64文字にしてください。登録はしていません。"
        )
    if not name or len(name) > 64:
        raise Incomplete("表示する名前を64文字までで入れてください。登録はしていません。")
    if not frozenset(roles):
        raise Incomplete("役割を1つ以上選んでください。登録はしていません。")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Incomplete(
            f"パスワードは{SHORTEST_PASSWORD}文字以上にしてください。短い文をつなげると覚えやすくなります。登録はしていません。"
        )
    if (len(login) >= 4 and login in password.lower()) or len(set(password)) < 4:
        raise Incomplete("ログイン名を含むパスワードや、同じ文字ばかりのパスワードは使えません。登録はしていません。")


def _check_free(work: Work, desk: str, login: str) -> None:
    if work.desks.get(desk) is None:
        raise Refused(f"窓口 {desk} はまだ登録されていません。先に窓口を登録してください。利用者は登録していません。")
    if work.users.by_login(login) is not None:
        raise Refused("このログイン名はすでに使われています。別の名前を選んでください。登録はしていません。")


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _person(account: Account) -> Person:
    return Person(account.actor, account.login, account.active)
