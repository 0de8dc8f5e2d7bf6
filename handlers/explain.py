"""/explain TEXT: what reading takes from a text, and by which rule (`jianbao read --explain`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from handlers.answer import arguments
from handlers.decision import Decision
from handlers.errors import Refusal
from handlers.figures import figure_decisions
from handlers.language import reply_language
from handlers.mentions import mention_decisions
from handlers.message import Ask, Block, Bullets, Heading, Note, Reply, line
from handlers.words import say
from store.bundle import Store
from store.catalogue import Catalogue
from store.model import Item, Language

SHOWN = 40  # candidates of one chat message
_SURFACE = 40  # characters of a candidate that are shown


def decisions(title: str, body: str, catalogue: Catalogue) -> tuple[Decision, ...]:
    """Every name and every number looked at in an item, in text order."""
    both = (*mention_decisions(title, body, catalogue), *figure_decisions(title, body))
    return tuple(sorted(both, key=lambda one: (one.start, one.end, one.kind)))


def explained(items: Iterable[Item], catalogue: Catalogue, language: Language) -> Iterator[str]:
    """A line for each candidate of each item, in reading order.

    Its place is item:line:column, counted from 1; line 1 is the title, the body's begin at 2.
    """
    for item in items:
        text = f"{item.title}\n{item.body}"
        row, begins = 1, 0
        for decision in decisions(item.title, item.body, catalogue):
            while 0 <= (after := text.find("\n", begins)) < decision.start:
                row, begins = row + 1, after + 1
            place = f"{item.order}:{row}:{decision.start - begins + 1}"
            yield told(decision, place, catalogue, language)


def told(decision: Decision, place: str, catalogue: Catalogue, language: Language) -> str:
    """One candidate in a line: place, what is printed, what it was held for, taken or not, the rule."""
    surface = " ".join(decision.surface.split())
    return say(
        f"explain.{'taken' if decision.taken else 'left'}",
        language,
        place=place,
        surface=surface if len(surface) <= _SURFACE else surface[: _SURFACE - 1] + "…",
        means=_means(decision, catalogue, language) or say("explain.nothing", language),
        rule=say(f"explain.{decision.kind}.{decision.rule}", language),
    )


def _means(decision: Decision, catalogue: Catalogue, language: Language) -> str:
    if decision.kind == "figure":
        return decision.means
    known = [catalogue.companies[one] for one in decision.means.split() if one in catalogue.companies]
    return " / ".join(company.name(language) for company in known)


async def explain(ask: Ask, store: Store) -> Reply:
    """Every candidate of the text behind the command; at most SHOWN of them."""
    language = reply_language(ask, store)
    text = arguments(ask)
    if not text:
        raise Refusal("explain.usage")
    found = decisions("", text, store.catalogue)
    blocks: list[Block] = [Heading(say("explain.head", language, count=len(found)))]
    lines = tuple(line(told(one, str(one.start), store.catalogue, language)) for one in found[:SHOWN])
    if lines:
        blocks.append(Bullets(lines))
    if len(found) > SHOWN:
        blocks.append(Note(line(say("explain.more", language, count=len(found) - SHOWN))))
    return Reply(tuple(blocks), language, whisper=True)
