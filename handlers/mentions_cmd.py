"""/mentions: which companies a text names, each with the way to its card."""

from __future__ import annotations

from handlers.answer import arguments
from handlers.cards import company_row, names_line
from handlers.language import reply_language
from handlers.lookup import first, small
from handlers.mentions import mentions as found_in
from handlers.message import Ask, Block, Bullets, Buttons, Heading, Reply, line
from handlers.words import say
from store.bundle import Store

MOST = 20
"""Companies that are listed; a message that names more is a list itself."""


async def mentions(ask: Ask, store: Store) -> Reply:
    """The companies that the text behind the command names, in its order, with their stories' number."""
    language = reply_language(ask, store)
    text = arguments(ask)
    if not text:
        return Reply((small("mentions.usage", language),), language, whisper=True)
    ids = dict.fromkeys(one.company for one in found_in("", text, store.catalogue))
    known = [company for id_ in ids if (company := store.catalogue.get(id_))]
    if not known:
        return Reply(
            (first("mentions.none", language), small("mentions.none_next", language)), language, whisper=True
        )
    counts = store.library.company_counts()
    rows = tuple(
        line(say("companies.row", language, name=names_line(each, language), count=counts.get(each.id, 0)))
        for each in known[:MOST]
    )
    blocks: tuple[Block, ...] = (
        Heading(say("mentions.title", language, count=len(known))),
        Bullets(rows),
        Buttons(company_row(known[:MOST], language)),
    )
    return Reply(blocks, language, whisper=True, tags={"companies": " ".join(c.id for c in known)})
