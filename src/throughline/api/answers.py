"""The shapes of the API's answers, for its description."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from throughline.customers import Customer


class Health(BaseModel):
    """Whether the store answers."""

    status: str


class ChangesPage(BaseModel):
    """A page of the feed."""

    events: list[dict[str, Any]] = Field(description="CloudEvents 1.0, in the feed's order.")
    cursor: str = Field(description="Where to go on from.")
    more: bool = Field(description="Whether the feed held more at once.")


class CustomerAnswer(BaseModel):
    """A golden record, where each field came from, and what happened."""

    customer: UUID
    redirected_from: UUID | None = Field(default=None, description="The retired id asked for.")
    version: int
    created_at: datetime
    golden_record: dict[str, Any]
    provenance: dict[str, Any]
    timeline: list[dict[str, Any]] | None = None

    @classmethod
    def of(cls: type[Self], found: Customer) -> dict[str, Any]:
        """Return the answer for a customer, without its timeline."""
        redirect = {"redirected_from": found.redirected_from} if found.redirected_from else {}
        return {
            "customer": found.customer_id,
            **redirect,
            "version": found.version,
            "created_at": found.created_at,
            "golden_record": found.doc,
            "provenance": found.provenance,
        }
