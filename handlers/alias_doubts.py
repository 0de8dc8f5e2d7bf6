"""What speaks against a new name: somebody else has it, or it is a word that people use every day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from handlers.alias_words import Named
from store.catalogue import Catalogue
from store.name_changes import name_key
from store.spelling import squash

# What newsletters say in every issue. No dictionary: the admin has the last word anyway.
_EVERYDAY = Path(__file__).with_name("everyday.txt")


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks against a name. "taken": `companies` (ids) have it; "everyday" and "short": it will
    stand in texts that speak of no company.
    """

    name: Named
    kind: Literal["taken", "everyday", "short"]
    companies: tuple[str, ...] = ()


def doubts(names: Sequence[Named], company: str, catalogue: Catalogue) -> tuple[Doubt, ...]:
    """What speaks against these names of a company (an id, "" for a new one); a risky one may be a word."""
    found: list[Doubt] = []
    for name in names:
        others = tuple(each for each in holders(name.text, catalogue) if each != company)
        if others:
            found.append(Doubt(name, "taken", others))
        if not name.risky and (kind := _wordlike(name.text, catalogue)):
            found.append(Doubt(name, kind))
    return tuple(found)


def careful(names: Sequence[Named], against: Sequence[Doubt]) -> tuple[Named, ...]:
    """The names, risky where they are words."""
    words = {doubt.name for doubt in against if doubt.kind != "taken"}
    return tuple(replace(name, risky=name.risky or name in words) for name in names)


def holders(name: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The companies that a look-up of this name means by name or by id."""
    low = name.lower()
    by_id = (catalogue.moved.get(low, low),) if low in catalogue.companies or low in catalogue.moved else ()
    return tuple(dict.fromkeys((*by_id, *catalogue.index.named(squash(name)))))


def _wordlike(name: str, catalogue: Catalogue) -> Literal["everyday", "short", ""]:
    key = name_key(name)
    if key in _everyday() or any(key == name_key(word) for word in catalogue.not_names):
        return "everyday"
    if any(key == name_key(risky) for each in catalogue.companies.values() for risky in each.risky):
        return "everyday"
    return "short" if len(key) < (3 if key.isascii() else 2) or key.isdecimal() else ""


@cache
def _everyday() -> frozenset[str]:
    return frozenset(map(name_key, _EVERYDAY.read_text("utf-8").split()))
