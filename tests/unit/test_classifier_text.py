from hypothesis import given
from hypothesis import strategies as st

from classifier.text import normalise


@given(st.text(st.characters(), max_size=200))
def test_any_text_is_normalised_and_a_second_time_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert "\n" not in once


def test_lone_surrogates_and_nul_do_not_raise() -> None:
    assert normalise("a\ud800b\x00c") == "abc"


def test_invisible_characters_inside_a_word_leave_no_trace() -> None:
    plain = normalise("お前を殺す")
    for invisible in (
        "\u200b",
        "\u200d",
        "\u2060",
        "\u202e",
        "\ufeff",
        "\u00ad",
        "\ufe0f",
        "\U000e0041",
        "\x00",
        "\x07",
        "\x9f",
        "\ufffd",
    ):
        assert normalise(f"お前を{invisible}殺{invisible}す") == plain


def test_handles_and_links_lose_their_names() -> None:
    assert normalise("@taro_123 見て https://example.com/a?b=1 これ") == "@user 見て [URL] これ"
    assert normalise("ttp://example.com/x") == "[URL]"


def test_a_link_ends_where_japanese_begins() -> None:
    assert normalise("https://example.com/aを見た") == "[URL] を見た"


def test_mail_addresses_are_not_handles() -> None:
    assert "info@example.com" in normalise("連絡は info@example.com へ")


def test_widths_and_runs_are_evened_out() -> None:
    assert normalise("ﾀﾋね") == "タヒね"
    assert normalise("ＡＢＣ") == "ABC"
    assert normalise("うわああああああああ") == "うわあああ"
    assert normalise("草wwww") == "草wwww"


def test_zalgo_is_cleared() -> None:
    assert normalise("k\u0335\u0321i\u0334l\u0336l") == "kill"
