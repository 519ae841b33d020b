"""The `tryton` connector: parties, sales and invoices of a Tryton server."""

from __future__ import annotations

from throughline.connector import ConnectionContext, Connector

from .connection import TrytonConnection


def open_connection(context: ConnectionContext) -> Connector:
    """Open the server and database that the settings name; nothing is called yet."""
    return TrytonConnection(context)
