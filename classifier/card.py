"""The model card: what the model is and was trained on, how well it does, what it must not be used for."""

from collections import Counter
from typing import Any

from classifier.artefact import Manifest
from classifier.rows import Split

_CARD = """# Model card: {name} {version}

Scores public Japanese posts for the review desk of Mimamori: five labels (defamation 名誉毀損, insult 侮辱,
threat 脅迫, privacy プライバシー侵害, discrimination 差別), severity 0–3, the group a discriminatory post is aimed
at, and `risk`, the probability that a monitor should look (severity ≥ 2).

## Use
It puts posts into an order for people. **It decides nothing.** It must not be used to remove, punish, rank or profile
anybody, to watch private messages, or to act without a person who reads the post and its context.

## Made from
- Encoder: multilingual-e5-small (MIT, © 2023 Intfloat contributors), vocabulary trimmed to Japanese, 40 M parameters.
- Rows: {train} for training, {validation} for calibration, {test} held out; contrast pairs and near-duplicates never
  cross these borders. By origin (training): {sources}.
- Recipe: `recipe.json`; noise and disguises in training: `classifier/augment.py`. Half-precision weights.

The rows are invented sentences written for this project and board posts of a public corpus (open2ch-dialogue-corpus,
Apache-2.0), labelled under the project's guideline, and harmless sentences of commonsense-moral-ja (MIT) and the
economy watchers survey (CC BY 4.0). No row is shipped here.

## How well (held-out rows, {runtime})
| figure | value |
|---|---|
{figures}

"Calibration error" holds for a stream in which a share of {prior} of the posts has severity ≥ 2: the rows are
re-weighted to that share. A desk whose stream differs will see other frequencies.

## Limits
- Defamation and privacy rows are almost all invented: real posts name real people, and the model has seen few.
- Weak, by experience with such rows: counter-speech that quotes a slur, sports idiom and banter, self-deprecation,
  fiction, over-polite and sarcastic insults, dry accusations by insiders, bare fragments, hints of origin.
- One post at a time: no thread, no picture, no linked page. The same words can be right or wrong in context.
- Not measured yet: error rates per protected group on real posts, dialects, languages other than Japanese.
"""

_SHOWN = (
    ("macro_auc", "AUC, mean of the five labels"),
    ("risk_auc", "AUC of risk against severity ≥ 2"),
    ("risk_average_precision", "average precision of risk"),
    ("any_label_average_precision", "average precision of the strongest label against any label"),
    ("real_posts_risk_auc", "AUC of risk on real board posts alone"),
    ("recall_at_threshold", "severity ≥ 2 found at the review threshold"),
    ("precision_at_threshold", "of the flagged rows, severity ≥ 2"),
    ("harmless_flagged", "harmless sentences flagged"),
    ("real_posts_flagged", "real board posts flagged (half of them chosen because an earlier model feared them)"),
    ("calibration_error", "expected calibration error of risk"),
)


def model_card(manifest: Manifest, figures: dict[str, Any], parts: Split) -> str:
    """Markdown text of the card, with the figures of this very model."""
    sources = Counter(str(row["source"]).split("_")[0].rstrip("0123456789") for row in parts.train)
    shown = [f"| {words} | {figures[key]} |" for key, words in _SHOWN]
    pairs = figures["pairs_in_order"]
    shown.append(f"| contrast pairs in the right order | {pairs['share']} of {pairs['pairs']} |")
    shown += [f"| AUC {label} | {value} |" for label, value in figures["auc"].items()]
    shown.append(f"| review threshold | risk ≥ {manifest.thresholds.review} ({manifest.thresholds.version}) |")
    return _CARD.format(
        name=manifest.name,
        version=manifest.version,
        train=len(parts.train),
        validation=len(parts.validation),
        test=len(parts.test),
        sources=", ".join(f"{name} {count}" for name, count in sources.most_common()),
        runtime="OpenVINO, bfloat16 where the processor has it",
        figures="\n".join(shown),
        prior=figures["prior"],
    )
