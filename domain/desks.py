"""Desks: the municipalities and shared centres that one installation serves.

Every row belongs to a desk, named by its 全国地方公共団体コード (local government code, JIS X 0401/0402 plus a
check digit; 総務省 「全国地方公共団体コード仕様」).
"""

from dataclasses import dataclass

DEMO_CODE = "990001"
"""The invented municipality of the demo; prefecture numbers end at 47, so it can never be real."""

_WEIGHTS = (6, 5, 4, 3, 2)


@dataclass(frozen=True, slots=True)
class Desk:
    """A place where people review posts. ``code`` has six digits; raises ``ValueError`` where they do not check."""

    code: str
    name: str

    def __post_init__(self) -> None:
        if not is_desk_code(self.code):
            raise ValueError(f"{self.code!r} is not a six-digit local government code with a right check digit")


def check_digit(first_five: str) -> str:
    """The sixth digit of a local government code."""
    total = sum(int(digit) * weight for digit, weight in zip(first_five, _WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


def is_desk_code(code: str) -> bool:
    """Whether ``code`` is six ASCII digits with a right check digit."""
    return len(code) == 6 and code.isascii() and code.isdigit() and check_digit(code[:5]) == code[5]
