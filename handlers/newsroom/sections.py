"""Sections: under which heading a story stands in an edition of the newsroom."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from store.catalogue import Catalogue

ORDER = ("ai", "cars", "shopping", "screens", "devices", "money", "other")
"""As they follow each other; each is a words key under "newsroom.section"."""


def section_of(companies: Sequence[str], catalogue: Catalogue) -> str:
    """The section of the first company whose sector has one; "other" where none has."""
    for company in companies:
        known = catalogue.get(company)
        if known is not None and (section := _sections().get(known.sector)):
            return section
    return "other"


@cache
def _sections() -> dict[str, str]:
    table = Path(__file__).with_name("sections.tsv").read_text("utf-8")
    rows = (row.split("\t") for row in table.splitlines()[1:])
    return {sector.strip(): section for section, sectors in rows for sector in sectors.split("|")}
