"""Finding stories by words beside its peers: `python -m bench.search [--stories 100000] [--quick]`.

Every contender keeps the same made-up stories in a process of its own, and is asked for the newest
or best ten with every word, and how many there are; they take turns. Its hits must be those that a look
through every story finds. Milliseconds, megabytes; an insert is one story, to be found by the next question.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from bench import store
from bench.corpus import COMMON, RARE, documents
from bench.search_contenders import CONTENDERS, LIMIT
from bench.store import percentile

INSERTS = 200
CLASSES = ("two syllables", "word", "rare", "two words", "none")


def questions(corpus: Path, size: int, count: int) -> dict[str, list[str]]:
    """Of each class `count` queries, the same ones for everybody; words are those of the stories."""
    chance = random.Random(47)
    with corpus.open("rb") as file:
        texts = [orjson.loads(row)["body"] for row in islice(file, 0, size, max(1, size // 400))]
    sentences = [text.split(" ") for text in texts]
    words = [
        next(word for word in chance.sample(each, len(each)) if len(word) >= 4 and "-" not in word)
        for each in sentences
    ]
    return {
        "two syllables": [chance.choice(COMMON) for _ in range(count)],
        "word": [chance.choice(words) for _ in range(count)],
        "rare": [chance.choice(RARE) for _ in range(count)],
        "two words": [f"{chance.choice(RARE)} {chance.choice(COMMON)}" for _ in range(count)],
        "none": [f"{chance.choice(words)}쀍" for _ in range(count)],
    }


def truth(corpus: Path, size: int, asked: list[str]) -> dict[str, list[int]]:
    """The numbers of the stories that hold every word as a substring."""
    terms = {query: query.split() for query in asked}
    held: dict[str, list[int]] = {query: [] for query in asked}
    with corpus.open("rb") as file:
        for number, row in enumerate(islice(file, size)):
            document = orjson.loads(row)
            text = f"{document['title']}\n{document['body']}".casefold()
            for query, words in terms.items():
                if all(word in text for word in words):
                    held[query].append(number)
    return held


# ---- one contender's process


def work(name: str, folder: Path, corpus: Path, size: int) -> None:
    """Answer orders from standard input: a JSON list a line, a line for each."""
    contender = CONTENDERS[name](folder)
    with corpus.open("rb") as file:
        spare = (orjson.loads(row) for row in islice(file, size, None))
        for line in sys.stdin:
            order, given = json.loads(line)
            print(json.dumps(_obey(contender, order, given, spare, corpus, size)), flush=True)


def _obey(contender: Any, order: str, given: Any, spare: Iterator[Any], corpus: Path, size: int) -> Any:
    if order == "build":
        with corpus.open("rb") as file:
            return _took(contender.build, (orjson.loads(row) for row in islice(file, size)))
    if order == "open":
        return _took(lambda: (contender.open(), contender.find("배달")))
    if order == "find":
        return [_took(contender.find, query) for query in given]
    if order == "count":
        return [contender.find(query)[1] for query in given]
    if order == "keys":
        return [contender.find(query)[0] for query in given]
    if order == "size":
        return contender.size() / 1e6
    return [_took(contender.insert, document) for document in islice(spare, given)]


def _took(call: Any, *args: Any) -> float:
    begin = time.perf_counter()
    call(*args)
    return (time.perf_counter() - begin) * 1000


# ---- the parent


class Worker(store.Worker):
    """A contender in a process of its own, run by this module."""

    module = "bench.search"


def measure(size: int, corpus: Path, root: Path, *, quick: bool) -> dict[str, dict[str, Any]]:
    """Figures of every contender by its name."""
    asked = questions(corpus, size, 40 if quick else 200)
    found: dict[str, dict[str, Any]] = {name: {each: [] for each in CLASSES} for name in CONTENDERS}
    for name in CONTENDERS:
        folder = root / name.replace(" ", "-")
        folder.mkdir()
        builder = Worker(name, folder, corpus, size)
        found[name]["build"] = builder.ask("build")
        found[name]["size"] = builder.ask("size")
        builder.end()
        print(f"  built {name} in {found[name]['build'] / 1000:.1f} s", file=sys.stderr)
    workers = {name: Worker(name, root / name.replace(" ", "-"), corpus, size) for name in CONTENDERS}
    for name, worker in workers.items():
        found[name]["open"] = worker.ask("open")
    distinct = sorted({query for queries in asked.values() for query in queries})
    held = truth(corpus, size, distinct)
    for name, worker in workers.items():
        found[name]["wrong"] = _wrong(worker, distinct, held)
    for turn in range(4):
        names = list(workers)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            for each, queries in asked.items():
                found[name][each] += workers[name].ask("find", queries)
    for name, worker in workers.items():
        found[name]["insert"] = worker.ask("insert", 20 if quick else INSERTS)
        worker.end()
    return found


def _wrong(worker: Worker, asked: list[str], held: dict[str, list[int]]) -> int:
    """Queries whose ten are not stories that hold the words, or too few, or whose count is another.

    A contender that stops counting says so by -1.
    """
    wrong = 0
    for query, keys, count in zip(asked, worker.ask("keys", asked), worker.ask("count", asked), strict=True):
        true = held[query]
        whole = len(keys) == min(LIMIT, len(true)) and set(keys) <= set(true)
        wrong += not whole or count not in (-1, len(true))
    return wrong


def table(size: int, found: dict[str, dict[str, Any]], asked: int) -> None:
    print(f"\n{size:,} stories, find time p50 / p99 ms; {asked} distinct and repeated queries a class")
    print(f"{'':24}" + "".join(f"{each:>17}" for each in CLASSES))
    for name, figures in found.items():
        print(f"{name:24}" + "".join(f"{_cell(figures[each]):>17}" for each in CLASSES))
    print(f"\n{'':24}{'index MB':>10}{'open ms':>10}{'build s':>10}{'insert ms':>18}{'wrong answers':>15}")
    for name, figures in found.items():
        print(
            f"{name:24}{figures['size']:10.1f}{figures['open']:10.1f}{figures['build'] / 1000:10.1f}"
            f"{_cell(figures['insert']):>18}{figures['wrong']:15}"
        )


def _cell(values: list[float]) -> str:
    return f"{percentile(values, 0.5):.3g} / {percentile(values, 0.99):.3g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="10,000 stories, few queries, under a minute")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        name, folder, corpus, size = options.worker
        work(name, Path(folder), Path(corpus), int(size))
        return
    size = 10_000 if options.quick else options.stories
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as name:
        root = Path(name)
        corpus = root / "corpus.jsonl"
        with corpus.open("wb") as file:
            file.writelines(orjson.dumps(document) + b"\n" for document in documents(size + INSERTS))
        found = measure(size, corpus, root, quick=options.quick)
        table(size, found, 160 if options.quick else 800)


if __name__ == "__main__":
    main()
