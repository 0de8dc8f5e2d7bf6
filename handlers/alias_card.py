"""How names and their changes are shown: where each comes from, and how far stories know of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.alias_words import by_language
from handlers.aliases import fold
from handlers.chat_settings import button, reply
from handlers.dates import moment_text
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Button, Heading, Line, Note, Reply, line
from handlers.words import say
from store.bundle import Store
from store.catalogue import Catalogue
from store.model import Company, Language
from store.name_changes import NameChange, same_name
from store.names import Names

_LAST = 10
_NAMED = 12  # names in the line of one change


def card(company: Company, store: Store, names: Names, spoken: Language, *, ask: Ask) -> Reply:
    """Every name of a company and where it comes from."""
    history = names.history(company.id)
    zone = store.defaults.schedule.zone
    shipped = names.shipped.companies.get(company.id)
    blocks: list[Block] = [Heading(f"{company.name(spoken)} ({company.id})")]
    rows = [_row(company, language, called, spoken) for language, called in _shipped(company, shipped)]
    if rows:
        blocks += [told("alias.shipped", spoken), Bullets(tuple(rows))]
    own = [name for name in store.catalogue.names(company) if shipped is None or name not in _all_of(shipped)]
    if own:
        lines = tuple(line(_origin(name, company, names, spoken, zone)) for name in own)
        blocks += [told("alias.added", spoken), Bullets(lines)]
    if shipped and (removed := [n for n in _all_of(shipped) if n not in store.catalogue.names(company)]):
        lines = tuple(line(_removal(name, history, spoken, zone)) for name in removed)
        blocks += [told("alias.removed", spoken), Bullets(lines)]
    if company.tickers:
        codes = ", ".join(f"{ticker.exchange}:{ticker.code}" for ticker in company.tickers)
        blocks.append(small("alias.tickers", spoken, tickers=codes))
    if company.risky:
        blocks.append(small("alias.risky_means", spoken))
    blocks.append(small("alias.how_to", spoken, id=company.id))
    see = button("alias.company_button", spoken, f"/company id:{company.id}")
    return reply(spoken, *blocks, buttons=(see, _list_button(spoken)), replace=ask.pressed)


def list_of(store: Store, names: Names, spoken: Language, *, ask: Ask) -> Reply:
    """The last changes, how far stories are read with them, and a way back from the newest."""
    count = len(names.changes)
    reading = reading_note(store, names, spoken)
    if not count:
        how = small("alias.how_to", spoken, id="meituan")
        return reply(spoken, first("alias.no_changes", spoken), *reading, how, replace=ask.pressed)
    zone = store.defaults.schedule.zone
    newest = list(reversed(names.changes))[:_LAST]
    lines = tuple(line(_told(change, names.catalogue, spoken, zone)) for change in newest)
    undo = Button(say("alias.undo_button", spoken), f"/alias undo {newest[0].ident}", signed=True)
    return reply(
        spoken,
        first("alias.changes", spoken, count=count),
        Bullets(lines),
        *reading,
        small("alias.how_to", spoken, id=newest[0].into or newest[0].company),
        buttons=(undo,),
        replace=ask.pressed,
    )


def reading_note(store: Store, names: Names, spoken: Language) -> tuple[Note, ...]:
    """How far past stories have been read with the names in use."""
    mark = names.mark
    if names.pending:
        going = mark.target == names.version
        counts = {"done": mark.reread if going else 0, "count": store.library.story_count()}
        return (small("alias.reading", spoken, **counts),)
    if not mark.finished_at:
        return ()
    zone = store.defaults.schedule.zone
    moment = moment_text(datetime.fromisoformat(mark.finished_at), spoken, zone)
    notes = [small("alias.read", spoken, count=mark.reread, changed=mark.changed, moment=moment)]
    if mark.chats:
        notes.append(small("alias.read_chats", spoken, count=mark.chats))
    return tuple(notes)


def did(change: NameChange, catalogue: Catalogue, spoken: Language) -> str:
    """A change in a few words: "메이투안(meituan)에 더함: 메퇀"."""
    if change.verb == "merge":
        return say(
            "alias.did_merge",
            spoken,
            gone=change.company,
            kept=_called(change.into, catalogue, spoken),
        )
    tickers = [f"{ticker.exchange}:{ticker.code}" for ticker in change.tickers]
    named = [_marked(name, change.risky, spoken) for name in change.names] + tickers
    shown = ", ".join(named[:_NAMED]) + (" …" if len(named) > _NAMED else "")
    company = _called(change.company, catalogue, spoken)
    if not shown:
        shown = ", ".join(filter(None, (change.kind, change.sector, change.parent)))
    return say(f"alias.did_{change.verb}", spoken, company=company, names=shown)


def own_name(company: Company, name: str) -> bool:
    """Whether it is one of the company's names already, to a look-up and in running text alike."""
    return any(fold(name) == fold(each) for each in _all_of(company))


def _called(company_id: str, catalogue: Catalogue, spoken: Language) -> str:
    company = catalogue.get(company_id)
    return f"{company.name(spoken)} ({company_id})" if company else company_id


def _all_of(company: Company) -> tuple[str, ...]:
    return tuple(name for names in by_language(company).values() for name in names)


def _shipped(company: Company, shipped: Company | None) -> list[tuple[Language, tuple[str, ...]]]:
    if shipped is None:
        return []
    kept = {
        language: tuple(name for name in names if name in _all_of(shipped))
        for language, names in by_language(company).items()
    }
    return [(language, names) for language, names in kept.items() if names]


def _row(company: Company, language: Language, names: Sequence[str], spoken: Language) -> Line:
    called = ", ".join(_marked(name, company.risky, spoken) for name in names)
    return line(f"{say(f'alias.in_{language}', spoken)}: {called}")


def _marked(name: str, risky: Sequence[str], spoken: Language) -> str:
    return say("alias.marked", spoken, name=name) if name in risky else name


def _origin(name: str, company: Company, names: Names, spoken: Language, zone: str) -> str:
    """Where a name comes from that the company was not shipped with: added, or merged into it."""
    history = names.history(company.id)
    shown = _marked(name, company.risky, spoken)
    for change in reversed(history):
        if change.verb in {"add", "new"} and name in change.names:
            return say("alias.by", spoken, name=shown, **_stamp(change, spoken, zone))
    for change in reversed(history):
        gone = names.shipped.companies.get(change.company)
        if change.verb == "merge" and gone is not None and name in _all_of(gone):
            stamp = _stamp(change, spoken, zone)
            return say("alias.by_merge", spoken, name=shown, gone=change.company, **stamp)
    return shown


def _removal(name: str, history: Sequence[NameChange], spoken: Language, zone: str) -> str:
    for change in reversed(history):
        if change.verb == "remove" and any(same_name(name, gone) for gone in change.names):
            return say("alias.by", spoken, name=name, **_stamp(change, spoken, zone))
    return name


def _told(change: NameChange, catalogue: Catalogue, spoken: Language, zone: str) -> str:
    return say("alias.by", spoken, name=did(change, catalogue, spoken), **_stamp(change, spoken, zone))


def _stamp(change: NameChange, spoken: Language, zone: str) -> dict[str, str]:
    moment = moment_text(change.at, spoken, zone) if change.at else say("alias.no_time", spoken)
    return {"who": change.who or say("alias.nobody", spoken), "moment": moment}


def _list_button(spoken: Language) -> Button:
    return button("alias.list_button", spoken, "/alias")
