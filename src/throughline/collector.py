"""The garbage collector's part in a run: small."""

from __future__ import annotations

import gc


def spare_the_collector() -> None:
    """Let the garbage collector leave alone what is loaded, and look for cycles rarely.

    Loading modules and reading a batch make many objects and no cycles: looking through them again
    and again took a tenth of a first load. What the parent loaded is not copied for a forked
    process, either.
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
