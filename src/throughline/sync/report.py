"""What a sync did, connection by connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from throughline.counts import Counts
from throughline.errors import worst


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionResult:
    """What one connection's run did; `error` None: it succeeded. `died`: its process was ended.

    `outcome` is what the run's row says: `succeeded`, `held` (a stream waits for a person) or
    `failed`.
    """

    name: str
    streams: Mapping[str, Counts] = field(default_factory=dict)
    error: str | None = None
    exit_code: int = 0
    outcome: str = "succeeded"
    died: bool = False
    seconds: float = 0.0

    @property
    def counts(self) -> Counts:
        """Return the sum over the streams."""
        total = Counts()
        for counts in self.streams.values():
            total += counts
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkResult:
    """What was sent to one sink; `error` None: all that the feed holds was confirmed."""

    name: str
    events: int = 0
    error: str | None = None
    exit_code: int = 0

    @property
    def outcome(self) -> str:
        """Return how it ended in a connection's words; a sink waits for nobody."""
        return "succeeded" if self.error is None else "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a whole sync did. `identity` sums resolve and merge."""

    connections: tuple[ConnectionResult, ...]
    identity: Counts = field(default_factory=Counts)
    sinks: tuple[SinkResult, ...] = ()
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """Return the code of the worst error."""
        return worst([result.exit_code for result in self._results])

    @property
    def _results(self) -> list[ConnectionResult | SinkResult]:
        return [*self.connections, *self.sinks]

    @property
    def failed(self) -> list[str]:
        """Return the names of the connections and sinks that failed."""
        return [one.name for one in self._results if one.outcome == "failed"]

    @property
    def held(self) -> list[str]:
        """Return the names of the connections of which a stream waits for a person."""
        return [one.name for one in self._results if one.outcome == "held"]

    @property
    def errors(self) -> list[str]:
        """Return what went wrong, connections first."""
        return [one.error for one in self._results if one.error is not None]

    @property
    def sent(self) -> int:
        """Return how many events were sent and confirmed, over all sinks."""
        return sum(sink.events for sink in self.sinks)

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
