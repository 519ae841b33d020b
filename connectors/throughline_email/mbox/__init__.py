"""mbox files: one file, a folder of them, or a pattern; new and grown ones are found by content."""

from throughline_email.mbox.connector import open_connection

__all__ = ["open_connection"]
