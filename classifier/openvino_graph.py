"""The network as an OpenVINO graph, built straight from ``model.safetensors``.

One weights file serves both runtimes: torch loads it by name, and this module lays the same tensors (half
precision, widened where the processor has no better) under the same arithmetic. No converter, and so no torch, is
needed where posts are scored. A test holds the two against each other. Only BERT encoders with absolute
positions are drawn here; other architectures run on the torch runtime.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as op
from safetensors.numpy import load_file

from classifier.heads import MEAN_SCALE

_MASKED = -1e4


def build(weights: Path, config: Mapping[str, Any]) -> ov.Model:
    """Graph from ``input_ids`` and ``attention_mask`` (batch, length; int64) to probabilities (batch, outputs).

    ``config`` is the encoder's ``config.json``. Raises ``KeyError`` where a tensor is missing and ``ValueError``
    for an architecture that is not drawn here.
    """
    if config.get("model_type") != "bert" or config.get("position_embedding_type", "absolute") != "absolute":
        raise ValueError(f"no OpenVINO graph for architecture {config.get('model_type')!r}; use the torch runtime")
    return _Graph(load_file(weights), config).model()


class _Graph:
    def __init__(self, tensors: Mapping[str, np.ndarray], config: Mapping[str, Any]) -> None:
        self._tensors = tensors
        self._heads = int(config["num_attention_heads"])
        self._size = int(config["hidden_size"]) // self._heads
        self._layers = int(config["num_hidden_layers"])
        self._epsilon = float(config["layer_norm_eps"])

    def model(self) -> ov.Model:
        ids = op.parameter([-1, -1], np.int64, name="input_ids")
        mask = op.parameter([-1, -1], np.int64, name="attention_mask")
        kept = op.convert(mask, np.float32)
        hidden = self._embed(ids)
        bias = op.multiply(op.subtract(_f(1.0), op.unsqueeze(op.unsqueeze(kept, _i(1)), _i(1))), _f(_MASKED))
        for layer in range(self._layers):
            hidden = self._layer(hidden, bias, f"backbone.encoder.layer.{layer}.")
        weight = op.unsqueeze(kept, _i(2))
        mean = op.divide(
            op.reduce_sum(op.multiply(hidden, weight), _i(1)), op.reduce_sum(weight, _i(1)), name="mean_pool"
        )
        lowered = op.add(op.multiply(hidden, weight), op.multiply(op.subtract(_f(1.0), weight), _f(_MASKED)))
        pooled = op.concat([op.multiply(mean, _f(MEAN_SCALE)), op.reduce_max(lowered, _i(1))], axis=1)
        return ov.Model([op.sigmoid(self._linear(pooled, "head"))], [ids, mask], "mimamori")

    def _embed(self, ids: Any) -> Any:
        prefix = "backbone.embeddings."
        words = op.gather(self._weight(prefix + "word_embeddings.weight"), ids, _i(0))
        length = op.gather(op.shape_of(ids), _i(1), _i(0))
        positions = op.range(_i(0), length, _i(1), output_type="i64")
        places = op.gather(self._weight(prefix + "position_embeddings.weight"), positions, _i(0))
        kind = op.gather(self._weight(prefix + "token_type_embeddings.weight"), _i(0), _i(0))
        return self._norm(op.add(op.add(words, places), kind), prefix + "LayerNorm")

    def _layer(self, hidden: Any, bias: Any, prefix: str) -> Any:
        attention = prefix + "attention."
        query, key, value = (
            self._split(self._linear(hidden, f"{attention}self.{n}")) for n in ("query", "key", "value")
        )
        context = op.scaled_dot_product_attention(query, key, value, bias)
        merged = op.reshape(op.transpose(context, _i([0, 2, 1, 3])), _i([0, 0, -1]), special_zero=True)
        hidden = self._norm(
            op.add(hidden, self._linear(merged, attention + "output.dense")), attention + "output.LayerNorm"
        )
        wide = op.gelu(self._linear(hidden, prefix + "intermediate.dense"), "erf")
        return self._norm(op.add(hidden, self._linear(wide, prefix + "output.dense")), prefix + "output.LayerNorm")

    def _split(self, x: Any) -> Any:
        apart = op.reshape(x, _i([0, 0, self._heads, self._size]), special_zero=True)
        return op.transpose(apart, _i([0, 2, 1, 3]))

    def _linear(self, x: Any, name: str) -> Any:
        product = op.matmul(x, self._weight(name + ".weight"), transpose_a=False, transpose_b=True)
        return op.add(product, self._weight(name + ".bias"))

    def _norm(self, x: Any, name: str) -> Any:
        flat = op.mvn(x, _i([-1]), normalize_variance=True, eps=self._epsilon, eps_mode="inside_sqrt")
        return op.add(op.multiply(flat, self._weight(name + ".weight")), self._weight(name + ".bias"))

    def _weight(self, name: str) -> Any:
        return op.convert(op.constant(self._tensors[name]), np.float32)


def _i(value: Any) -> Any:
    return op.constant(np.array(value, dtype=np.int64))


def _f(value: float) -> Any:
    return op.constant(np.float32(value))
