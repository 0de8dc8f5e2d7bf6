"""Proofs two at a time, each in a process forked from one that has imported everything."""

from __future__ import annotations

import os
import pickle
import selectors
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

Work = Callable[[int], Iterator["Line"]]


@dataclass(frozen=True)
class Line:
    """What one run came to, and which promises it broke."""

    text: str
    wrong: tuple[str, ...] = ()


@dataclass
class _Child:
    number: int
    pid: int
    lines: int  # a descriptor to read pickled lines from
    got: bytearray = field(default_factory=bytearray)


def told(numbers: Sequence[int], work: Work, *, alone: Collection[int], at_once: int = 2) -> Iterator[Line]:
    """Every line of every proof as it comes, so many proofs at a time; those `alone` with none beside
    them, because they measure time. A proof that dies is a broken promise.
    """
    left, running = list(numbers), dict[int, _Child]()
    with selectors.DefaultSelector() as selector:
        while left or running:
            while left and _may_begin(left[0], running, alone, at_once):
                child = _forked(left.pop(0), work)
                running[child.lines] = child
                selector.register(child.lines, selectors.EVENT_READ)
            for key, _ in selector.select():
                child = running[key.fd]
                if data := os.read(key.fd, 1 << 16):
                    child.got += data
                    yield from _lines(child)
                    continue
                selector.unregister(key.fd)
                os.close(key.fd)
                del running[key.fd]
                _, status = os.waitpid(child.pid, 0)
                if status:
                    wrong = f"proof {child.number} ended with status {status}"
                    yield Line(wrong, (wrong,))


def _may_begin(number: int, running: dict[int, _Child], alone: Collection[int], at_once: int) -> bool:
    numbers = [child.number for child in running.values()]
    if number in alone or any(one in alone for one in numbers):
        return not running
    return len(running) < at_once


def _lines(child: _Child) -> Iterator[Line]:
    """What has come whole: a length in four bytes, then the line."""
    while len(child.got) >= 4:
        end = 4 + int.from_bytes(child.got[:4], "big")
        if len(child.got) < end:
            return
        yield Line(*pickle.loads(bytes(child.got[4:end])))
        del child.got[:end]


def _forked(number: int, work: Work) -> _Child:
    reads, writes = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writes)
        return _Child(number, pid, reads)
    status = 1
    try:
        os.close(reads)
        with os.fdopen(writes, "wb") as out:
            for line in work(number):
                body = pickle.dumps((line.text, line.wrong))
                out.write(len(body).to_bytes(4, "big") + body)
                out.flush()
        status = 0
    except BaseException:  # noqa: BLE001 - told on stderr, and by the status
        traceback.print_exc()
    os._exit(status)
