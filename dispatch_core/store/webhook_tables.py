"""The tables of webhooks: who is told which facts, up to where, and what could not be delivered."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from dispatch_core.store.tables import metadata

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
    Column("next_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
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
    Column("given_up_at", DateTime(timezone=True), nullable=False),
)  # fmt: skip
