"""The one stream that every e-mail connector has: messages, known by Message-ID and origin."""

from __future__ import annotations

from dataclasses import replace

from throughline.connector import ConnectionContext, StreamSpec

MESSAGES = StreamSpec(name="messages", key=("message_id", "origin"), rule="mbox_messages")


def messages(context: ConnectionContext) -> StreamSpec:
    """Return the stream with the rule that the connection's file names, if it names one."""
    options = context.streams.get(MESSAGES.name, {})
    return replace(MESSAGES, rule=options.get("rule", MESSAGES.rule))
