"""/insights: what was asked for how often, and the names that people looked for and did not find.

Counted are the answers that this bot gave, by week; nothing of who asked is kept.
"""

from __future__ import annotations

from datetime import timedelta

from handlers.answer import arguments, excerpt
from handlers.chat_settings import button, reply
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Button, Line, Reply, line
from handlers.words import say
from store.bundle import Store
from store.edits import Asked
from store.model import Language

_WEEKS = 4
_MOST_WEEKS = 52
_LINES = 10
_MISSES = 10
_OFFERED = 5
_MISS = "miss "


async def insights(ask: Ask, store: Store) -> Reply:
    """The last four weeks, or as many as are typed; "miss NAME" offers what the name may be."""
    spoken = reply_language(ask, store)
    words = arguments(ask)
    if words.lower().startswith(_MISS):
        return _missed(words[len(_MISS) :].strip(), store, spoken)
    weeks = _weeks(words)
    since = (ask.now - timedelta(weeks=weeks - 1)).strftime("%G-W%V")
    blocks: list[Block] = []
    for kind in ("company", "story", "digest"):
        found = store.ledger.asked(kind, since=since, limit=_LINES)
        if found:
            blocks.append(told(f"insights.{kind}", spoken))
            blocks.append(Bullets(tuple(_line(one, store, spoken) for one in found)))
    misses = store.ledger.misses(limit=_MISSES)
    if misses:
        blocks.append(told("insights.misses", spoken))
        blocks.append(Bullets(tuple(line(f"{excerpt(m.query)} ({m.count})") for m in misses)))
    head = first("insights.head" if blocks else "insights.nothing", spoken, weeks=weeks)
    offers = tuple(
        button("insights.add", spoken, f"/insights miss {m.query}", name=excerpt(m.query))
        for m in misses[:_OFFERED]
    )
    return reply(spoken, head, *blocks, small("insights.privacy", spoken), buttons=offers)


def _weeks(word: str) -> int:
    if not word:
        return _WEEKS
    if not (word.isascii() and word.isdigit() and len(word) < 4 and 1 <= int(word) <= _MOST_WEEKS):
        raise Refusal("insights.usage", found=excerpt(word))
    return int(word)


def _line(one: Asked, store: Store, spoken: Language) -> Line:
    return line(say("insights.row", spoken, name=_name(one, store, spoken), count=one.count))


def _name(one: Asked, store: Store, spoken: Language) -> str:
    if one.kind == "company":
        company = store.catalogue.get(one.name)
        return company.name(spoken) if company else one.name
    known = store.library.story(one.name) if one.kind == "story" else store.library.edition(one.name)
    return f"{known.title} ({one.name})" if known else one.name


def _missed(name: str, store: Store, spoken: Language) -> Reply:
    """Which company a name that nobody found may be, with a button each to make it an alias."""
    if not name:
        raise Refusal("insights.usage", found=name)
    look = store.catalogue.find(name)
    near: list[Button] = []
    for each in dict.fromkeys((*look.ids, *look.suggestions)):
        company = store.catalogue.get(each)
        if company is not None:
            label = say("insights.is", spoken, company=company.name(spoken))
            near.append(Button(label, f"/alias add id:{each} = {name}", signed=True))
    key = "insights.which" if near else "insights.no_guess"
    return reply(
        spoken,
        first(key, spoken, name=excerpt(name)),
        small("insights.how", spoken, name=name),
        buttons=(*near[:_OFFERED], button("insights.back", spoken, "/insights")),
    )
