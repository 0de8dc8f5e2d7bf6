"""Grouping and ranking beside simpler ways: `python -m bench.newsroom`.

Invented entries in three languages with the stories they tell (tests/data/newsroom). "tuned" is what
thresholds were chosen on, "heldout" was left alone. Grouping by pairs (precision, recall) and by B-cubed
F1; ranking by nDCG@15 over the stories as they were grouped.
"""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path

from handlers.newsroom.coverage import Coverage, coverages
from handlers.newsroom.grouping import Grouper
from handlers.newsroom.near import likeness
from handlers.newsroom.ranking import Interest, ranked
from handlers.newsroom.signs import Signs, signs_of
from handlers.newsroom.understanding import understood
from store.catalogue import load
from store.feeds import Entry

DATA = Path(__file__).parents[1] / "tests" / "data" / "newsroom"
PARTS = ("tuned", "heldout")
TOP = 15
Groups = dict[str, str]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Entries in the order of arrival, their true stories, and how much each story is worth (0 to 3)."""

    entries: tuple[Entry, ...]
    story: Mapping[str, str]
    worth: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Score:
    """How well a grouping fits: pairs found that are pairs, pairs that were found, B-cubed F1."""

    precision: float
    recall: float
    f1: float


def labelled(part: str) -> Labelled:
    """The labelled entries of a part, understood as the bot understands them."""
    rows = [json.loads(row) for row in (DATA / f"{part}.jsonl").read_text("utf-8").splitlines()]
    worth = json.loads((DATA / f"{part}_worth.json").read_text("utf-8"))
    entries = tuple(_entry(number, row) for number, row in enumerate(rows, 1))
    return Labelled(entries, {e.id: row["group"] for e, row in zip(entries, rows, strict=True)}, worth)


def _entry(number: int, row: Mapping[str, str]) -> Entry:
    at = datetime.fromisoformat(row["published"])
    read = Entry(
        id=str(number), feed=row["feed"], guid="", url=row["url"], canonical_url=row["url"],
        title=row["title"], text=row["text"], seen_at=at, published=at,
    )  # fmt: skip
    return understood(read, load())


def by_signs(entries: Sequence[Entry]) -> Groups:
    """As the bot does it."""
    grouper = Grouper()
    for signs in _signs(entries):
        grouper.add(signs)
    return dict(grouper.story_of)


def by_title(entries: Sequence[Entry]) -> Groups:
    """Entries with the same title, but for case and spaces."""
    first: dict[str, str] = {}
    return {e.id: first.setdefault("".join(e.title.casefold().split()), e.id) for e in entries}


def by_minhash(entries: Sequence[Entry], *, least: float = 0.35) -> Groups:
    """Each entry with the first one that shares so much of its words; `least` fits the tuned part best."""
    groups: Groups = {}
    before: list[Signs] = []
    for signs in _signs(entries):
        near = next((each for each in before if likeness(each.text, signs.text) >= least), None)
        groups[signs.entry] = groups[near.entry] if near else signs.entry
        before.append(signs)
    return groups


def _signs(entries: Sequence[Entry]) -> list[Signs]:
    return [signs_of(entry, load()) for entry in entries]


def score(found: Groups, gold: Mapping[str, str]) -> Score:
    """Pairwise precision and recall, and B-cubed F1, of a grouping."""
    both = one = true = 0
    for a, b in combinations(gold, 2):
        same, told = gold[a] == gold[b], found[a] == found[b]
        both += same and told
        one += told
        true += same
    return Score(both / one if one else 1.0, both / true if true else 1.0, _b_cubed(found, gold))


def _b_cubed(found: Groups, gold: Mapping[str, str]) -> float:
    sizes: defaultdict[tuple[str, str], int] = defaultdict(int)
    by_found: defaultdict[str, int] = defaultdict(int)
    by_gold: defaultdict[str, int] = defaultdict(int)
    for entry, story in gold.items():
        sizes[found[entry], story] += 1
        by_found[found[entry]] += 1
        by_gold[story] += 1
    precision = sum(n * n / by_found[group] for (group, _), n in sizes.items()) / len(gold)
    recall = sum(n * n / by_gold[story] for (_, story), n in sizes.items()) / len(gold)
    return 2 * precision * recall / (precision + recall)


def ndcg(order: Sequence[Coverage], data: Labelled) -> float:
    """nDCG@15 of stories in this order; a story's worth is its entries', and counts once."""
    seen: set[str] = set()
    gains = []
    for coverage in order:
        story = data.story[coverage.entries[0].id]
        gains.append(0 if story in seen else 2 ** data.worth[story] - 1)
        seen.add(story)
    best = sorted((2**worth - 1 for worth in data.worth.values()), reverse=True)
    return _dcg(gains) / _dcg(best)


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains[:TOP]))


GROUPINGS: Mapping[str, Callable[[Sequence[Entry]], Groups]] = {
    "title exact match": by_title,
    "MinHash alone": by_minhash,
    "jianbao": by_signs,
}


def rankings(data: Labelled) -> dict[str, float]:
    """nDCG@15 of three orders of the same stories; of equals the newer first."""
    told = coverages(data.entries, by_signs(data.entries))
    now = max(entry.seen_at for entry in data.entries) + timedelta(hours=1)
    newest = sorted(told, key=lambda each: each.newest, reverse=True)
    return {
        "newest first": ndcg(newest, data),
        "most outlets first": ndcg(sorted(newest, key=lambda each: -len(each.outlets)), data),
        "jianbao": ndcg([each.coverage for each in ranked(told, Interest(), load(), now=now)], data),
    }


def main() -> None:
    """Print both tables for both parts."""
    for part in PARTS:
        data = labelled(part)
        print(f"{part}: {len(data.entries)} entries, {len(data.worth)} stories")
        print(f"  {'grouping':<20}{'precision':>10}{'recall':>8}{'B3 F1':>8}{'ms/entry':>10}")
        for name, group in GROUPINGS.items():
            begin = time.process_time()
            found = group(data.entries)
            spent = 1000 * (time.process_time() - begin) / len(data.entries)
            result = score(found, data.story)
            print(
                f"  {name:<20}{result.precision:>10.3f}{result.recall:>8.3f}{result.f1:>8.3f}{spent:>10.2f}"
            )
        for name, value in rankings(data).items():
            print(f"  ranking: {name:<20} nDCG@15 {value:.3f}")


if __name__ == "__main__":
    main()
