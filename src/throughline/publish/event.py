"""The feed's events, in the form that CloudEvents 1.0 gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

SCHEMAS = "https://throughline.example/schemas/feed"
DIGITS = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """One event of the feed. `id` is the same whenever the same change is sent again.

    `partition_key` is the customer, whose events are in order. `subject` names the customer or the
    record.
    """

    id: str
    source: str
    type: str
    subject: str
    partition_key: str
    time: datetime
    epoch: str
    position: int
    data: dict[str, Any] = field(repr=False)

    @property
    def sequence(self) -> str:
        """Return the position as text that sorts as it counts."""
        return f"{self.position:0{DIGITS}d}"

    @property
    def cursor(self) -> str:
        """Return the cursor to go on from after this event."""
        return f"{self.epoch}.{self.position}"

    @property
    def schema(self) -> str:
        """Return the address of the schema of `data`."""
        return f"{SCHEMAS}/{self.type.removeprefix('throughline.')}.schema.json"

    def attributes(self) -> dict[str, str]:
        """Return the context attributes, in CloudEvents' names."""
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": f"{self.time:%Y-%m-%dT%H:%M:%S.%fZ}",
            "datacontenttype": "application/json",
            "dataschema": self.schema,
            "partitionkey": self.partition_key,
            "sequence": self.sequence,
            "epoch": self.epoch,
        }

    def body(self) -> bytes:
        """Return `data` as JSON."""
        return orjson.dumps(self.data)

    def as_dict(self) -> dict[str, Any]:
        """Return the event in CloudEvents' JSON format, as a dictionary."""
        return {**self.attributes(), "data": self.data}

    def as_json(self) -> bytes:
        """Return the event in CloudEvents' JSON format."""
        return orjson.dumps(self.as_dict())
