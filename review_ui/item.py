"""Drawing one post and what is known of it. Everything a stranger wrote goes through :mod:`review_ui.inert`."""

from datetime import datetime

import streamlit as st

from domain.assessments import Assessment
from domain.items import ReviewItem
from domain.labels import Label, Severity
from domain.posts import Origin, Post
from domain.reports import Told, told_of
from domain.words import (
    DECISIONS,
    DISMISS_REASONS,
    GROUPS,
    LABELS,
    SEVERITIES,
    SEVERITY_SHAPES,
    STANDINGS,
    WISHES,
    ago,
    chance,
    clock,
    frequency,
    moment,
)
from review.posts import SeenPost
from review.queue import ItemView, SignedDecision
from review_ui.inert import SHOWN, escape, passage

LIKELY = 0.5
"""From here on a label counts as found."""
LONG = 200_000
"""Characters of a very long post that are drawn on demand."""


def severity_html(severity: Severity) -> str:
    """Shape, number and word; red only for what may be urgent."""
    css = "mm-grave" if severity is Severity.GRAVE else "mm-severity"
    return f'<span class="{css}">{SEVERITY_SHAPES[severity]} 重大度{int(severity)} {SEVERITIES[severity]}</span>'


def found_labels(assessment: Assessment) -> str:
    """The labels that are likely, strongest first, in words; the strongest with a mark of doubt where none is."""
    by_strength = sorted(Label, key=lambda label: -assessment.labels[label])
    likely = [LABELS[label] for label in by_strength if assessment.labels[label] >= LIKELY]
    if likely:
        return "・".join(likely)
    return f"{LABELS[by_strength[0]]}かもしれない" if assessment.needs_review else "目立つ手がかりなし"


def summary(post: Post, assessment: Assessment, now: datetime, more: str = "", right: str = "") -> None:
    """One line: how grave, what, reported or not, where, when; ``right`` stands at the end of the line."""
    at = post.posted_at or post.collected_at
    known = "投稿" if post.posted_at else "収集"
    parts = [severity_html(assessment.severity), escape(found_labels(assessment))]
    if post.origin is Origin.REPORTED:
        parts.append("<b>申告あり</b>")
        if (said := told_of(post)) is not None and said.in_danger:
            parts.append('<span class="mm-grave">▲ 身の危険</span>')
    parts.append(escape(post.site, 30))
    parts.append(f"{moment(at)} {known}（{ago(at, now)}）")
    if more:
        parts.append(escape(more))
    end = f'<span class="mm-quiet">{escape(right)}</span>' if right else ""
    st.html(f'<div class="mm-line mm-head"><span>{" · ".join(parts)}</span>{end}</div>')


def danger_html(said: Told | None) -> str:
    """The one sentence that may not be missed, with shape and word beside the colour; empty without danger."""
    if said is None or not said.in_danger:
        return ""
    return '<div class="mm-grave">▲ 申告者は身の危険を感じています</div>'


def told_words(said: Told | None) -> tuple[str, str]:
    """Standing and wishes of a reporter in words; 「記録なし」 for what is not known."""
    standing = STANDINGS[said.standing] if said is not None and said.standing is not None else "記録なし"
    wishes = "、".join(WISHES[wish] for wish in said.wishes) if said is not None else ""
    return standing, wishes or "記録なし"


def told(post: Post) -> None:
    """What the reporter told, above the post; nothing for a post that nobody reported."""
    said = told_of(post)
    if said is None:
        return
    standing, wishes = told_words(said)
    number = escape(post.report_number, 20) if post.report_number else "番号の記録なし"
    st.html(f'{danger_html(said)}<div class="mm-quiet">申告 {number}　申告者の立場: {standing}　希望: {wishes}</div>')


def body(view: ItemView) -> None:
    """The post in its surroundings, and beside it what the machine found: the same wherever an item is read."""
    left, right = st.columns([8, 5], gap="medium")
    with left:
        told(view.item.post)
        context(view)
        text(view.item.post, view.item.id)
        source(view.item.post)
    with right:
        clues(view.item.assessment)
        why(view.item)


def text(post: Post, key: str) -> None:
    """The post itself, inert. A very long one is cut until somebody asks for the rest."""
    limit = SHOWN
    if len(post.text) > SHOWN:
        whole = st.checkbox("長い投稿の続きも表示する", key=f"whole:{key}")
        limit = LONG if whole else SHOWN
    empty = '<span class="mm-more">（本文がありません）</span>'
    body = passage(post.text, limit) if post.text.strip() else empty
    st.html(f'<div class="mm-post" tabindex="0" role="article" aria-label="投稿の本文">{body}</div>')


def source(post: Post) -> None:
    """Where the post stands, as text: no link is live."""
    parts = [f"名前: {escape(post.author, 40)}" if post.author else "名前: 不明"]
    if post.thread:
        number = f" の {post.number}" if post.number is not None else ""
        parts.append(f"スレッド: {escape(post.thread, 60)}{number}")
    parts.append(f"URL: {escape(post.url, 120)}" if post.url else "URL: 記録なし")
    st.html(f'<div class="mm-quiet">{"　".join(parts)}</div>')


def context(view: ItemView, most: int = 2) -> None:
    """The posts just before this one in the thread, a line each; :func:`around` shows them whole."""
    number = view.item.post.number
    if number is None:
        return
    before = [one for one in view.context if one.post.number is not None and one.post.number < number]
    lines = "".join(
        f'<div class="mm-context mm-short">&gt;&gt;{one.post.number}　{escape(one.post.text, 120)}</div>'
        for one in before[-most:]
    )
    if lines:
        st.html(lines)


def clues(assessment: Assessment) -> None:
    """Scores in words with the numbers beside, and how often such posts are an infringement."""
    rows = []
    for label in sorted(Label, key=lambda x: -assessment.labels[x]):
        p = assessment.labels[label]
        css = ' class="mm-strong"' if p >= LIKELY else ""
        rows.append(
            f'<tr{css}><th scope="row">{LABELS[label]}</th><td>{chance(p)}</td>'
            f'<td class="mm-number">{round(p * 100)}/100</td></tr>'
        )
    group = f"<br>分野の見立て: {GROUPS[assessment.group]}" if assessment.group else ""
    st.html(
        '<table class="mm-table"><caption class="mm-caption">機械の手がかり（決めるのは人です）</caption>'
        f"{''.join(rows)}</table>"
        f'<div class="mm-quiet">このような投稿は、{frequency(assessment.risk)}が侵害の疑いありと判断されています'
        f"（{assessment.risk:.2f}）。{group}</div>"
    )


def why(item: ReviewItem) -> None:
    """Why the item stands where it stands in the queue."""
    reasons = []
    if item.post.origin is Origin.REPORTED:
        reasons.append("人からの申告")
    reasons.append(f"重大度{int(item.assessment.severity)}")
    reasons.append(f"侵害の可能性が{chance(item.assessment.risk)}")
    st.html(f'<div class="mm-quiet">この順番の理由: {" ＋ ".join(reasons)}</div>')


def around(view: ItemView) -> None:
    """What may help and is not needed at once, folded."""
    if len(view.context) > 1:
        with st.expander(f"前後の投稿 {len(view.context)} 件", key=f"context:{view.item.id}"):
            for one in view.context:
                here = " mm-here" if one.post.revision_id == view.item.id else ""
                st.html(f'<div class="mm-context{here}">{_numbered(one)}</div>')
    if view.others:
        with st.expander(f"同じ名前のほかの投稿 {len(view.others)} 件", key=f"others:{view.item.id}"):
            for one in view.others:
                when = moment(one.post.posted_at or one.post.collected_at)
                st.html(f'<div class="mm-context">{when}　{passage(one.post.text, 400)}</div>')
    if view.versions:
        with st.expander(f"書き換えの記録 {len(view.versions)} 版", key=f"versions:{view.item.id}"):
            for number, one in enumerate(view.versions, 1):
                st.html(
                    f'<div class="mm-context">第{number}版（{moment(one.post.collected_at)} 収集）　'
                    f"{passage(one.post.text, 400)}</div>"
                )
    if view.history:
        with st.expander(f"これまでの判断 {len(view.history)} 件", key=f"history:{view.item.id}"):
            for signed in view.history:
                st.html(f'<div class="mm-quiet">{decision_html(signed)}</div>')
    model = view.item.assessment.model
    st.html(
        f'<div class="mm-quiet">判定に使ったモデル: {escape(model.name)} {escape(model.version)}'
        f"（{escape(model.checksum[:12])}、しきい値 {escape(view.item.assessment.thresholds)}）</div>"
    )


def decision_html(signed: SignedDecision) -> str:
    """One decision in one line: when, who, what, why."""
    d = signed.decision
    parts = [moment(d.decided_at), f"{escape(signed.who)}さん", f"「{DECISIONS[d.kind]}」"]
    if d.reason:
        parts.append(f"理由: {DISMISS_REASONS[d.reason]}")
    if d.labels:
        parts.append("・".join(LABELS[label] for label in d.labels))
    if d.note:
        parts.append(f"メモ: {escape(d.note, 300)}")
    if d.undone_at:
        parts.append(f"（{clock(d.undone_at)} に取り消し）")
    return "　".join(parts)


def _numbered(one: SeenPost) -> str:
    name = escape(one.post.author, 20) if one.post.author else ""
    return f"&gt;&gt;{one.post.number}　{name}　{passage(one.post.text, 400)}"
