"""Maildir folders: one file a message, found by the unchanging part of its name."""

from throughline_email.maildir.connector import open_connection

__all__ = ["open_connection"]
