"""The command line: `throughline`, one file for each group of commands.

Nothing but Typer is loaded until a command runs; each command loads what it uses.
"""

from throughline.cli.entry import main

__all__ = ["main"]
