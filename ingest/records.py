"""The published record of a post: what a source sends, what the stream carries, and the rules between the two.

Two shapes, both described in ``docs/interfaces.md`` and as JSON Schema beside it: a :class:`SourcePost` is one entry
of a file, a :class:`PostRecord` one record of the stream. Pydantic guards this edge; inside the house a post is
:class:`domain.posts.Post`.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from domain.errors import BadRecord
from domain.posts import Origin, Post

SCHEMA = "mimamori.post/1"
"""Version of the record; a change that an old reader cannot understand gets the next number."""
MAX_TEXT = 100_000
"""Characters of a text. Far beyond any post, and small enough that no record can exhaust a worker's memory."""
MAX_DEPTH = 32
"""Nesting of unknown fields."""
MAX_NUMBER = 2**31 - 1
REPAIRS = "repairs"
"""Note in ``extra``: how many characters of each field could not be stored and became U+FFFD."""
CLOCK_SKEW = "clock_skew"
"""Note in ``extra``: ``posted_at`` lies after the moment of collection."""
SKEW = timedelta(minutes=5)
"""Clocks differ by less than this without a note."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL's TEXT takes neither NUL nor lone surrogates
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def _time(value: object) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    if value == "":
        return None
    match = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("not an RFC 3339 time such as 2026-11-23T14:05:00+09:00")
    if match[2] is None:
        # Guessing Japan time would shift the posts of every foreign service by hours, and with them the deadlines.
        raise ValueError("the time has no offset; write +09:00 after it for Japan time")
    try:
        return datetime.fromisoformat(match[0].upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such time") from None


def _name(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None if isinstance(value, str) and not value.strip() else value


def _number(value: object) -> object:
    if isinstance(value, str):
        if not value.strip():
            return None
        return int(value) if re.fullmatch(r"\d{1,10}", value.strip(), re.ASCII) else value
    return value


Name = Annotated[str | None, BeforeValidator(_name, json_schema_input_type=str | int | None)]
Time = Annotated[datetime | None, BeforeValidator(_time, json_schema_input_type=datetime | None)]
_Count = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
Number = Annotated[_Count | None, BeforeValidator(_number, json_schema_input_type=_Count | str | None)]


class SourcePost(BaseModel):
    """One post as a source sends it. Only ``text`` is needed; fields not named here are kept in ``extra``."""

    model_config = ConfigDict(extra="allow", strict=True)

    text: str = Field(max_length=MAX_TEXT, description="The post as it was published, never altered.")
    id: Name = Field(None, description="The id that the site gave the post. With `site` it names the post for ever.")
    site: Name = Field(None, description="Name of the service or board.")
    url: Name = Field(None, description="Address of this single post; evidence without it loses its value.")
    posted_at: Time = Field(None, description="RFC 3339 with an offset. A time without one is refused.")
    author: Name = Field(None, description="Name or handle shown with the post.")
    thread: Name = Field(None, description="Name or id of the thread or page.")
    number: Number = Field(None, description="Number of the post in its thread (レス番号).")


class PostRecord(SourcePost):
    """One record of the stream. Fields not named here are moved into ``extra``."""

    schema_: Literal["mimamori.post/1"] = Field(alias="schema", description="Version of this record.")
    desk: str = Field(pattern=r"^[0-9]{6}$", description="Desk that reads it (全国地方公共団体コード).")
    site: str = Field(min_length=1, description="Name of the service or board.")
    id: str = Field(min_length=1, description="The native id, given by the site or made by the collector.")
    collected_at: Annotated[datetime, BeforeValidator(_time, json_schema_input_type=datetime)] = Field(
        description="When the post was found: RFC 3339 with an offset."
    )
    origin: Origin = Field(Origin.COLLECTED, strict=False, description="Found by a collector, or sent by a person.")
    report_number: Name = Field(None, description="Number of the report that named the post.")
    extra: dict[str, Any] = Field(default_factory=dict, description="What the source sent besides.")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the collector knows of every post of one input. ``site`` fills in where the source names none."""

    desk: str
    site: str
    at: datetime


class Occurrences:
    """Counts equal posts without any identity within one input.

    Two equal lines of a file stay two posts, and the same file collected again gives the same two. Costs about a
    hundred bytes for each such post.
    """

    def __init__(self) -> None:
        self._seen: Counter[int] = Counter()

    def number(self, digest: bytes) -> int:
        """How often ``digest`` was asked for, this time included."""
        key = int.from_bytes(digest[:8])
        self._seen[key] += 1
        return self._seen[key]


def parse_object(text: str) -> dict[str, Any]:
    """The JSON object in ``text``; raises :class:`BadRecord` for anything else.

    Raw control characters within strings are accepted: a stray byte must not hide a post.
    """
    try:
        value = json.loads(text, strict=False, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadRecord(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise BadRecord("nested too deeply") from None
    except ValueError:  # an integer of thousands of digits
        raise BadRecord("not JSON: a number is out of range") from None
    if not isinstance(value, dict):
        kind = {list: "array", str: "string", type(None): "null", bool: "boolean"}.get(type(value), "number")
        raise BadRecord(f"a JSON {kind} where an object should be")
    return value


def from_source(fields: Mapping[str, Any], arrival: Arrival, seen: Occurrences) -> Post:
    """The post in one entry of an input; raises :class:`BadRecord` with the field and what is wrong with it."""
    repairs: Counter[str] = Counter()
    record = _validate(SourcePost, _clean_fields(fields, repairs))
    if not record.text.strip():
        raise BadRecord("text: is empty")
    extra = {_free(name): value for name, value in (record.model_extra or {}).items()}
    post = Post(
        desk=arrival.desk,
        site=record.site or arrival.site,
        native_id="",
        text=record.text,
        collected_at=arrival.at,
        url=record.url,
        posted_at=record.posted_at,
        author=record.author,
        thread=record.thread,
        number=record.number,
        extra=extra,
    )
    return _noted(replace(post, native_id=record.id or _native_id(post, seen)), repairs)


def repaired(post: Post) -> Post:
    """``post`` with U+FFFD for every character that cannot be stored, and a note of it in ``extra``.

    Call it before using ``revision_id`` of a post made from what a person typed: the text is part of that id.
    """
    repairs: Counter[str] = Counter()
    cleaned = replace(
        post,
        site=_clean(post.site, "site", repairs),
        native_id=_clean(post.native_id, "id", repairs),
        text=_clean(post.text, "text", repairs),
        url=_name(_clean(post.url, "url", repairs)),
        author=_name(_clean(post.author, "author", repairs)),
        thread=_name(_clean(post.thread, "thread", repairs)),
        report_number=_name(_clean(post.report_number, "report_number", repairs)),
        extra=_clean(dict(post.extra), "extra", repairs),
    )
    return _noted(cleaned, repairs)


def encode(post: Post) -> bytes:
    """The stream record of ``post``: one line of UTF-8 JSON. Append it under the key ``post.revision_id``.

    Raises :class:`BadRecord` where :func:`decode` would refuse it or read another post (see :func:`repaired`).
    """
    fields = {
        "schema": SCHEMA,
        "desk": post.desk,
        "site": post.site,
        "id": post.native_id,
        "text": post.text,
        "collected_at": _written(post.collected_at),
        "origin": post.origin.value,
        "url": post.url,
        "posted_at": _written(post.posted_at) if post.posted_at else None,
        "author": post.author,
        "thread": post.thread,
        "number": post.number,
        "report_number": post.report_number,
        "extra": dict(post.extra) or None,
    }
    present = {name: value for name, value in fields.items() if value is not None}
    value = json.dumps(present, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if decode(value) != post:
        raise BadRecord("the post would be read as another one; repair it first")
    return value


def decode(value: bytes) -> Post:
    """The post in a stream record; raises :class:`BadRecord` with a short reason that holds none of its text."""
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise BadRecord(f"not UTF-8 at byte {error.start + 1}") from None
    repairs: Counter[str] = Counter()
    record = _validate(PostRecord, _clean_fields(parse_object(text), repairs))
    _check_text(record.text, record.origin, record.url)
    extra = dict(record.extra)
    for name, unknown in (record.model_extra or {}).items():
        extra.setdefault(_free(name), unknown)
    post = Post(
        desk=record.desk,
        site=record.site,
        native_id=record.id,
        text=record.text,
        collected_at=record.collected_at,
        origin=record.origin,
        url=record.url,
        posted_at=record.posted_at,
        author=record.author,
        thread=record.thread,
        number=record.number,
        report_number=record.report_number,
        extra=extra,
    )
    return _noted(post, repairs)


R = TypeVar("R", bound=SourcePost)


def _validate(model: type[R], fields: Mapping[str, Any]) -> R:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = str(first["loc"][0])
        if first["type"] == "missing":
            raise BadRecord(f"{name}: is missing") from None
        words = first["msg"].removeprefix("Value error, ")
        raise BadRecord(f"{name}: {words[0].lower()}{words[1:]}") from None


def _check_text(text: str, origin: Origin, url: str | None) -> None:
    if not text.strip() and not (origin is Origin.REPORTED and url):
        raise BadRecord("text: is empty")


def _native_id(post: Post, seen: Occurrences) -> str:
    if post.url:
        # Boards whose posts share the address of their thread are told apart by the number.
        return f"url:{post.url}" if post.number is None else f"url:{post.url}#{post.number}"
    if post.thread and post.number is not None:
        return f"thread:{post.thread}#{post.number}"
    written = _written(post.posted_at) if post.posted_at else None
    identity = json.dumps([post.site, post.author, post.thread, post.number, written, post.text])
    digest = sha256(identity.encode()).digest()
    return f"text:{digest.hex()[:32]}-{seen.number(digest)}"


def _noted(post: Post, repairs: Counter[str]) -> Post:
    notes: dict[str, Any] = {}
    if repairs:
        notes[REPAIRS] = dict(sorted(repairs.items()))
    if post.posted_at is not None and post.posted_at > post.collected_at + SKEW:
        notes[CLOCK_SKEW] = True
    return replace(post, extra={**post.extra, **notes}) if notes else post


def _free(name: str) -> str:
    return f"source_{name}" if name in (REPAIRS, CLOCK_SKEW) else name


def _clean_fields(fields: Mapping[str, Any], repairs: Counter[str]) -> dict[str, Any]:
    return {
        _clean(name, "extra", repairs): _clean(value, name if name in PostRecord.model_fields else "extra", repairs)
        for name, value in fields.items()
    }


def _clean(value: Any, field: str, repairs: Counter[str], depth: int = 0) -> Any:
    if isinstance(value, str):
        cleaned, found = _UNSTORABLE.subn("\ufffd", value)
        if found:
            repairs[field] += found
        return cleaned
    if depth > MAX_DEPTH:
        raise BadRecord("nested too deeply")
    if isinstance(value, list):
        return [_clean(entry, field, repairs, depth + 1) for entry in value]
    if isinstance(value, dict):
        return {_clean(name, field, repairs): _clean(entry, field, repairs, depth + 1) for name, entry in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise _no_constant("")
    return value


def _no_constant(_name: str) -> BadRecord:
    raise BadRecord("not JSON: a number is out of range")


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
