"""Scoring a batch so that one poisoned record costs only itself."""

import logging
from collections.abc import Sequence
from typing import Protocol

from domain.assessments import Assessment
from domain.errors import Misconfigured, Permanent, Transient

log = logging.getLogger(__name__)

CANARY = "明日の天気は晴れのようです。"
"""A text that every scorer must be able to score."""


class Scorer(Protocol):
    """Texts in, assessments out."""

    def score(self, texts: Sequence[str]) -> list[Assessment]:
        """One assessment for each text, in order. Empty texts are texts too.

        Raises :class:`Permanent` for texts that it can never score and :class:`Transient` where a retry may help.
        """
        ...


def score_each(scorer: Scorer, texts: Sequence[str]) -> list[Assessment | str]:
    """An assessment for each text, or the reason why there is none (a short sentence without the text).

    A batch that fails is halved until the text at fault stands alone. An error that the scorer does not declare
    counts as the text's fault only while the scorer still scores others; otherwise it is raised, and so are
    :class:`Transient` and :class:`Misconfigured`.
    """
    try:
        return list(_score(scorer, texts))
    except (Transient, Misconfigured):
        raise
    except Permanent as error:
        if len(texts) == 1:
            return [str(error)]
    except Exception as error:
        if len(texts) == 1:
            _score(scorer, [CANARY])  # raises where not the text but the scorer is broken
            log.exception("the scorer failed on one record, which becomes a dead letter")
            return [f"the scorer failed with {type(error).__name__}"]
    half = len(texts) // 2
    return score_each(scorer, texts[:half]) + score_each(scorer, texts[half:])


def _score(scorer: Scorer, texts: Sequence[str]) -> list[Assessment]:
    assessments = scorer.score(texts)
    if len(assessments) != len(texts):
        raise RuntimeError("the scorer gave another number of assessments than it was given texts")
    return assessments
