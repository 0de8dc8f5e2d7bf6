"""Cities: whose clock a city goes by, and what it is called in Korean, English and Chinese.

The facts are cities.tsv, which derive_cities.py makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from store.model import Language

TSV = Path(__file__).with_name("cities.tsv")


@dataclass(frozen=True, slots=True)
class City:
    """A city and its IANA zone; every language's preferred spelling first."""

    zone: str
    en: tuple[str, ...]
    ko: tuple[str, ...]
    zh: tuple[str, ...]

    @property
    def spellings(self) -> tuple[str, ...]:
        return (*self.en, *self.ko, *self.zh)


@cache
def cities() -> tuple[City, ...]:
    """All of them, a zone's own city before those that share its clock."""
    found = []
    for row in TSV.read_text("utf-8").splitlines()[1:]:
        zone, *names = row.split("\t")
        en, ko, simplified, traditional = (tuple(filter(None, cell.split("|"))) for cell in names)
        found.append(City(zone, en, ko, tuple(dict.fromkeys(simplified + traditional))))
    return tuple(found)


@cache
def by_spelling() -> dict[str, City]:
    """Folded spelling -> city; the first to claim one has it."""
    named: dict[str, City] = {}
    for city in cities():
        for spelling in city.spellings:
            named.setdefault(spelling.casefold(), city)
    return named


def zone_label(zone: str, language: Language) -> str:
    """A zone as a reader knows it: "베를린 (Europe/Berlin)"; alone where no city is known by name."""
    name = _own_names().get(zone, {}).get(language, "")
    return f"{name} ({zone})" if name else zone


@cache
def _own_names() -> dict[str, dict[Language, str]]:
    names: dict[str, dict[Language, str]] = {}
    for city in cities():
        names.setdefault(city.zone, {"ko": city.ko[0], "en": city.en[0], "zh": city.zh[0]})
    return names
