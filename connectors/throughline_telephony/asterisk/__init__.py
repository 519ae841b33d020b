"""The `asterisk` connector: call detail records that Asterisk's cdr_csv writes."""

from __future__ import annotations

from throughline.connector import ConnectionContext, Connector
from throughline_files.connection import FilesConnection

from .legs import call_stream


def open_connection(context: ConnectionContext) -> Connector:
    """Open the folder of CDR files that the settings name."""
    settings = context.settings
    return FilesConnection(
        context,
        [call_stream(settings)],
        settings["path"],
        settings.get("storage_options"),
        setting="path",
    )
