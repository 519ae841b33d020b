"""Run the command line, and turn every error into one clear line and an exit code."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from throughline.collector import spare_the_collector
from throughline.errors import DEBUG, DefectError, ThroughlineError

FILE_ERROR = 1
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit: 0, or what docs/commands.md says of the error."""
    spare_the_collector()
    _write_any_text()
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words or bool(os.environ.get(DEBUG))
    if debug:
        words = [word for word in words if word != "--debug"]
        os.environ[DEBUG] = "1"  # for the processes that a command starts
    try:
        from throughline.cli.app import build  # noqa: PLC0415  # an error in it is ours to show

        build()(args=words, prog_name="throughline")
    except SystemExit as ending:
        if isinstance(ending.__context__, BrokenPipeError):  # the library of commands hides it
            _end_for_lack_of_a_reader()
        leave(ending.code if isinstance(ending.code, int) else int(ending.code is not None))
    except ThroughlineError as error:
        if debug:
            raise
        say_error(str(error))
        leave(error.exit_code)
    except KeyboardInterrupt:
        if debug:
            raise
        leave(INTERRUPTED)
    except OSError as error:  # a folder, a disk: not a defect
        if debug:
            raise
        say_error(
            f"{error.filename or 'a file or the output'}: {error.strerror or type(error).__name__}"
        )
        leave(FILE_ERROR)
    except Exception as error:  # the last border: anything here is a defect
        if debug:
            raise
        if was_interrupted(error):
            leave(INTERRUPTED)
        defect = DefectError.of(error)
        say_error(str(defect))
        leave(defect.exit_code)
    leave(0)


def was_interrupted(error: Exception) -> bool:
    """Tell whether an error is what DuckDB raises for Ctrl-C during a query."""
    return isinstance(error, RuntimeError) and str(error) == "Query interrupted"


def reader_left(*, within_seconds: float = 0) -> bool:
    """Tell whether the reader of standard output has closed it, or does so in this time."""
    reader = select.poll()
    reader.register(sys.stdout, 0)  # no event asked for: errors alone are told
    return bool(reader.poll(within_seconds * 1000))


def _end_for_lack_of_a_reader() -> NoReturn:
    """Exit with 0 if the reader of the output closed it, as `head` does; other pipes are errors."""
    if reader_left():
        leave(0)
    say_error("a connection was closed at its other end")
    leave(FILE_ERROR)


def leave(code: int) -> NoReturn:
    """End the process now that its work is done, without tearing the interpreter down.

    In a teardown, a thread of Arrow's that is still starting aborts the process: exit code 134
    after work that went well (apache/arrow#34314). It takes time, too.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:  # nobody reads it any more
            pass
        except OSError as error:  # a full disk: what was printed is not there
            if code == 0:
                say_error(f"the output can't be written ({error.strerror})")
            code = code or FILE_ERROR
    os._exit(code)


def _write_any_text() -> None:
    """Let no character raise an error: pipes get UTF-8, a terminal what its locale can show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def say_error(message: str) -> None:
    """Print an error to stderr, one line for each of its lines."""
    from throughline.cli.show import shown_plainly  # noqa: PLC0415  # only where there is an error

    lead = "throughline: "
    if sys.stderr.isatty() and "NO_COLOR" not in os.environ:
        lead = f"\x1b[1;31m{lead}\x1b[0m"
    with suppress(OSError):  # where its disk is full as well, nobody can be told
        for line in shown_plainly(message).splitlines() or [""]:
            print(f"{lead}{line}", file=sys.stderr)  # noqa: T201  # this is the command line
