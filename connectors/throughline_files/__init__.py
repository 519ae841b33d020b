"""The `files` connector: CSV, JSON Lines, JSON and Parquet files in a folder or behind a URL."""

from __future__ import annotations

from throughline.connector import ConnectionContext, Connector

from .connection import FilesConnection
from .options import file_streams


def open_connection(context: ConnectionContext) -> Connector:
    """Open the folder that the settings name; its streams come from the connection's file."""
    settings = context.settings
    return FilesConnection(
        context,
        file_streams(context.streams),
        settings["url"],
        settings.get("storage_options"),
    )
