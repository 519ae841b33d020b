"""Builders of messages, and what the connector reads in them."""

from __future__ import annotations

import json
from typing import Any

from throughline_email.message import message_json


def a_message(body: bytes = b"Hello\n", **fields: str | bytes) -> bytes:
    """Return a message with these header fields (`message_id` stands for Message-ID)."""
    given = {"from": "anna@example.com", "message_id": "<1@example.com>"} | fields
    lines = []
    for name, value in given.items():
        written = value if isinstance(value, bytes) else value.encode()
        lines.append(name.replace("_", "-").encode() + b": " + written)
    return b"\n".join(lines) + b"\n\n" + body


def read(message: bytes) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(message_json(message, "raw:abc"))
    return record


def text_of(body: bytes, **fields: str | bytes) -> tuple[str, list[str]]:
    record = read(a_message(body, date="Mon, 1 Jan 2024 10:00:00 +0000", **fields))
    return record["text"], record.get("flags", [])
