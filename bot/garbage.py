"""Python's own search for garbage in cycles, in a process that runs for months."""

from __future__ import annotations

import gc

_YOUNG = 10_000  # objects made between two searches, Python's own 700 took a tenth of a push; under 1 ms each
_OLDER, _OLDEST = 10, 20


def seldom() -> None:
    """What the start made stays, so that a full search over it does not hold up answers; what comes is
    searched less often than Python would.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLDER, _OLDEST)
