"""Cues for 同定可能性: what in a post might tell a reader whom it is about.

The law asks whether an ordinary reader could identify the person. That is a judgement, and a person makes it; cues
only lay the evidence out: words that look like names, schools, addresses, numbers. A cue is prefilled evidence and
never a conclusion. It may be wrong (a surname that is also a common word), and a post without any may still identify
somebody to those who know the context.

Names come from fugashi with UniDic, forms from ``cues_lexicon.toml``. Ranges are those of the original text.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from classifier.folding import fold
from classifier.tagger import tagger
from domain.errors import Misconfigured

READ_CHARACTERS = 20_000
"""Only the first 20,000 characters of a text are read; the rest of a longer one brings no cues."""
MOST_CUES = 200
"""Of one text; a directory pasted into a post needs no more to be understood."""
LEXICON = Path(__file__).with_name("cues_lexicon.toml")

_PART = re.compile(r"<([a-z]+)>")
_HIRAGANA = re.compile(r"[ぁ-んー]+")
_TRADES = frozenset("者員手屋長師家人生官士婦科部主客")
_PROPER, _PERSON, _PLACE = "名詞,固有名詞", "名詞,固有名詞,人名", "名詞,固有名詞,地名"
_COUNTRY = "名詞,固有名詞,地名,国"
_Known = Mapping[str, frozenset[str]]
_NUMBER = re.compile(r"[0-9〇零一二三四五六七八九十百]+|[-−‐ー]")


class CueKind(StrEnum):
    """What a cue looks like."""

    PERSON_NAME = "person_name"
    """人名らしい語"""
    ORGANISATION = "organisation"
    """会社・団体名らしい語"""
    INITIAL = "initial"
    """イニシャル・伏せ字"""
    ADDRESS = "address"
    """住所らしい語"""
    PHONE = "phone"
    """電話番号らしい数字"""
    EMAIL = "email"
    """メールアドレス"""
    SCHOOL = "school"
    """学校・園らしい語"""
    WORKPLACE = "workplace"
    """店・部署・勤め先らしい語"""
    HANDLE = "handle"
    """アカウント名"""
    PLATE_NUMBER = "plate_number"
    """車のナンバーらしい番号"""
    AGE = "age"
    """年齢・学年・生まれ"""
    OTHER = "other"
    """そのほか、人や場所を指し示す語"""


_NAMED = frozenset({CueKind.SCHOOL, CueKind.ORGANISATION, CueKind.WORKPLACE})
_TOUCHING = (
    *("代名詞", "副詞", "助詞", "助動詞", "動詞", "形容詞", "形状詞", "接続詞", "感動詞", "連体詞"),
    *("名詞,普通名詞,副詞可能", "名詞,普通名詞,形状詞可能"),
)
"""Parts of speech that do not begin the name of a school or company."""


@dataclass(frozen=True, slots=True)
class Cue:
    """``text[start:end]`` of the original looks like ``kind``; ``name`` says in Japanese as what it was taken."""

    kind: CueKind
    start: int
    end: int
    name: str


def find_cues(text: str) -> tuple[Cue, ...]:
    """What a person should check for 同定可能性, in text order, not overlapping. Prefilled evidence, no conclusion.

    Takes any ``str`` and never raises for one. The first call of a thread loads the dictionary (about half a second).
    """
    folded = fold(text, 0, READ_CHARACTERS, lower=False)
    if not folded.text.strip():
        return ()
    lexicon = load_lexicon()
    words = _cut(folded.text)
    taken: list[_Found] = []
    for found in (*_forms(lexicon, folded.text, words), *_words(lexicon, words)):
        # What stands first in the lexicon wins where two overlap; two pieces of one address are one address.
        rivals = [other for other in taken if other.start < found.end and found.start < other.end]
        if all(other.kind is found.kind is CueKind.ADDRESS for other in rivals):
            taken = [other for other in taken if other not in rivals]
            start, end = min(f.start for f in (*rivals, found)), max(f.end for f in (*rivals, found))
            taken.append(_Found(found.kind, start, end, found.name))
        if len(taken) >= MOST_CUES:
            break
    taken.sort(key=lambda found: found.start)
    return tuple(Cue(found.kind, *folded.original(found.start, found.end), found.name) for found in taken)


@dataclass(frozen=True, slots=True)
class _Found:
    kind: CueKind
    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class _Word:
    surface: str
    start: int
    end: int
    feature: str

    def has(self, prefix: str | tuple[str, ...]) -> bool:
        """Whether its part of speech begins so."""
        return self.feature.startswith(prefix)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    forms: tuple[tuple[CueKind, str, re.Pattern[str]], ...]
    words: dict[str, frozenset[str]]


@cache
def load_lexicon(path: Path = LEXICON) -> _Lexicon:
    """Read the forms and words once; raises :class:`domain.errors.Misconfigured` for a file that cannot be used."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        parts = data["parts"]
        forms = tuple((CueKind(cue["kind"]), cue["name"], _compiled(cue["pattern"], parts)) for cue in data["cue"])
        return _Lexicon(forms, {key: frozenset(words) for key, words in data["words"].items()})
    except (OSError, ValueError, KeyError, re.error) as problem:
        sentence = f"手がかりの語彙 {path.name} を読めません（{problem}）。元のファイルに戻してください。"
        raise Misconfigured(sentence) from problem


def _compiled(pattern: str | list[str], parts: dict[str, str]) -> re.Pattern[str]:
    several = [pattern] if isinstance(pattern, str) else pattern
    whole = "|".join(each.replace("(?P<c>", f"(?P<c{i}>") for i, each in enumerate(several))
    while (named := _PART.sub(lambda found: parts.get(found[1], found[0]), whole)) != whole:
        whole = named
    return re.compile(whole)


def _forms(lexicon: _Lexicon, text: str, words: list[_Word]) -> Iterator[_Found]:
    for kind, name, pattern in lexicon.forms:
        for found in pattern.finditer(text):
            inner = found.lastgroup  # the part that is the cue, where a form needs its surroundings to be known
            start, end = found.span(inner) if inner else found.span()
            if kind in _NAMED:
                start = _name_begins(lexicon.words["touching"], words, start, end)
                if text[start:end] in lexicon.words["generic"]:
                    continue
            if start < end:
                yield _Found(kind, start, end, name)


def _name_begins(touching: frozenset[str], words: list[_Word], start: int, end: int) -> int:
    """Where the name of a school or company begins: without the words before it that only happen to touch it."""
    at = bisect_left(words, start, key=lambda word: word.start)
    if at < len(words) and words[at].start != start:
        return start  # inside a word
    while at < len(words) and words[at].end < end and (words[at].has(_TOUCHING) or words[at].surface in touching):
        at += 1
    return words[at].start if at < len(words) and words[at].start < end else end


def _cut(text: str) -> list[_Word]:
    """The text's words with their places; loads the tagger on a thread's first call."""
    words = []
    at = 0
    for node in tagger()(text.replace("\n", "。")):
        at += len(node.white_space)
        words.append(_Word(node.surface, at, at + len(node.surface), node.feature_raw))
        at = words[-1].end
    return words


def _words(lexicon: _Lexicon, words: list[_Word]) -> Iterator[_Found]:
    for rule in (_schools_and_companies, _addresses, _names):
        yield from rule(lexicon.words, words)


def _run(words: list[_Word], first: int, goes_on: Callable[[_Word], bool]) -> int:
    """The index after the words that follow ``words[first]`` without a gap and satisfy ``goes_on``."""
    last = first + 1
    while last < len(words) and words[last].start == words[last - 1].end and goes_on(words[last]):
        last += 1
    return last


def _schools_and_companies(known: _Known, words: list[_Word]) -> Iterator[_Found]:
    for i, word in enumerate(words):
        if not word.has(_PROPER) or word.has(_COUNTRY):
            continue
        last = _run(words, i, lambda follower: follower.has(_PROPER))
        if last == len(words) or words[last].start != words[last - 1].end:
            continue
        suffix = words[last]
        short = len(suffix.surface) == 1
        if suffix.surface in known["school_suffixes"] and not (short and words[last - 1].has(_PERSON)):
            yield _Found(CueKind.SCHOOL, word.start, suffix.end, "学校らしい語")
        elif suffix.surface in known["company_suffixes"]:
            yield _Found(CueKind.ORGANISATION, word.start, suffix.end, "会社・店らしい語")


def _addresses(known: _Known, words: list[_Word]) -> Iterator[_Found]:
    def goes_on(word: _Word) -> bool:
        return word.has(_PLACE) or word.surface in known["address_words"] or _NUMBER.fullmatch(word.surface) is not None

    i = 0
    while i < len(words):
        last = i + 1
        if words[i].has(_PLACE) and not words[i].has(_COUNTRY):
            last = _run(words, i, goes_on)
            if any(word.surface in known["municipal"] for word in words[i:last]):
                yield _Found(CueKind.ADDRESS, words[i].start, words[last - 1].end, "住所・地名らしい語")
            elif last < len(words) and words[last].surface in known["station"]:
                yield _Found(CueKind.OTHER, words[i].start, words[last].end, "駅")
        i = last


def _names(known: _Known, words: list[_Word]) -> Iterator[_Found]:
    i = 0
    while i < len(words):
        first, last = i, i + 1
        if words[i].has(_PERSON):
            last = _run(words, i, lambda word: word.has(_PERSON))
        i = last
        titled = _run(words, last - 1, lambda word: word.surface in known["honorifics"]) > last
        surface = "".join(word.surface for word in words[first:last])
        if surface.isascii() or surface in known["not_names"]:
            continue
        if words[first].has(_PERSON) and (titled or _stands_alone(known, surface)):
            end = words[last if titled else last - 1].end
            yield _Found(CueKind.PERSON_NAME, words[first].start, end, "人名らしい語")
        elif titled and words[last].surface in known["calls"] and _called(words, first):
            yield _Found(CueKind.PERSON_NAME, words[first].start, words[last].end, "敬称の付いた語")


def _stands_alone(known: _Known, surface: str) -> bool:
    """Whether it is likely enough a name without さん: not one letter, not in hiragana, not a common word."""
    return len(surface) > 1 and surface not in known["common"] and _HIRAGANA.fullmatch(surface) is None


def _called(words: list[_Word], first: int) -> bool:
    """Whether さん or ちゃん follows a word that may be somebody's name, rather than a trade or a relation."""
    word = words[first]
    before = words[first - 1].surface if first and words[first - 1].end == word.start else ""
    noun = word.has("名詞,固有名詞") or word.has("名詞,普通名詞")
    return (
        noun
        and not word.has(_COUNTRY)
        and len(word.surface) > 1
        and word.surface[-1] not in _TRADES
        and before not in {"お", "ご"}
    )
