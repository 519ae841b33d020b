"""What every part of a story draws on: chance, running numbers, rates and a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from throughline.demo_data.rates import Rates
from throughline.demo_data.trail import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """`since` and `until` bound the records' times as shares of the demo's time line."""

    rng: Random
    numbers: Numbers
    rates: Rates
    since: float = 0.0
    until: float = 0.999

    def when(self, part: float = 1.0, after: float = 0.0) -> float:
        """A moment within the first `part` of the stretch, not before `after`."""
        low = max(self.since, after)
        high = self.since + (self.until - self.since) * part
        return low + self.rng.random() * max(high - low, 0.0)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share
