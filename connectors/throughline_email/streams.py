"""The one stream that every e-mail connector has: messages, known by Message-ID and origin."""

from __future__ import annotations

from throughline.connector import StreamSpec

MESSAGES = StreamSpec(name="messages", key=("message_id", "origin"), rule="mbox_messages")
