"""The tables of casework. Migrations in ``store/migrations`` build them; a test compares the two."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC datetimes out; a naive one is a bug and raises ``ValueError``."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times must carry a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _desk() -> Column[str]:
    return Column("desk", String(6), ForeignKey("desks.code"), nullable=False)


desks = Table(
    "desks",
    metadata,
    Column("code", String(6), primary_key=True),
    Column("name", Text, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    _desk(),
    Column("login", String(64), nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("id", String(32), primary_key=True),
    _desk(),
    Column("post_id", String(32), nullable=False),
    Column("site", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_sha256", String(64), nullable=False),
    Column("collected_at", UtcDateTime, nullable=False),
    Column("origin", String(16), nullable=False),
    Column("url", Text),
    Column("posted_at", UtcDateTime),
    Column("author", Text),
    Column("thread", Text),
    Column("number", Integer),
    Column("report_number", Text),
    Column("extra", JSON, nullable=False),
    Column("risk", Float, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("group_code", String(32)),
    Column("model_name", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("model_checksum", String(64), nullable=False),
    Column("thresholds", Text, nullable=False),
    Column("needs_review", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    # Whether the state is one of QUEUE_STATES: kept beside it so that one index serves the ordered queue.
    Column("waiting", Boolean, nullable=False),
    Column("priority", Float, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("claimed_by", String(32)),
    Column("claimed_until", UtcDateTime),
)
Index("ix_items_queue", items.c.desk, items.c.waiting, items.c.priority.desc(), items.c.opened_at, items.c.id)
Index("ix_items_opened", items.c.desk, items.c.opened_at)

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(32), primary_key=True),
    _desk(),
    Column("item_id", String(32), ForeignKey("items.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("reason", String(32)),
    Column("labels", JSON, nullable=False),
    Column("group_code", String(32)),
    Column("severity", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("reviewer", String(32), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
)
Index("ix_decisions_decided", decisions.c.desk, decisions.c.decided_at)

cases = Table(
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", String(16), nullable=False),
    _desk(),
    Column("item_id", String(32), ForeignKey("items.id"), nullable=False, unique=True),
    Column("labels", JSON, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("opened_by", String(32), nullable=False),
    UniqueConstraint("desk", "number"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    _desk(),
    Column("destination", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("drafted_by", String(32), nullable=False),
    Column("drafted_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("approved_by", String(32)),
    Column("approved_at", UtcDateTime),
    Column("bundle_sha256", String(64)),
    Column("sent_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
)
Index("ix_requests_desk_state", requests.c.desk, requests.c.state)

request_steps = Table(
    "request_steps",
    metadata,
    Column("request_id", String(32), ForeignKey("requests.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    _desk(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", String(16), nullable=False, unique=True),
    _desk(),
    Column("standing", String(16), nullable=False),
    Column("phrase_hash", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
)

report_posts = Table(
    "report_posts",
    metadata,
    Column("report_id", String(32), ForeignKey("reports.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("revision_id", String(32), nullable=False, index=True),
)

contacts = Table(
    "contacts",
    metadata,
    Column("report_id", String(32), ForeignKey("reports.id"), primary_key=True),
    _desk(),
    Column("sealed", LargeBinary, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("desk", String(6), ForeignKey("desks.code"), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("desk", String(6), ForeignKey("desks.code"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
