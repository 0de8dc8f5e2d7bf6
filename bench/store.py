"""The store beside its peers: `python -m bench.store [--sizes 1000,10000,100000] [--quick]`.

Every contender keeps the same made-up stories and runs in a process of its own; they take turns, fifty
calls each, in an order that rotates, so that a busy machine is busy for all. Milliseconds;
an insert is one story, durable before the call returns (but for TinyDB caching, which is never).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from bench.contenders import CONTENDERS, timed, zipf_companies
from bench.corpus import COMMON, COMPANIES, RARE, documents

ROUNDS = 20
SLOW = ("plain TinyDB", "TinyDB caching")  # whose cost grows with the store: few samples of them


@dataclass
class Figures:
    """What one contender took at one size, in milliseconds and megabytes."""

    opened: list[float] = field(default_factory=list)
    query: list[float] = field(default_factory=list)
    insert: list[float] = field(default_factory=list)
    search: list[float] = field(default_factory=list)
    memory: float = 0.0
    peak: float = 0.0
    disk: float = 0.0


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


# ---- one contender's process


def work(name: str, folder: Path, corpus: Path, size: int) -> None:
    """Answer commands from standard input: one JSON list a line, a line of figures for each."""
    contender = CONTENDERS[name](folder)
    spare = _spare(corpus, size)
    for seed, line in enumerate(sys.stdin):
        order, count = json.loads(line)
        print(json.dumps(_obey(contender, order, count, seed, spare, corpus, size)), flush=True)


def _obey(
    contender: Any, order: str, count: int, seed: int, spare: Iterator[Any], corpus: Path, size: int
) -> Any:
    if order == "build":
        with corpus.open("rb") as file:
            return timed(contender.build, (orjson.loads(row) for row in islice(file, size)))
    if order == "open":
        begin = time.perf_counter()
        contender.open()
        contender.newest(COMPANIES[0])
        return (time.perf_counter() - begin) * 1000
    if order == "query":
        return [timed(contender.newest, company) for company in zipf_companies(COMPANIES, count, seed)]
    if order == "search":
        words = [*COMMON, *RARE]
        return [timed(contender.search, words[(number * 7 + seed) % len(words)]) for number in range(count)]
    if order == "insert":
        return [timed(contender.insert, next(spare)) for _ in range(count)]
    if order == "lag":
        return _lag(contender.library)
    if order == "stall":
        return asyncio.run(_stall(contender, spare, count))
    return _memory()


def _spare(corpus: Path, size: int) -> Iterator[Any]:
    """Stories that are not in the store yet."""
    with corpus.open("rb") as file:
        yield from (orjson.loads(row) for row in islice(file, size, None))


def _memory() -> dict[str, float]:
    status = dict(row.split(":", 1) for row in Path("/proc/self/status").read_text().splitlines())
    return {"now": int(status["VmRSS"].split()[0]) / 1024, "peak": int(status["VmHWM"].split()[0]) / 1024}


def _lag(library: Any) -> dict[str, float]:
    """How many stories the search index has not read, and what reading them takes."""
    behind = len(library.db.journal.changes.since(library.indexed()) or ())
    begin = time.perf_counter()
    while library.compact(seconds=0.001):
        pass
    return {"stories": behind, "ms": (time.perf_counter() - begin) * 1000}


async def _stall(contender: Any, spare: Iterator[Any], seconds: int) -> dict[str, list[float]]:
    """How late an answer due every millisecond is: idle, beside inserts, beside inserts and compaction."""
    late: dict[str, list[float]] = {}
    companies = zipf_companies(COMPANIES, 1000, 1)

    async def answer(into: list[float], until: asyncio.Event) -> None:
        due, number = time.perf_counter(), 0
        while not until.is_set():
            due += 0.001
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            contender.newest(companies[number % 1000])
            into.append((time.perf_counter() - due) * 1000)
            due, number = max(due, time.perf_counter() - 0.001), number + 1

    async def insert(until: asyncio.Event) -> None:
        while not until.is_set():
            contender.insert(next(spare))
            await asyncio.sleep(0.02)

    async def compact() -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:  # one after the other, for enough samples of a small store too
            contender.library.db.journal.make_due()
            while contender.library.compact(seconds=0.001):  # noqa: ASYNC110 - it is the work, not a flag
                await asyncio.sleep(0.001)

    async def session(name: str, *, inserts: bool, compaction: bool) -> None:
        until, into = asyncio.Event(), late.setdefault(name, [])
        tasks = [asyncio.create_task(answer(into, until))]
        if inserts:
            tasks.append(asyncio.create_task(insert(until)))
        await (compact() if compaction else asyncio.sleep(seconds))
        until.set()
        await asyncio.gather(*tasks)

    for _ in range(2):
        await session("idle", inserts=False, compaction=False)
        await session("inserts", inserts=True, compaction=False)
        await session("inserts and compaction", inserts=True, compaction=True)
    return late


# ---- the parent


class Worker:
    """A contender in a process of its own, run by `module`."""

    module = "bench.store"

    def __init__(self, name: str, folder: Path, corpus: Path, size: int) -> None:
        command = [sys.executable, "-m", self.module, "--worker", name, str(folder), str(corpus), str(size)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, order: str, count: Any = 1) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([order, count]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"a contender died at {order!r}")
        return json.loads(answer)

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def measure(size: int, corpus: Path, root: Path, *, quick: bool) -> tuple[dict[str, Figures], dict[str, Any]]:
    """Every contender at one size, and what only ours can tell."""
    found = {name: Figures() for name in CONTENDERS}
    for name in CONTENDERS:
        folder = root / f"{size}-{name.replace(' ', '-')}"
        folder.mkdir()
        builder = Worker(name, folder, corpus, size)
        took = builder.ask("build")
        builder.end()
        print(f"  built {name} with {size:,} stories in {took / 1000:.1f} s", file=sys.stderr)
        found[name].disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    for _ in range(2):  # opened twice more than needed, for the open time
        for name, figures in found.items():
            worker = Worker(name, root / f"{size}-{name.replace(' ', '-')}", corpus, size)
            figures.opened.append(worker.ask("open"))
            worker.end()
    workers = {
        name: Worker(name, root / f"{size}-{name.replace(' ', '-')}", corpus, size) for name in CONTENDERS
    }
    for name, worker in workers.items():
        found[name].opened.append(worker.ask("open"))
    extra: dict[str, Any] = {"lag": []}
    quickly = [name for name in CONTENDERS if name not in SLOW]
    for turn in range(8 if quick else ROUNDS):
        for name in quickly[turn % len(quickly) :] + quickly[: turn % len(quickly)]:
            _round(found[name], workers[name], 50, first=turn == 0)
            if name == "ours":
                extra["lag"].append(workers[name].ask("lag"))
    for name in SLOW:  # last, because the disk is busy with their files for a while
        _round(found[name], workers[name], 3 if size > 10_000 else 10, first=False)
    for name, worker in workers.items():
        memory = worker.ask("memory")
        found[name].memory, found[name].peak = memory["now"], memory["peak"]
    extra["stall"] = workers["ours"].ask("stall", 2 if quick else 5)
    for worker in workers.values():
        worker.end()
    return found, extra


def _round(figures: Figures, worker: Worker, count: int, *, first: bool) -> None:
    worker.ask("query", 200 if first else 20)  # warm: caches are part of every contender
    figures.query += worker.ask("query", count)
    if worker.process.args[4] != "SQLite":  # type: ignore[index]
        figures.search += worker.ask("search", count)
    figures.insert += worker.ask("insert", count)


def table(size: int, found: dict[str, Figures]) -> None:
    print(f"\n{size:,} stories          p50 / p99 ms (samples)")
    heads = f"{'newest ten':>24} {'insert':>24} {'two-syllable search':>24}"
    print(f"{'':15} {heads} {'open':>8} {'MB':>6} {'peak':>6} {'disk':>6}")
    for name, figures in found.items():
        cells = [_cell(values) for values in (figures.query, figures.insert, figures.search)]
        print(
            f"{name:15} {cells[0]:>24} {cells[1]:>24} {cells[2]:>24} {min(figures.opened):8.1f}"
            f" {figures.memory:6.0f} {figures.peak:6.0f} {figures.disk:6.0f}"
        )


def _cell(values: list[float]) -> str:
    if not values:
        return "-"
    return f"{percentile(values, 0.5):.4g} / {percentile(values, 0.99):.4g} ({len(values)})"


def goals(results: dict[int, tuple[dict[str, Figures], dict[str, Any]]]) -> None:
    """What was promised, and what it came to."""
    small, large = min(results), max(results)
    first, last = results[small][0], results[large][0]

    def middle(found: dict[str, Figures], name: str, what: str) -> float:
        return percentile(getattr(found[name], what), 0.5)

    print(f"\ngoals (p50; {small:,} to {large:,} stories)")
    for what in ("query", "search", "insert"):
        ratio = middle(last, "ours", what) / middle(first, "ours", what)
        _goal(f"{what} is flat: {ratio:.2f} times as long", met=ratio <= 1.5)
    for what, least in (("query", 10_000), ("insert", 1_000)):
        ratio = middle(last, "plain TinyDB", what) / middle(last, "ours", what)
        _goal(
            f"{what}: plain TinyDB takes {ratio:,.0f} times as long (goal {least:,} at 100,000)",
            met=ratio >= least,
        )
    ratio = middle(last, "SQLite", "query") / middle(last, "ours", "query")
    _goal(f"query: SQLite takes {ratio:.1f} times as long", met=ratio > 1)
    ratio = middle(last, "SQLite + FTS5", "insert") / middle(last, "ours", "insert")
    _goal(f"insert: SQLite that keeps an FTS5 index takes {ratio:.2f} times as long", met=ratio > 1)
    ratio = middle(last, "ours", "insert") / middle(last, "SQLite", "insert")
    _goal(f"insert: {ratio:.2f} times SQLite without one (goal 1.5)", met=ratio <= 1.5)
    ratio = min(last["ours"].opened) / min(last["plain TinyDB"].opened)
    _goal(f"open and first answer: {ratio:.2f} times plain TinyDB", met=ratio <= 1)
    ratio = last["ours"].memory / last["plain TinyDB"].memory
    _goal(f"memory: {ratio:.2f} times plain TinyDB (goal 2)", met=ratio <= 2)
    for size, (_, extra) in results.items():
        lag = extra["lag"][-1]
        each = lag["ms"] / max(1, lag["stories"])
        print(f"  note  {size:,}: the search index lagged {lag['stories']} inserts, {each:.2f} ms each later")
    stall = results[large][1]["stall"]
    for name, late in stall.items():
        print(f"  note  an answer due every ms, {name}: {_late(late)}")
    met = percentile(stall["inserts and compaction"], 0.999) <= 5
    _goal("compaction stalls an answer by at most 5 ms at p99.9", met=met)


def _late(late: list[float]) -> str:
    shares = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
    return (
        ", ".join(f"{name} {percentile(late, share):.2f}" for name, share in shares.items())
        + f" ms late ({len(late)})"
    )


def _goal(text: str, *, met: bool) -> None:
    print(f"  {'met ' if met else 'MISS'}  {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--quick", action="store_true", help="two small sizes, few samples, under a minute")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        name, folder, corpus, size = options.worker
        work(name, Path(folder), Path(corpus), int(size))
        return
    sizes = [1000, 10000] if options.quick else [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as name:
        root = Path(name)
        corpus = root / "corpus.jsonl"
        with corpus.open("wb") as file:
            file.writelines(orjson.dumps(document) + b"\n" for document in documents(max(sizes) + 20_000))
        results = {}
        for size in sizes:
            results[size] = measure(size, corpus, root, quick=options.quick)
            table(size, results[size][0])
        goals(results)


if __name__ == "__main__":
    main()
