"""The one stream that every e-mail connector has: messages, known by their Message-ID."""

from __future__ import annotations

from throughline.connector import StreamSpec

MESSAGES = StreamSpec(name="messages", key=("message_id",), rule="mbox_messages")
