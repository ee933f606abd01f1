"""The 相談票, read back by a second reader: plain zip and XML, not the library that wrote it."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.labels import Group, Label, Severity
from domain.posts import Post
from escalation.documents import FONT, consultation_sheet
from escalation.sheet import TEXT_LIMIT, Dossier, draft_body, fields, readable
from tests.casehouse import found_post
from tests.factories import DESKS, NOW, make_case, make_decision, make_item, make_post, make_request

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def dossier(post: Post | None = None, **request: object) -> Dossier:
    item = make_item(post or found_post())
    case = make_case(item)
    decision = make_decision(item, labels=(Label.PRIVACY,), severity=Severity.GRAVE, note="内部のメモ")
    return Dossier(DESKS[0], case, item, decision, make_request(case, approved_at=NOW, **request))


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def lines(data: bytes) -> list[str]:
    """Text of the document, a line a paragraph."""
    root = ElementTree.fromstring(parts(data)["word/document.xml"])
    found = []
    for paragraph in root.iter(f"{W}p"):
        signs = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}noBreakHyphen": "-"}
        found.append(
            "".join(node.text or "" if node.tag == f"{W}t" else signs.get(node.tag, "") for node in paragraph.iter())
        )
    return found


def test_the_sheet_holds_every_field() -> None:
    sheet = dossier()
    text = lines(consultation_sheet(sheet))
    for field in fields(sheet):
        assert field.heading in text
        for line in field.text.split("\n"):
            assert line in text
    assert "2026-0001" in text
    assert "見守市（全国地方公共団体コード 990001）" in text
    assert "あいつの家は駅前の三軒目だ。" in text
    assert "プライバシー" in text
    assert "3（重大・緊急）" in text
    assert "2026-11-23 14:00 (JST)" in text
    assert sheet.item.post.text_sha256 in text
    assert "34" in text


def test_it_says_that_the_desk_is_not_the_victim_and_starts_no_clock() -> None:
    text = "\n".join(lines(consultation_sheet(dossier())))
    assert "下書き" in text
    assert "被害を受けた本人ではなく、本人の代理人でもありません" in text
    assert "法定の期限は始まりません" in text


def test_no_person_of_the_desk_and_no_inner_note_appears_anywhere_in_the_file() -> None:
    sheet = dossier(approved_by="u-supervisor")
    everything = b"".join(parts(consultation_sheet(sheet)).values()).decode()
    for inner in ("u-monitor", "u-supervisor", "内部のメモ", "python-docx", "R-"):
        assert inner not in everything


def test_it_is_a4_in_a_japanese_font() -> None:
    files = parts(consultation_sheet(dossier()))
    size = ElementTree.fromstring(files["word/document.xml"]).find(f".//{W}pgSz")
    assert size is not None
    assert round(int(size.attrib[f"{W}w"]) / 1440 * 25.4) == 210
    assert round(int(size.attrib[f"{W}h"]) / 1440 * 25.4) == 297
    fonts = list(ElementTree.fromstring(files["word/styles.xml"]).iter(f"{W}rFonts"))
    assert fonts
    assert all(font.attrib == {f"{W}{kind}": FONT for kind in ("ascii", "hAnsi", "eastAsia", "cs")} for font in fonts)
    assert b'w:eastAsia="ja-JP"' in files["word/styles.xml"]


def test_every_part_that_is_declared_is_there() -> None:
    files = parts(consultation_sheet(dossier()))
    for name in re.findall(rb'PartName="/([^"]+)"', files["[Content_Types].xml"]):
        assert name.decode() in files
    for name in re.findall(rb'Target="([^"]+)"', files["word/_rels/document.xml.rels"]):
        assert f"word/{name.decode()}" in files


def test_equal_dossiers_give_equal_bytes_and_other_content_other_bytes() -> None:
    sheet = dossier()
    assert consultation_sheet(sheet) == consultation_sheet(dossier())
    other = replace(sheet, request=replace(sheet.request, body=sheet.request.body + "。"))
    assert consultation_sheet(other) != consultation_sheet(sheet)


def test_bytes_do_not_depend_on_the_hour_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    first = consultation_sheet(dossier())
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    monkeypatch.setattr("time.localtime", lambda *_: (2099, 1, 2, 3, 4, 5, 0, 2, 0))
    assert consultation_sheet(dossier()) == first


HOSTILE = "NUL\x00 BEL\x07 VT\x0b ESC\x1b DEL\x7f 孤立\ud800\udfff 非文字\ufffe\uffff 逆\u202eむき <b>&amp;</b> ]]> 終"


def test_hostile_text_becomes_marks_and_breaks_nothing() -> None:
    text = lines(consultation_sheet(dossier(make_post(HOSTILE, url="javascript:alert(1)"), body=f"理由 {HOSTILE}")))
    assert "NUL␀ BEL␇ VT" in text
    assert " ESC␛ DEL␡ 孤立�� 非文字�� 逆〔U+202E〕むき <b>&amp;</b> ]]> 終" in text
    assert "javascript:alert(1)" in text


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=40))
def test_whatever_a_post_holds_its_readable_form_is_legal_xml(text: str) -> None:
    shown = readable(text)
    escaped = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert ElementTree.fromstring(f"<x>{escaped}</x>").text == (shown or None)


def test_a_very_long_post_is_cut_in_the_sheet_with_a_pointer() -> None:
    text = lines(consultation_sheet(dossier(found_post("長" * (TEXT_LIMIT + 5)))))
    assert "長" * TEXT_LIMIT in text
    assert any("全文は post.txt" in line for line in text)


def test_missing_facts_are_named_as_missing() -> None:
    sheet = dossier(make_post("本文"))
    values = {field.heading: field.text for field in fields(sheet)}
    assert values["掲載されている場所：URL"] == "記録なし"
    assert values["投稿された日時"] == "不明"
    draft = replace(sheet, request=replace(sheet.request, approved_at=None))
    assert "承認した日" in {field.heading: field.text for field in fields(draft)}["作成日"]


def test_the_first_draft_names_the_field_of_discrimination() -> None:
    item = make_item(found_post())
    decision = make_decision(item, labels=(Label.DISCRIMINATION,), group=Group.DISABILITY)
    body = draft_body(DESKS[0], item, decision)
    assert "分野は「障害・疾病」" in body
    assert item.post.text not in body


def test_a_second_round_says_so() -> None:
    sheet = replace(dossier(), round=2)
    assert any("再要請 1 回目" in line for line in lines(consultation_sheet(sheet)))
    later = replace(sheet, request=replace(sheet.request, approved_at=NOW + timedelta(hours=10)))
    assert {field.heading: field.text for field in fields(later)}["作成日"] == "2026-11-24", "the day in Japan"
