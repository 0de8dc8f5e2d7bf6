"""Slow work beside the one thread that uses the store: it goes on while answers are given."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator


class Aside:
    """One thread at a time, for what waits for the disk. `caught` is what its work may raise."""

    def __init__(self, caught: type[Exception]) -> None:
        self._caught = caught
        self._thread: threading.Thread | None = None

    def run(self, work: Callable[[], object]) -> Iterator[bool]:
        """Do `work` in a thread; yields True while it goes on, then raises what it raised."""
        failed: list[Exception] = []

        def catching() -> None:
            try:
                work()
            except self._caught as error:
                failed.append(error)

        self._thread = threading.Thread(target=catching)
        self._thread.start()
        while self._thread.is_alive():
            self._thread.join(0.0002)
            yield True
        if failed:
            raise failed[0]

    def settle(self) -> None:
        """Wait for what is being done."""
        if self._thread is not None:
            self._thread.join()
