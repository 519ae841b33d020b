"""A connector for tests that plays the pages it was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from throughline.connector import Cursor, Finding, Page, StreamSpec


@dataclass(kw_only=True)
class APlayer:
    """A connector that plays pages."""

    spec: StreamSpec
    pages: Sequence[Page]

    def streams(self) -> Sequence[StreamSpec]:
        return [self.spec]

    def check(self) -> Iterator[Finding]:
        return iter(())

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        yield from self.pages
