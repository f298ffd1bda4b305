"""What the service keeps to go on by: facts and who is told them, clocks, settings."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from dispatch_core.store.tables.schema import at, metadata

# Facts in commit order: the writer holds an advisory lock from the first row to its commit, so a reader that
# has seen seq n will never meet a smaller one later.
outbox = Table(
    "outbox", metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    at("at"),
    Column("topic", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("facts", JSONB, nullable=False),
    Index("ix_outbox_subject_id", "subject_id", "seq"),
)  # fmt: skip

# `told_seq`: facts of the outbox up to here are delivered or given up. The secret is kept as it is: each
# delivery is signed with it.
webhook = Table(
    "webhook", metadata,
    Column("id", Uuid, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("topics", ARRAY(Text), nullable=False),
    Column("told_seq", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    at("next_at"),
    at("ended_at", nullable=True),
    Index("ix_webhook_next_at", "next_at", postgresql_where=text("ended_at IS NULL")),
)  # fmt: skip

# Facts that a receiver did not take however often they were sent.
dead_letter = Table(
    "dead_letter", metadata,
    Column("webhook_id", Uuid, ForeignKey(webhook.c.id), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    at("given_up_at"),
)  # fmt: skip

# Clocks that must fire within a second; taken with SKIP LOCKED.
timer = Table(
    "timer", metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    at("due_at"),
    Index("ix_timer_due_at", "due_at"),
    UniqueConstraint("kind", "subject_id"),
)  # fmt: skip

# Settings that outlive a restart and are shared by every process, each with who set it and when.
setting = Table(
    "setting", metadata,
    Column("name", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    at("set_at"),
    Column("set_by", Text, nullable=False),
    at("expires_at", nullable=True),
)  # fmt: skip
