"""Sync: the run of all stages, from what the channels hold to what the feed tells.

Reading order: `parts` runs one connection in this process, `identity` the identity stages,
`processes` runs connections side by side, `whole` is the sync, `rounds` runs it again and again,
`runs` keeps the record of it.
"""

from throughline.sync.identity import identify
from throughline.sync.parts import publish_all, reach_sink, sync_connection
from throughline.sync.report import ConnectionResult, SyncReport
from throughline.sync.rounds import again_and_again, load_for_rounds
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
