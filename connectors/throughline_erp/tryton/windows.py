"""Walk over a model's rows: all of them by id, or those changed in a window by time and id."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from .server import Row, Server
from .values import as_tryton, moment

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From `start` up to, but not including, `end`, by the server's clock."""

    start: datetime.datetime
    end: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Rows of a model changed in a window, in the order of `date` and id.

    A row that was never written has a `create_date` alone, in Tryton's older releases; it is
    walked over by a Walk of its own.
    """

    model: str
    parent: str
    date: str

    def pages(
        self, server: Server, window: Window, after: tuple[datetime.datetime, int] | None
    ) -> Iterator[list[Row]]:
        """Yield pages of rows with their id, parent and date, behind `after`."""
        fields = ["id", self.date, *({self.parent} - {"id"})]
        order = [(self.date, "ASC"), ("id", "ASC")]
        while True:
            rows = server.search(self.model, self._domain(window, after), order, PAGE, fields).rows
            if rows:
                yield rows
                after = (moment(rows[-1][self.date]), rows[-1]["id"])
            if len(rows) < PAGE:
                return

    def _domain(self, window: Window, after: tuple[datetime.datetime, int] | None) -> list[object]:
        start = after[0] if after else window.start
        domain: list[object] = [[self.date, ">=", as_tryton(start)]]
        domain.append([self.date, "<", as_tryton(window.end)])
        if after:
            later = [self.date, ">", as_tryton(after[0])]
            domain.append(["OR", later, ["id", ">", after[1]]])
        if self.date == "create_date":
            domain.append(["write_date", "=", None])
        return domain
