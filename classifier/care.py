"""The care signal (見守り・相談支援につなぐ合図): a person speaking of their own suicide or self-harm.

Such a person is no offender. The signal stands beside the risk, never inside it, and only asks that a human look at
once. It is made of rules that a human can read (``care_lexicon.toml``): words, and the contexts that take them back.
No model, nothing learnt, nothing stored. It prefers a false alarm to a miss, and it will do both: silence is never a
sign that somebody is safe.

Rules read a folded copy (:mod:`classifier.folding`); what is reported are places in the original text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from classifier.care_lexicon import CareLevel, Guard, Lexicon, Rule, load_lexicon
from classifier.folding import Folded, fold

HEAD_CHARACTERS = 20_000
TAIL_CHARACTERS = 5_000
"""Of a longer text only the beginning and the end are read: a farewell stands at one of them."""
NEAR = 150
"""Two hints speak together when they stand within this many characters."""
REPEATED = frozenset({"edge", "estate", "means", "burden"})
"""Themes of which two different signs speak without another theme: standing at a railing, and taking off the shoes."""
LIGHT = frozenset({"farewell", "remember", "sleep"})
"""Themes of every evening (さようなら、おやすみ): among themselves they are no company."""
UNPLANNED = frozenset({"despair", "wish", "self", "again"})
"""Themes that tell how the person feels; two of the others together sound like a plan."""
REACH = 40
SENTENCE = 200
"""How many characters before and after a word are its context, and how many may belong to its sentence."""
MOST_HITS = 50
"""Of one rule in one text; keeps texts made of one word cheap."""

_BREAKS = "\n。!?"
# Marks put between the letters of a word to hide it: 死 に た い, 死/に/た/い.
_SPLIT = re.compile(r"(?<![^\W\d_])[^\W_](?:[ ./・･*_|,+~-]{1,2}[^\W_]){2,}(?![^\W\d_])")
_LONG = re.compile(r"(?<=[ぁ-ん])[ー~〜-]+(?=[ぁ-ん])")


@dataclass(frozen=True, slots=True)
class Span:
    """Words that spoke: ``text[start:end]`` of the original, the rule they matched, and its Japanese name."""

    start: int
    end: int
    rule: str
    name: str


@dataclass(frozen=True, slots=True)
class CareSignal:
    """Why somebody should look, at once: the most pressing level and every word that led there, in text order."""

    level: CareLevel
    words: tuple[Span, ...]


def care_signal(text: str) -> CareSignal | None:
    """Whether ``text`` sounds like a person speaking of their own suicide or self-harm; ``None`` when it does not.

    Pure; takes any ``str`` and never raises for one. One strong rule is enough, or two hints of different themes
    near each other.
    """
    lexicon = load_lexicon()
    folded = _readable(fold(text, 0, HEAD_CHARACTERS))
    signal = _signal(lexicon, folded)
    if len(text) > HEAD_CHARACTERS:
        end = _signal(lexicon, _readable(fold(text, max(HEAD_CHARACTERS, len(text) - TAIL_CHARACTERS))))
        if signal is None or end is None:
            return signal or end
        return CareSignal(_most_pressing((signal.level, end.level)), signal.words + end.words)
    return signal


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    word: str
    rule: Rule
    strong: bool


def _readable(folded: Folded) -> Folded:
    """Without the marks that split a word and the dashes that draw a syllable out."""
    dropped = {i for found in _LONG.finditer(folded.text) for i in range(*found.span())}
    for found in _SPLIT.finditer(folded.text):
        dropped.update(i for i in range(*found.span()) if not folded.text[i].isalnum())
    return folded.without(dropped) if dropped else folded


def _signal(lexicon: Lexicon, folded: Folded) -> CareSignal | None:
    page = _Page(folded.text, lexicon.guards)
    hits = [hit for rule in lexicon.rules for hit in islice(page.hits(rule), MOST_HITS)]
    strong = [hit for hit in hits if hit.strong]
    speaking = [hit for hit in hits if hit.strong or _in_company(hit, hits)]
    if not speaking:
        return None
    if strong:
        level = _most_pressing(hit.rule.level for hit in strong)
    else:
        planned = {hit.rule.theme for hit in speaking} - UNPLANNED
        level = CareLevel.ANNOUNCE if len(planned) > 1 else CareLevel.HINT
    words = []
    for hit in sorted(speaking, key=lambda hit: (hit.start, hit.end)):
        start, end = folded.original(hit.start, hit.end)
        words.append(Span(start, end, hit.rule.key, hit.rule.name))
    return CareSignal(level, tuple(words))


def _most_pressing(levels: Iterable[CareLevel]) -> CareLevel:
    return min(levels, key=list(CareLevel).index)


def _in_company(hit: _Hit, hits: list[_Hit]) -> bool:
    """Whether another sign stands near (apart, in other words), so that the two mean more than either."""
    return any(
        (other.end <= hit.start or hit.end <= other.start)
        and abs(hit.start - other.start) <= NEAR
        and not {hit.rule.theme, other.rule.theme} <= LIGHT
        and (hit.rule.theme != other.rule.theme or (hit.rule.theme in REPEATED and hit.word != other.word))
        for other in hits
    )


class _Page:
    """One folded text, and what its guards say of it as a whole (asked once)."""

    def __init__(self, text: str, guards: tuple[Guard, ...]) -> None:
        self.text = text
        self._guards = guards
        self._whole: dict[str, bool] = {}

    def hits(self, rule: Rule) -> Iterator[_Hit]:
        """The places where the rule speaks and no context takes it back."""
        for found in rule.pattern.finditer(self.text):
            before, after, sentence = self._context(*found.span())
            if (
                (rule.unless_before and rule.unless_before.search(before))
                or (rule.unless_after and rule.unless_after.match(after))
                or (rule.unless_sentence and rule.unless_sentence.search(sentence))
            ):
                continue
            strong = rule.strong
            for guard in self._guards:
                if not (guard.hints_only and rule.strong) and self._holds(guard, before, after, sentence):
                    if guard.drops:
                        break
                    strong = False
            else:
                yield _Hit(found.start(), found.end(), found[0], rule, strong)

    def _context(self, start: int, end: int) -> tuple[str, str, str]:
        first = max(self.text.rfind(mark, max(0, start - SENTENCE), start) for mark in _BREAKS) + 1
        first = max(first, start - SENTENCE)
        last = min(end + SENTENCE, len(self.text))
        last = min((at for mark in _BREAKS if (at := self.text.find(mark, end - 1, last)) >= 0), default=last)
        after = self.text[end : end + REACH].split("\n")[0]
        return self.text[max(first, start - REACH) : start], after, self.text[first : last + 1]

    def _holds(self, guard: Guard, before: str, after: str, sentence: str) -> bool:
        if guard.where == "text":
            if guard.key not in self._whole:
                self._whole[guard.key] = guard.pattern.search(self.text) is not None
            held = self._whole[guard.key]
        elif guard.where == "after":
            held = guard.pattern.match(after) is not None
        else:
            held = guard.pattern.search(before if guard.where == "before" else sentence) is not None
        return held and not (guard.but and guard.but.search(sentence))
