"""What people ask of companies, by the words for it in three languages.

A question in one language then finds a sentence in another: "users", 이용자 and 用户 are one. They
stand in glossary/concepts.tsv, a general glossary of business news; the longest spelling that stands
in a text counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from handlers.common_words import GLOSSARY


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that can be asked. `kinds` are the units that answer how much of it, () = none."""

    name: str
    kinds: tuple[str, ...]
    words: tuple[str, ...]


@cache
def concepts() -> dict[str, Concept]:
    """Every concept by its name."""
    found = {}
    for row in (GLOSSARY / "concepts.tsv").read_text("utf-8").splitlines()[1:]:
        name, kinds, *languages = row.split("\t")
        words = tuple(word.strip() for cell in languages for word in cell.split("|") if word.strip())
        found[name] = Concept(name, tuple(kinds.split()), words)
    return found


def concepts_in(text: str) -> Iterator[tuple[str, int, int]]:
    """(concept, start, end) of what stands in a folded text, the longest spelling at each place."""
    for match in _pattern().finditer(text):
        word = match[0] if match["english"] is None else match["english"]
        yield _owners()[word], match.start(), match.end()


@cache
def _owners() -> dict[str, str]:
    return {word: concept.name for concept in concepts().values() for word in concept.words}


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted(_owners(), key=len, reverse=True)
    english = "|".join(re.escape(word) for word in words if word.isascii())
    others = "|".join(re.escape(word) for word in words if not word.isascii())
    return re.compile(rf"(?<![a-z0-9])(?P<english>{english})(?:s|es|d|ed|ing)?(?![a-z0-9])|{others}")
