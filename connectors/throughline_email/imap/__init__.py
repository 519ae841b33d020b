"""IMAP mailboxes: folders of messages, read by UID and never changed."""

from throughline_email.imap.connector import open_connection

__all__ = ["open_connection"]
