"""The queries measured against, which lie beside the repository."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from store.lookup import Look

_QUERIES = Path(__file__).parents[1] / ".." / "shared" / "data" / "queries_dev.tsv"


@dataclass(frozen=True, slots=True)
class Query:
    """A query and what must come back: an id, "none" or "ambiguous:a,b"."""

    query: str
    expected: str
    also_ok: tuple[str, ...]
    category: str

    def is_right(self, look: Look) -> bool:
        if self.expected == "none":
            return look.status == "none"
        if self.expected.startswith("ambiguous:"):
            names = set(self.expected.removeprefix("ambiguous:").split(","))
            real = names - {"none"}
            if look.status == "ambiguous":
                return real <= set(look.ids)
            return "none" in names and (look.status == "none" or look.ids[0] in real)
        good = {self.expected, *self.also_ok}
        if look.status == "found":
            return look.ids[0] in good
        return self.category == "typo1" and look.status == "none" and bool(good & set(look.suggestions[:1]))


def dev_queries() -> list[Query]:
    """All rows; none when the file is not there."""
    if not _QUERIES.exists():
        return []
    with _QUERIES.open(encoding="utf-8", newline="") as file:
        return [
            Query(
                r["query"], r["expected"], tuple(filter(None, (r["also_ok"] or "").split(","))), r["category"]
            )
            for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]
