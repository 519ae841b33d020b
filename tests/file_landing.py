"""Land what is new in a folder of files, as a sync of the connection `erp` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from throughline.connector import Connector
from throughline.counts import Counts
from throughline.land import Landing, land_stream
from throughline.store import Connection


@dataclass(frozen=True, kw_only=True)
class AConnection:
    """What landing asks of a configured connection."""

    name: str = "erp"
    settings: Mapping[str, Any]


def land_files(store: Connection, folder: Path, connector: Connector, **settings: Any) -> Counts:
    """Land what is new of the connector's one stream, into a landing below the folder."""
    (spec,) = connector.streams()
    return land_stream(
        store,
        connection_config=AConnection(settings=settings),
        connector=connector,
        stream=spec,
        landing=Landing(str(folder / "landing")),
    )
