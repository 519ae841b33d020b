"""Sync: the run of all stages, from what the channels hold to what the feed tells.

Reading order: `connection` runs one connection in this process, `identity` resolve and merge,
`sinks` sends the feed; `processes` runs connections side by side (`child` is one such process),
`whole` is the sync, `rounds` repeats it, `runs` records each run.
"""

from throughline.sync.connection import sync_connection
from throughline.sync.identity import identify
from throughline.sync.report import ConnectionResult, SyncReport
from throughline.sync.rounds import again_and_again, load_for_rounds
from throughline.sync.sinks import publish_all, reach_sink
from throughline.sync.stopping import stop_on_signals
from throughline.sync.tidying import tidy_landing
from throughline.sync.whole import sync

__all__ = [
    "ConnectionResult",
    "SyncReport",
    "again_and_again",
    "identify",
    "load_for_rounds",
    "publish_all",
    "reach_sink",
    "stop_on_signals",
    "sync",
    "sync_connection",
    "tidy_landing",
]
