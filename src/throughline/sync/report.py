"""What a sync did, connection by connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from throughline.counts import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionResult:
    """What one connection's run did; `error` None: it succeeded."""

    name: str
    streams: Mapping[str, Counts] = field(default_factory=dict)
    error: str | None = None
    exit_code: int = 0
    seconds: float = 0.0

    @property
    def counts(self) -> Counts:
        """Return the sum over the streams."""
        total = Counts()
        for counts in self.streams.values():
            total += counts
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a whole sync did. `identity` sums resolve and merge."""

    connections: tuple[ConnectionResult, ...]
    identity: Counts = field(default_factory=Counts)
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """Return the code of the worst error: the highest, but what can't be retried goes first."""
        codes = {result.exit_code for result in self.connections} - {0}
        lasting = codes - {75}
        return max(lasting or codes, default=0)

    @property
    def counts(self) -> Counts:
        """Return the sum over all connections and the identity stages."""
        total = Counts()
        for result in self.connections:
            total += result.counts
        return total + self.identity

    @property
    def changed(self) -> bool:
        """Tell whether anything landed, was deleted, or was told to the feed."""
        counts = self.counts
        return any(counts[name] for name in ("landed", "deleted", "normalised", "events"))
