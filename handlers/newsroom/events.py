"""What happened, and where, by the words for it in three languages.

An English "fine", 과징금 and 罚款 are one kind of event; 선전, Shenzhen and 深圳 one place. Both stand in
tables beside this file, which open in a spreadsheet; spellings in a cell are separated by "|". CLDR's
names of countries would not do: 이란 is an everyday ending, and China is in every story.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from handlers.aliases import fold
from store.model import Language

_HERE = Path(__file__).parent
_ENDINGS = ("", "s", "es", "d", "ed", "ing")


def events_in(text: str) -> frozenset[str]:
    """The kinds of events that a text speaks of ("fine", "listing")."""
    return _found(text, *_events())


def places_in(text: str) -> frozenset[str]:
    """Cities and countries, by their first English name."""
    return _found(text, *_places())


def place_name(place: str, language: Language) -> str:
    """A place of places_in() for a reader."""
    row = _place_rows().get(place)
    cell = row[("ko", "en", "zh").index(language)] if row else place
    return cell.partition(" |")[0]


@cache
def _place_rows() -> dict[str, list[str]]:
    return {names[1].partition(" |")[0]: names for names in _rows("places.tsv")}


@cache
def _events() -> tuple[re.Pattern[str], Mapping[str, str]]:
    return _matcher((kind, names) for kind, *names in _rows("events.tsv"))


@cache
def _places() -> tuple[re.Pattern[str], Mapping[str, str]]:
    return _matcher(_place_rows().items())


def _rows(name: str) -> list[list[str]]:
    return [row.split("\t") for row in (_HERE / name).read_text("utf-8").splitlines()[1:]]


def _matcher(named: Iterable[tuple[str, Iterable[str]]]) -> tuple[re.Pattern[str], Mapping[str, str]]:
    """One pattern of all spellings, longest first, and what each stands for."""
    owners: dict[str, str] = {}
    for owner, cells in named:
        for cell in cells:
            for word in cell.split("|"):
                owners.setdefault(word.strip().lower(), owner)
    words = sorted(owners, key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in words if word.isascii())
    others = "|".join(re.escape(word) for word in words if not word.isascii())
    endings = "|".join(_ENDINGS[1:])
    return re.compile(rf"(?<![a-z])(?:{latin})(?:{endings})?(?![a-z])|(?:{others})"), owners


def _found(text: str, pattern: re.Pattern[str], owners: Mapping[str, str]) -> frozenset[str]:
    found: set[str] = set()
    for match in pattern.finditer(fold(text)):
        stems = (match[0].removesuffix(ending) for ending in _ENDINGS)
        found.update(owners[stem] for stem in stems if stem in owners)
    return frozenset(found)
