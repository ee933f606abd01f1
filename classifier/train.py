"""Fine-tuning: seeded, resumable after a kill, with progress and validation figures.

The recipe (losses, rates, batching, noise) is documented in ``docs/model.md`` with the exact commands that made
the shipped weights. Needs torch and transformers (the ``train`` extra).
"""

import json
import os
import random
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoTokenizer, get_linear_schedule_with_warmup

from classifier.augment import Augmenter
from classifier.heads import LOSS_WEIGHTS, OUTPUTS, POSITIVE_WEIGHTS, targets
from classifier.metrics import summary
from classifier.network import RiskNetwork
from classifier.rows import Row, Split
from classifier.text import normalise

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the result of a run, besides the rows and the base encoder."""

    epochs: int = 4
    batch: int = 32
    backbone_rate: float = 6e-5
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up: float = 0.06
    max_tokens: int = 160
    prefix: str = "query: "
    seed: int = 20261124
    checkpoint_every: int = 200


def train(base: Path | str, parts: Split, out: Path, work: Path, recipe: Recipe) -> Path:
    """Fine-tune ``base`` on ``parts.train`` and write a model folder to ``out``.

    ``work`` keeps the checkpoint: the same call after a kill goes on from there. Returns ``out``.
    """
    work.mkdir(parents=True, exist_ok=True)
    device = _device()
    torch.manual_seed(recipe.seed)
    tokenizer = AutoTokenizer.from_pretrained(base)
    network = RiskNetwork.from_base(base).to(device)
    optimizer = _optimizer(network, recipe)
    steps_an_epoch = len(parts.train) // recipe.batch
    total = steps_an_epoch * recipe.epochs
    schedule = get_linear_schedule_with_warmup(optimizer, int(total * recipe.warm_up), total)
    step = _resume(work, network, optimizer, schedule)
    started, running = time.monotonic(), 0.0
    first = step
    while step < total:
        epoch = step // steps_an_epoch
        batches = _epoch(parts.train, tokenizer, recipe, epoch)
        network.train()
        for rows in batches[step - epoch * steps_an_epoch :]:
            loss = _loss(network, tokenizer, rows, recipe, device)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            running = loss.item() if step == first + 1 else 0.98 * running + 0.02 * loss.item()
            if step % 20 == 0:
                pace = (time.monotonic() - started) / (step - first)
                left = int(pace * (total - step))
                print(
                    f"step {step}/{total}  loss {running:.4f}  {pace:.2f} s/step  {left // 60} min left",
                    file=sys.stderr,
                    flush=True,
                )
            if step % recipe.checkpoint_every == 0:
                _checkpoint(work, network, optimizer, schedule, step)
        _checkpoint(work, network, optimizer, schedule, step)
        figures = summary(parts.validation, predict(network, tokenizer, parts.validation, recipe))
        print(f"epoch {epoch + 1}: {json.dumps(figures)}", file=sys.stderr, flush=True)
    network.save(out)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        if (Path(base) / name).exists():
            shutil.copy(Path(base) / name, out / name)
    (out / "recipe.json").write_text(json.dumps(asdict(recipe), indent=1) + "\n", encoding="utf-8")
    return out


def predict(network: RiskNetwork, tokenizer: Any, rows: list[Row], recipe: Recipe, batch: int = 64) -> np.ndarray:
    """Probabilities ``(len(rows), len(OUTPUTS))`` in the order of ``rows``."""
    device = next(network.parameters()).device
    network.eval()
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]["text"]))
    result = np.zeros((len(rows), len(OUTPUTS)), dtype=np.float32)
    with torch.no_grad(), torch.autocast(device.type, dtype=torch.bfloat16):
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            encoded = _encode(tokenizer, [rows[i]["text"] for i in chosen], recipe).to(device)
            logits = network(encoded["input_ids"], encoded["attention_mask"]).float()
            result[chosen] = torch.sigmoid(logits).cpu().numpy()
    return result


def _encode(tokenizer: Any, texts: list[str], recipe: Recipe) -> Any:
    texts = [recipe.prefix + normalise(text) for text in texts]
    return tokenizer(texts, truncation=True, max_length=recipe.max_tokens, padding=True, return_tensors="pt")


def _epoch(rows: list[Row], tokenizer: Any, recipe: Recipe, epoch: int) -> list[list[Row]]:
    """Batches of similar length in random order; the same for the same seed and epoch."""
    draw = Augmenter(rows, recipe.seed + epoch)
    r = random.Random(recipe.seed * 31 + epoch)
    noisy = [draw.draw(row) for row in rows]
    lengths = [len(ids) for ids in tokenizer([normalise(row["text"]) for row in noisy])["input_ids"]]
    order = sorted(range(len(noisy)), key=lambda i: lengths[i] + r.uniform(0, 6))
    batches = [order[i : i + recipe.batch] for i in range(0, len(order), recipe.batch)]
    batches = [b for b in batches if len(b) == recipe.batch]
    r.shuffle(batches)
    return [[noisy[i] for i in batch] for batch in batches]


def _loss(network: RiskNetwork, tokenizer: Any, rows: list[Row], recipe: Recipe, device: torch.device) -> Tensor:
    encoded = _encode(tokenizer, [row["text"] for row in rows], recipe).to(device)
    pairs = [targets(row) for row in rows]
    target = torch.tensor([p[0] for p in pairs], device=device)
    mask = torch.tensor([p[1] for p in pairs], device=device) * torch.tensor(LOSS_WEIGHTS, device=device)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        logits = network(encoded["input_ids"], encoded["attention_mask"])
    losses = binary_cross_entropy_with_logits(
        logits.float(), target, reduction="none", pos_weight=torch.tensor(POSITIVE_WEIGHTS, device=device)
    )
    return (losses * mask).sum() / mask.sum()


def _optimizer(network: RiskNetwork, recipe: Recipe) -> torch.optim.AdamW:
    def group(named: list[tuple[str, Any]], rate: float) -> list[dict[str, Any]]:
        plain = [p for n, p in named if n.endswith("bias") or "LayerNorm" in n]
        decayed = [p for n, p in named if not (n.endswith("bias") or "LayerNorm" in n)]
        return [
            {"params": plain, "lr": rate, "weight_decay": 0.0},
            {"params": decayed, "lr": rate, "weight_decay": recipe.weight_decay},
        ]

    backbone = group(list(network.backbone.named_parameters()), recipe.backbone_rate)
    head = group(list(network.head.named_parameters()), recipe.head_rate)
    return torch.optim.AdamW(backbone + head, fused=True)


def _checkpoint(work: Path, network: RiskNetwork, optimizer: Any, schedule: Any, step: int) -> None:
    partial = work / (CHECKPOINT + ".partial")
    torch.save(
        {
            "step": step,
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "random": torch.get_rng_state(),
        },
        partial,
    )
    os.replace(partial, work / CHECKPOINT)


def _resume(work: Path, network: RiskNetwork, optimizer: Any, schedule: Any) -> int:
    path = work / CHECKPOINT
    if not path.exists():
        return 0
    saved = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(saved["network"])
    optimizer.load_state_dict(saved["optimizer"])
    schedule.load_state_dict(saved["schedule"])
    torch.set_rng_state(saved["random"])
    print(f"going on from step {saved['step']}", file=sys.stderr, flush=True)
    return int(saved["step"])


def _device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
