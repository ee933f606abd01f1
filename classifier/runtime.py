"""Runtimes: token ids in, raw probabilities out. OpenVINO is the fast one, torch the reference."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.artefact import WEIGHTS
from classifier.heads import OUTPUTS

Floats = NDArray[np.float32]

TOKENS_PER_BATCH = 4096
ROWS_PER_BATCH = 64
LENGTH_STEP = 8
"""Lengths are rounded up to multiples of this, so that a dynamic graph meets few shapes."""


class Runtime(Protocol):
    """Runs the network. Not thread-safe: one caller at a time."""

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Floats:
        """Probabilities ``(rows, len(OUTPUTS))`` for token ids and mask ``(rows, length)``."""
        ...


class OpenVinoRuntime:
    """The fast runtime: bfloat16 where the processor has it, float32 elsewhere."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        import openvino as ov

        from classifier.openvino_graph import build

        config = json.loads((folder / "config.json").read_text("utf-8"))
        options: dict[str, Any] = {"NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
        if threads:
            options["INFERENCE_NUM_THREADS"] = threads
        # One blocking request at a time: the asynchronous queue was seen to stall under load.
        self._request = ov.Core().compile_model(build(folder / WEIGHTS, config), "CPU", options).create_infer_request()

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Floats:
        result = self._request.infer({"input_ids": ids, "attention_mask": mask}, share_inputs=True)
        return np.array(result[0], dtype=np.float32)


class TorchRuntime:
    """The reference: what training saw, in float32. Needs torch and transformers."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        import torch

        from classifier.network import RiskNetwork

        if threads:
            torch.set_num_threads(threads)
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network = RiskNetwork.from_artefact(folder).to(self._device)

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Floats:
        torch = self._torch
        with torch.inference_mode():
            logits = self._network(torch.from_numpy(ids).to(self._device), torch.from_numpy(mask).to(self._device))
            result: Floats = torch.sigmoid(logits.float()).cpu().numpy()
            return result


RUNTIMES: dict[str, type[OpenVinoRuntime] | type[TorchRuntime]] = {"openvino": OpenVinoRuntime, "torch": TorchRuntime}


def run_batches(runtime: Runtime, sequences: Sequence[Sequence[int]], pad: int) -> Floats:
    """Run sequences of any lengths, sorted so that batches hold little padding; results in the given order."""
    result = np.zeros((len(sequences), len(OUTPUTS)), dtype=np.float32)
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
    start = 0
    while start < len(order):
        stop = start
        while stop < len(order) and stop - start < ROWS_PER_BATCH:
            if (stop - start + 1) * _rounded(len(sequences[order[stop]])) > TOKENS_PER_BATCH and stop > start:
                break
            stop += 1
        chosen = order[start:stop]
        width = _rounded(len(sequences[chosen[-1]]))
        ids = np.full((len(chosen), width), pad, dtype=np.int64)
        mask = np.zeros((len(chosen), width), dtype=np.int64)
        for row, i in enumerate(chosen):
            ids[row, : len(sequences[i])] = sequences[i]
            mask[row, : len(sequences[i])] = 1
        result[chosen] = runtime.run(ids, mask)
        start = stop
    return result


def _rounded(length: int) -> int:
    return -(-length // LENGTH_STEP) * LENGTH_STEP
