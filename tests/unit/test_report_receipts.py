"""The number and the phrase: repeatable for the same form, unguessable for everybody else, forgiving to type."""

import math
import re

import pytest

from report_ui.receipts import ALPHABET, identity, normal_number, normal_phrase

KEY = "0123456789abcdef0123456789abcdef"


def test_the_same_form_gives_the_same_identity_and_any_change_another() -> None:
    first = identity(KEY, b"content")
    assert identity(KEY, b"content") == first
    others = [identity(KEY, b"other"), identity(KEY[::-1], b"content"), identity(KEY, b"content", attempt=1)]
    assert all(other.receipt.number != first.receipt.number for other in others)
    assert others[2].report_id == first.report_id  # another number for the same report
    assert others[0].report_id != first.report_id


def test_shapes_are_what_people_are_told() -> None:
    for n in range(200):
        receipt = identity(KEY, str(n).encode()).receipt
        assert re.fullmatch(f"R-[{ALPHABET}]{{8}}", receipt.number)
        assert re.fullmatch(r"\d{4}( \d{4}){4}", receipt.phrase)
    assert math.log2(10**20) > 64
    assert not set(ALPHABET) & set("0O1IL5S8BZ")


def test_the_phrase_is_not_shown_by_accident() -> None:
    receipt = identity(KEY, b"content").receipt
    assert receipt.phrase not in repr(receipt)


@pytest.mark.parametrize(
    "typed",
    ["R-RACD2346", "r-racd2346", " Ｒ－ＲＡＣＤ２３４６ ", "RRACD2346", "RACD2346", "R ーRACD 2346", "R-RACDZ346"],
)
def test_a_number_is_understood_however_it_is_typed(typed: str) -> None:
    assert normal_number(typed) == "R-RACD2346"


@pytest.mark.parametrize("typed", ["1234 5678", "12345678", "１２３４　５６７８", "1234-5678", "1234ー5678\n"])
def test_a_phrase_is_understood_however_it_is_typed(typed: str) -> None:
    assert normal_phrase(typed) == "12345678"


def test_megabytes_cost_nothing() -> None:
    assert len(normal_phrase("1" * 10_000_000)) <= 200
