"""Local government codes: real ones pass, mistyped ones do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.desks import DEMO_CODE, Desk, check_digit, is_desk_code

REAL = {
    "011002": "札幌市",
    "130001": "東京都",
    "131016": "千代田区",
    "141003": "横浜市",
    "141305": "川崎市",
    "230006": "愛知県",
    "271004": "大阪市",
    "281000": "神戸市",
    "282022": "尼崎市",
    "282120": "赤穂市",
    "282197": "三田市",
    "472018": "那覇市",
}

five_digits = st.text("0123456789", min_size=5, max_size=5)


@pytest.mark.parametrize("code", REAL)
def test_codes_of_real_municipalities_check(code: str) -> None:
    assert is_desk_code(code)
    assert Desk(code, REAL[code]).code == code


@given(five_digits)
def test_each_five_digits_have_one_check_digit(first_five: str) -> None:
    assert [d for d in "0123456789" if is_desk_code(first_five + d)] == [check_digit(first_five)]


@given(five_digits, st.integers(0, 4), st.integers(1, 9))
def test_one_mistyped_digit_is_noticed_except_where_two_remainders_share_a_digit(
    code: str, place: int, by: int
) -> None:
    wrong = list(code)
    wrong[place] = str((int(wrong[place]) + by) % 10)
    right, mistyped = (
        sum(int(d) * w for d, w in zip(five, (6, 5, 4, 3, 2), strict=True)) % 11 for five in (code, wrong)
    )
    # Ten digits stand for eleven remainders: 0 and 10 share the digit 1.
    assert is_desk_code("".join(wrong) + check_digit(code)) == ({right, mistyped} == {0, 10})


@pytest.mark.parametrize(
    "code",
    ["", "13000", "130002", "1300011", " 130001", "130001\n", "13000１", "１３０００１", "13000a", "-13001", "13000²"],
)
def test_anything_else_is_no_code(code: str) -> None:
    assert not is_desk_code(code)
    with pytest.raises(ValueError, match="local government code"):
        Desk(code, "どこか市")


def test_the_demo_desk_is_no_real_place() -> None:
    assert is_desk_code(DEMO_CODE)
    assert int(DEMO_CODE[:2]) > 47
