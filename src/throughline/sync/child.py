"""The process of one connection: cap its memory, sync the connection, report how it ended.

The sync forks it; where the sync's process already has threads, so that forking is not safe, it is
a new program that begins at `main`.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from throughline.collector import spare_the_collector
from throughline.errors import DEBUG, DefectError, ThroughlineError, outcome
from throughline.home.values import Home
from throughline.sync.messages import Teller
from throughline.sync.stopping import Stop, stop_on_signals

MEMORY_CAP = 2 << 30


def run(home: Home, name: str, descriptor: int, *, before: Stop | None = None) -> None:
    """Sync one connection and report to the pipe `descriptor`.

    `before` took the signals until now: a stop that it has received applies here too. Raises only
    BrokenPipeError: an error could not be reported, because the sync has ended.
    """
    teller = Teller(descriptor)
    try:
        with stop_on_signals() as stop:
            if before is not None and before.number:
                stop.ask(before.number)
            cap_memory(MEMORY_CAP)
            spare_the_collector()
            from throughline.sync.connection import sync_connection  # noqa: PLC0415  # under the cap

            sync_connection(home, name, stop.between(teller.progress), on_stream=teller.stream)
        teller.done(error=None, exit_code=0, outcome="succeeded")
    except BrokenPipeError:
        return  # the sync itself is gone; what was landed is kept
    except ThroughlineError as error:
        teller.done(error=str(error), exit_code=error.exit_code, outcome=outcome(error))
    except MemoryError:
        teller.done(error=f"{name}: needed more memory than it may have", exit_code=1)
    except Exception as error:  # noqa: BLE001  # the border of this process
        if os.environ.get(DEBUG):
            traceback.print_exc()
        defect = DefectError.of(error)
        teller.done(error=f"{name}: {defect}", exit_code=defect.exit_code)


def cap_memory(cap: int) -> None:
    """Limit this process's own memory; a lower limit that is set already stays."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    lowest = min(limit for limit in (cap, soft, hard) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (lowest, hard))


def main() -> NoReturn:
    """Run as a program of its own: the home's folder, the connection, the pipe's descriptor.

    It ends without tearing the interpreter down, as a forked process does: that takes time, and
    libraries print warnings then.
    """
    from throughline.home import load_home  # noqa: PLC0415  # only here

    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    folder, name, descriptor = sys.argv[1:4]
    try:
        home = load_home(Path(folder), only=[name])
    except ThroughlineError as error:
        Teller(int(descriptor)).done(error=str(error), exit_code=error.exit_code)
    else:
        run(home, name, int(descriptor))
    sys.stderr.flush()
    os._exit(0)
