"""The torch network: a transformers encoder under mean and max pooling and one linear head.

Imports torch, so only training, export checks and the reference runtime import this module.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModel, PreTrainedModel

from classifier.artefact import WEIGHTS
from classifier.heads import MEAN_SCALE, OUTPUTS


class RiskNetwork(nn.Module):
    """Token ids ``(batch, length)`` to logits ``(batch, len(OUTPUTS))``."""

    def __init__(self, backbone: PreTrainedModel) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(2 * int(backbone.config.hidden_size), len(OUTPUTS))

    @classmethod
    def from_base(cls, base: Path | str) -> "RiskNetwork":
        """Start from a pretrained encoder with a fresh head."""
        return cls(_load_backbone(base, torch.float32))

    @classmethod
    def from_artefact(cls, folder: Path, dtype: torch.dtype = torch.float32) -> "RiskNetwork":
        """Load a trained network from a model folder; raises ``RuntimeError`` where keys do not match."""
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(folder)
        backbone = AutoModel.from_config(config, attn_implementation="eager", add_pooling_layer=False)
        network = cls(backbone)
        state = {name: tensor.to(dtype) for name, tensor in load_file(folder / WEIGHTS).items()}
        network.load_state_dict(state)
        return network.to(dtype).eval()

    def save(self, folder: Path) -> None:
        """Write the weights in half precision beside the encoder's ``config.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        state = {name: tensor.detach().to(torch.float16).contiguous() for name, tensor in self.state_dict().items()}
        save_file(state, folder / WEIGHTS, metadata={"format": "pt"})
        self.backbone.config.save_pretrained(folder)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        maximum = hidden.masked_fill(mask == 0, -1e4).amax(1)
        logits: Tensor = self.head(torch.cat([mean * MEAN_SCALE, maximum], dim=-1))
        return logits


def _load_backbone(base: Path | str, dtype: torch.dtype) -> Any:
    # The bf16 backward of scaled-dot-product attention is three times slower on a CPU than the plain form.
    return AutoModel.from_pretrained(base, attn_implementation="eager", add_pooling_layer=False, dtype=dtype)
