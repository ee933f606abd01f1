"""A tiny model trained for real: training resumes, both runtimes agree, damaged files are refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split as SplitPattern
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from classifier import artefact, train
from classifier.artefact import Thresholds
from classifier.explain import Explainer
from classifier.finish import finish, manifest_of
from classifier.heads import OUTPUTS
from classifier.rows import Row, Split
from classifier.scorer import Classifier
from domain.errors import Misconfigured
from domain.labels import Label

LETTERS = "abcdefghijあいうえお殺すバカquery: []URLuser@"


def tiny_base(folder: Path) -> Path:
    """A random two-layer encoder that reads single characters."""
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *dict.fromkeys(LETTERS)]
    tokenizer = Tokenizer(WordLevel({token: i for i, token in enumerate(tokens)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = SplitPattern("", "isolated")
    tokenizer.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)
    (folder / "special_tokens_map.json").write_text("{}")
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=192,
        pad_token_id=1,
        initializer_range=0.5,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def rows(count: int, offset: int = 0) -> list[Row]:
    made: list[Row] = []
    for i in range(offset, offset + count):
        bad = i % 2 == 0
        text = ("殺す" if bad else "あう") + "abcdefghij"[i % 10] * (i % 5 + 1) + "いえ"[i % 2]
        labels = dict.fromkeys((label.value for label in Label), 0.0) | {"threat": float(bad)}
        made.append(
            {"id": str(i), "text": text, "severity": 2 * bad, "group": "", "source": "t", "pair": "p", **labels}
        )
    return made


RECIPE = train.Recipe(epochs=3, batch=16, backbone_rate=3e-3, head_rate=3e-2, checkpoint_every=5)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("model")
    parts = Split(rows(160), rows(60, 1000), rows(60, 2000))
    base = tiny_base(tmp_path_factory.mktemp("base"))
    train.train(base, parts, folder, folder / "work", RECIPE)
    return folder, finish(folder, parts, manifest_of("tiny", "1", Thresholds("t1", 0.3)), prior=0.2)


def test_training_learns_and_is_judged_on_rows_it_never_saw(model: tuple[Path, dict[str, Any]]) -> None:
    folder, figures = model
    assert figures["risk_auc"] > 0.95
    assert json.loads((folder / "evaluation.json").read_text())["rows"] == 60
    assert "tiny 1" in (folder / "README.md").read_text()


def test_both_runtimes_give_the_same_scores(model: tuple[Path, dict[str, Any]]) -> None:
    texts = ["殺す", "あう", "", "abc" * 300, "query: 殺す user", "殺す" * 200 + "あ"]
    fast = Classifier.load(model[0]).score(texts)
    reference = Classifier.load(model[0], "torch").score(texts)
    for a, b in zip(fast, reference, strict=True):
        assert a.risk == pytest.approx(b.risk, abs=0.03)
        assert [a.labels[label] for label in Label] == pytest.approx([b.labels[label] for label in Label], abs=0.03)


def test_order_batching_and_copies_do_not_change_a_score(model: tuple[Path, dict[str, Any]]) -> None:
    classifier = Classifier.load(model[0], "torch")
    texts = [row["text"] for row in rows(40)]
    alone = [Classifier.load(model[0], "torch").score([text])[0].risk for text in texts[:5]]
    together = [a.risk for a in classifier.score(texts + texts[::-1])]
    assert together[:40] == together[:39:-1]
    assert together[:5] == pytest.approx(alone, abs=1e-3)


class FindsOneToken:
    """A runtime that is sure of harm wherever one token stands."""

    def __init__(self, token: int) -> None:
        self.token = token
        self.windows: list[int] = []

    def run(self, ids: Any, mask: Any) -> Any:
        self.windows += [int(row.sum()) for row in mask]
        return np.repeat(np.where((ids == self.token).any(axis=1), 0.99, 0.01)[:, None], len(OUTPUTS), axis=1)


def test_one_harmful_window_of_a_long_text_speaks_for_it(model: tuple[Path, dict[str, Any]]) -> None:
    loaded = artefact.load(model[0])
    runtime = FindsOneToken(Classifier(loaded, FindsOneToken(0))._tokenizer.token_to_id("殺"))
    at_start, in_middle, at_end, nowhere = Classifier(loaded, runtime).score(
        ["殺す" + "あう" * 600, "あう" * 299 + "殺す" + "あう" * 301, "あう" * 600 + "殺す", "あう" * 601]
    )
    assert at_start.risk == in_middle.risk == at_end.risk > 0.5 > nowhere.risk
    assert max(runtime.windows) <= loaded.manifest.max_tokens


def test_highlights_fall_on_the_words_that_carry_the_label(model: tuple[Path, dict[str, Any]]) -> None:
    loaded = artefact.load(model[0])
    runtime = FindsOneToken(Classifier(loaded, FindsOneToken(0))._tokenizer.token_to_id("殺"))
    explainer = Explainer(Classifier(loaded, runtime))
    text = "あう いえ\u200b\n 殺す\x00 あう"
    spans = explainer.spans(text)
    assert {text[span.start : span.end] for span in spans} == {"殺す"}
    assert all(span.weight > 0 for span in spans)
    assert explainer.spans("あう いえ") == ()
    assert explainer.spans("") == explainer.spans(" \n\u200b") == ()


def test_highlights_of_a_long_text_point_into_the_original(model: tuple[Path, dict[str, Any]]) -> None:
    loaded = artefact.load(model[0])
    runtime = FindsOneToken(Classifier(loaded, FindsOneToken(0))._tokenizer.token_to_id("殺"))
    text = "あう。" * 900 + "殺す" + "いえ。" * 900
    spans = Explainer(Classifier(loaded, runtime)).spans(text)
    assert {text[span.start : span.end] for span in spans} == {"殺す"}
    assert len(runtime.windows) < 1500


def test_a_killed_training_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    parts = Split(rows(96), rows(20, 1000), rows(20, 2000))
    base = tiny_base(tmp_path / "base")
    whole = train.train(base, parts, tmp_path / "whole", tmp_path / "work1", RECIPE)

    class Killed(BaseException):
        pass

    real = train._checkpoint
    calls = 0

    def checkpoint_and_die(*args: Any) -> None:
        nonlocal calls
        real(*args)
        calls += 1
        if calls == 2:
            raise Killed

    train._checkpoint = checkpoint_and_die
    try:
        with pytest.raises(Killed):
            train.train(base, parts, tmp_path / "resumed", tmp_path / "work2", RECIPE)
    finally:
        train._checkpoint = real
    resumed = train.train(base, parts, tmp_path / "resumed", tmp_path / "work2", RECIPE)
    a, b = ((folder / artefact.WEIGHTS).read_bytes() for folder in (whole, resumed))
    one, two = (np.frombuffer(x[-20000:], dtype=np.float16).astype(np.float32) for x in (a, b))
    assert np.abs(one - two).max() < 5e-3


@pytest.mark.parametrize("name", [artefact.WEIGHTS, artefact.MANIFEST, "tokenizer.json"])
def test_a_damaged_file_is_refused_in_one_line(model: tuple[Path, dict[str, Any]], tmp_path: Path, name: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(model[0], folder, ignore=shutil.ignore_patterns("work"))
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(Misconfigured, match=name) as refused:
        Classifier.load(folder)
    assert "\n" not in str(refused.value)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="MIMAMORI_MODEL"):
        Classifier.load(tmp_path)
