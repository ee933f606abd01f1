"""The 相談票 as a Word document (Office Open XML, ISO/IEC 29500): A4, Japanese fonts, the same bytes every time.

Word files are zip archives; time stamps, compression and unused parts would make each copy differ. All are fixed here,
so that the SHA-256 of an approved document means something on any machine.
"""

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC
from functools import cache
from typing import Any

from docx import Document
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from escalation.sheet import TITLE, Dossier, Field, fields

FONT = "游ゴシック"
"""Named, not embedded: Word and LibreOffice substitute another Japanese Gothic where it is not installed."""

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_STYLES_KEPT = frozenset({"Normal", "Title", "DefaultParagraphFont", "TableNormal", "TableGrid"})
_UNUSED_PARTS = ("/stylesWithEffects", "/thumbnail", "/customXml", "/numbering", "/extended-properties")
_HEADING_WIDTH, _TEXT_WIDTH = Mm(45), Mm(125)


def consultation_sheet(dossier: Dossier) -> bytes:
    """The 相談票 of a request; equal dossiers give equal bytes. Hostile characters cannot break it."""
    return render(TITLE, fields(dossier), dossier)


def render(title: str, lines: Iterable[Field], dossier: Dossier) -> bytes:
    """A two-column sheet of ``lines`` under ``title``."""
    document = Document(io.BytesIO(_blank()))
    _properties(document, title, dossier)
    document.add_paragraph(title, style="Title")
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    table.autofit = False
    table.columns[0].width, table.columns[1].width = _HEADING_WIDTH, _TEXT_WIDTH
    for line in lines:
        cells = table.add_row().cells
        cells[0].width, cells[1].width = _HEADING_WIDTH, _TEXT_WIDTH
        _write(cells[0], line.heading, bold=True)
        _write(cells[1], line.text)
    raw = io.BytesIO()
    document.save(raw)
    return _repack(raw.getvalue())


@cache
def _blank() -> bytes:
    """The empty page. Made once: the library's template carries hundreds of styles that take long to read."""
    document = Document()
    _drop_unused_parts(document)
    _page_and_styles(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _write(cell: Any, text: str, *, bold: bool = False) -> None:
    """Each line a paragraph of its own: screen readers and copy-and-paste keep them apart."""
    first, *rest = text.split("\n")
    paragraph = cell.paragraphs[0]
    paragraph.add_run(first).bold = bold or None
    for line in rest:
        cell.add_paragraph().add_run(line).bold = bold or None


def _page_and_styles(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(20)
    root = document.styles.element
    for style in list(root.style_lst):
        if style.styleId not in _STYLES_KEPT:
            root.remove(style)
    for name, size in (("Normal", 10.5), ("Title", 16)):
        style = document.styles[name]
        for link in style.element.findall(qn("w:link")):
            style.element.remove(link)
        style.font.size = Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        _fonts(style.element.get_or_add_rPr())
        style.paragraph_format.space_after = Pt(2 if name == "Normal" else 8)
        style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    defaults = root.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    _fonts(defaults)
    language = defaults.find(qn("w:lang"))
    language.set(qn("w:val"), "ja-JP")
    language.set(qn("w:eastAsia"), "ja-JP")


def _fonts(properties: Any) -> None:
    """Name the font for Western and East-Asian characters alike; theme fonts would win over the names."""
    old = properties.find(qn("w:rFonts"))
    if old is not None:
        properties.remove(old)
    fonts = OxmlElement("w:rFonts")
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)
    properties.insert(0, fonts)


def _properties(document: Any, title: str, dossier: Dossier) -> None:
    """Office tools show these to everyone who gets the file: the desk, never a person."""
    properties = document.core_properties
    properties.title = title
    properties.author = properties.last_modified_by = dossier.desk.name
    properties.subject = dossier.case.number
    properties.language = "ja-JP"
    properties.comments = properties.keywords = properties.category = ""
    made = (
        (dossier.request.approved_at or dossier.request.drafted_at).astimezone(UTC).replace(microsecond=0, tzinfo=None)
    )
    properties.created = properties.modified = made
    properties.revision = 1


def _drop_unused_parts(document: Any) -> None:
    """The library's template brings a thumbnail, styles for old Word versions and the like; none belongs here."""
    for relations in (document.part.rels, document.part.package.rels):
        for key in [key for key, relation in relations.items() if relation.reltype.endswith(_UNUSED_PARTS)]:
            del relations[key]


def _repack(raw: bytes) -> bytes:
    """The same archive with fixed times, stored uncompressed: zlib versions compress differently."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            target.writestr(info, source.read(name))
    return out.getvalue()
