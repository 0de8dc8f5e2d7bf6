"""/alias: what companies are called, shown and changed by those who run the bot.

A change is written down (store/names.py) before anything is said, the catalogue in use is swapped, and
past stories are read again bit by bit (handlers/reread.py). What another company has, or what is an
everyday word, is asked about first; a signed button decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from handlers.alias_card import card, did, list_of, own_name, reading_note
from handlers.alias_doubts import Doubt, careful, doubts
from handlers.alias_file import brought
from handlers.alias_words import Named, Wanted, change_of, change_of_own, typed, wanted
from handlers.aliases import hits
from handlers.answer import arguments, excerpt
from handlers.chat_settings import audit, button, reply, who
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Button, File, Reply
from handlers.words import say
from store.bundle import Store
from store.catalogue import Catalogue, CatalogueError
from store.model import Company, Language
from store.name_changes import NameChange, same_name, written
from store.names import Names

_PAGE = 500
_SHOWN = 10  # lines of a file that something is said about


async def alias(ask: Ask, store: Store) -> Reply:
    """Show a company's names, or change them."""
    names = store.names
    if names is None or names.read_only:
        raise Refusal("alias.read_only")
    if names.refresh():
        store.use(names.catalogue)
    want = wanted(arguments(ask))
    verbs = {"add": _add, "remove": _remove, "merge": _merge, "new": _new, "undo": _undo}
    if want.do in verbs:
        return await verbs[want.do](ask, store, names, want)
    spoken = reply_language(ask, store)
    if want.do == "import":
        return await _import(ask, store, names)
    if want.do == "export":
        file = File("names.tsv", written(names.changes).encode(), "text/tab-separated-values")
        return Reply((told("alias.exported", spoken, count=len(names.changes)),), spoken, file=file)
    if want.do == "show":
        return card(meant(want.company, store.catalogue), store, names, spoken, ask=ask)
    return list_of(store, names, spoken, ask=ask)


def meant(typed_name: str, catalogue: Catalogue) -> Company:
    """The one company that is meant. Raises Refusal naming what it could be."""
    look = catalogue.find(typed_name)
    found = catalogue.get(look.ids[0]) if look.status == "found" else None
    if found is not None:
        return found
    shown = excerpt(typed_name)
    if look.status == "ambiguous":
        raise Refusal("alias.ambiguous", found=shown, ids=", ".join(look.ids), example=f"id:{look.ids[0]}")
    if look.suggestions:
        raise Refusal(
            "alias.did_you_mean", found=shown, ids=", ".join(look.suggestions), example=look.suggestions[0]
        )
    raise Refusal("alias.unknown", found=shown)


async def _add(ask: Ask, store: Store, names: Names, want: Wanted) -> Reply:
    spoken = reply_language(ask, store)
    company, name = meant(want.company, store.catalogue), want.names[0]
    if own_name(company, name.text) and (not name.risky or name.text in company.risky):
        raise Refusal("alias.has_it", name=name.text, company=company.name(spoken))
    command = f"/alias add id:{company.id} = "
    if asked := _doubtful(ask, store, want.names, company.id, command):
        return asked
    change = change_of("add", company.id, want.names)
    if name.text in store.catalogue.names(company):  # known, and risky from now on
        change = change_of_own("add", company, (name.text,), risky=(name.text,))
    return await _done(ask, store, names, [change])


async def _remove(ask: Ask, store: Store, names: Names, want: Wanted) -> Reply:
    spoken = reply_language(ask, store)
    company, name = meant(want.company, store.catalogue), want.names[0]
    mine = store.catalogue.names(company)
    gone = [each for each in mine if same_name(each, name.text)]
    if not gone:
        raise Refusal(
            "alias.has_not", name=name.text, company=company.name(spoken), names=", ".join(mine[:20])
        )
    if len(gone) == len(mine):
        raise Refusal("alias.last_name", name=name.text, company=company.name(spoken), id=company.id)
    done = await _done(ask, store, names, [change_of_own("remove", company, gone)])
    if company.id not in store.catalogue.find(name.text).ids:
        return done
    still = small("alias.still_found", spoken, name=name.text, company=company.name(spoken))
    return replace(done, blocks=(done.blocks[0], still, *done.blocks[1:]))


async def _new(ask: Ask, store: Store, names: Names, want: Wanted) -> Reply:
    if (known := store.catalogue.get(want.company)) is not None:
        raise Refusal("alias.id_taken", id=want.company, company=known.name(reply_language(ask, store)))
    if asked := _doubtful(ask, store, want.names, "", f"/alias new {want.company} = "):
        return asked
    change = replace(change_of("new", want.company, want.names), kind="company")
    return await _done(ask, store, names, [change])


def _doubtful(ask: Ask, store: Store, names: Sequence[Named], company: str, command: str) -> Reply | None:
    """The question to answer first; None where nothing speaks against these names, or it was answered."""
    against = () if ask.signed else doubts(names, company, store.catalogue)
    if not against:
        return None
    spoken = reply_language(ask, store)
    blocks: list[Block] = [_against(doubt, store.catalogue, spoken) for doubt in against]
    buttons: list[Button] = []
    safer = careful(names, against)
    if safer != tuple(names):
        blocks.append(small("alias.risky_means", spoken))
        buttons.append(button("alias.as_risky", spoken, command + _list(safer), signed=True))
    key = "alias.as_sure" if buttons else "alias.add_anyway"
    buttons.append(button(key, spoken, command + _list(names), signed=True))
    buttons.append(button("alias.cancel", spoken, f"/alias id:{company}" if company else "/alias"))
    return reply(spoken, *blocks, buttons=tuple(buttons))


def _list(names: Sequence[Named]) -> str:
    return " | ".join(map(typed, names))


def _against(doubt: Doubt, catalogue: Catalogue, spoken: Language) -> Block:
    if doubt.kind == "taken":
        others = (catalogue.get(each) for each in doubt.companies)
        called = ", ".join(f"{other.name(spoken)} ({other.id})" for other in others if other)
        return first("alias.taken", spoken, name=doubt.name.text, companies=called)
    key = "alias.everyday" if doubt.kind == "everyday" else "alias.short"
    return first(key, spoken, name=doubt.name.text)


async def _merge(ask: Ask, store: Store, names: Names, want: Wanted) -> Reply:
    """Ask first, by a button that names both by id; then let one company be the other."""
    spoken = reply_language(ask, store)
    gone, kept = meant(want.company, store.catalogue), meant(want.into, store.catalogue)
    if gone.id == kept.id:
        raise Refusal("alias.same", one=excerpt(want.company), other=excerpt(want.into), id=kept.id)
    if ask.signed:
        return await _done(ask, store, names, [NameChange("merge", gone.id, kept.id)])
    counts = {
        "stories": store.library.stories_about(gone.id, limit=0).total,
        "chats": await _chats_with(gone.id, store),
    }
    called = {"gone": gone.name(spoken), "gone_id": gone.id, "kept": kept.name(spoken), "kept_id": kept.id}
    go = f"/alias merge id:{gone.id} into id:{kept.id}"
    return reply(
        spoken,
        first("alias.merge_sure", spoken, **called),
        told("alias.merge_moves", spoken, **counts),
        told("alias.merge_names", spoken, names=", ".join(store.catalogue.names(gone)[:20])),
        small("alias.merge_lists", spoken),
        buttons=(
            button("alias.merge_button", spoken, go, signed=True),
            button("alias.cancel", spoken, f"/alias id:{gone.id}"),
        ),
    )


async def _chats_with(company: str, store: Store) -> int:
    """How many chats follow or mute a company."""
    count = offset = 0
    while page := store.ledger.subscribers(offset=offset, limit=_PAGE):
        count += sum(company in (*each.follows, *each.mutes) for each in page)
        offset += len(page)
        await asyncio.sleep(0)  # others' turn
    return count


async def _undo(ask: Ask, store: Store, names: Names, want: Wanted) -> Reply:
    """Take back the newest change, when it still is the one that the button was shown for."""
    spoken = reply_language(ask, store)
    newest = names.changes[-1] if names.changes else None
    if newest is None:
        raise Refusal("alias.nothing_to_undo")
    if want.company and want.company != newest.ident:
        return reply(spoken, first("alias.undone_before", spoken), buttons=(_all(spoken),), replace=True)
    if not (ask.signed and want.company):
        sure = first("alias.undo_sure", spoken, change=did(newest, store.catalogue, spoken))
        return reply(spoken, sure, buttons=(undo_button(newest, spoken),))
    taken = names.undo(newest.ident)
    await swap(store, names)
    for change in taken:
        audit(ask, store, what="alias", detail=f"undo {outline(change)}")
    told_of = did(taken[0], names.catalogue, spoken)
    blocks: list[Block] = [first("alias.undone", spoken, count=len(taken), change=told_of)]
    if any(change.verb == "merge" for change in taken):
        blocks.append(small("alias.lists_stay", spoken))
    return reply(spoken, *blocks, *reading_note(store, names, spoken), buttons=(_all(spoken),), replace=True)


async def _done(ask: Ask, store: Store, names: Names, changes: Sequence[NameChange]) -> Reply:
    """Make the changes, and tell of them with a way back."""
    spoken = reply_language(ask, store)
    newest = (await change_names(ask, store, names, changes))[-1]
    company = names.catalogue.get(newest.into or newest.company)
    assert company is not None
    return reply(
        spoken,
        first("alias.done", spoken, change=did(newest, names.catalogue, spoken)),
        *reading_note(store, names, spoken),
        buttons=(
            undo_button(newest, spoken),
            button("alias.show_button", spoken, f"/alias id:{company.id}", name=company.name(spoken)),
        ),
        replace=ask.pressed,
    )


async def _import(ask: Ask, store: Store, names: Names) -> Reply:
    """Take in the table that was sent along, all of it or nothing."""
    spoken = reply_language(ask, store)
    if ask.attachment is None:
        raise Refusal("alias.import_no_file")
    found = brought(ask.attachment.data, ask.attachment.name, names)
    if found.errors:
        return reply(
            spoken, *_lines([_error(error, ask.attachment.name, spoken) for error in found.errors], spoken)
        )
    if not found.changes:
        return reply(spoken, first("alias.import_nothing", spoken))
    taken = await change_names(ask, store, names, found.changes, file=ask.attachment.name)
    shared = [_against(doubt, names.catalogue, spoken) for _, doubt in found.shared]
    return reply(
        spoken,
        first("alias.imported", spoken, count=len(found.changes)),
        *_lines(shared, spoken),
        *reading_note(store, names, spoken),
        buttons=(undo_button(taken[-1], spoken), _all(spoken)),
    )


def _error(error: CatalogueError, name: str, spoken: Language) -> Block:
    words = error.args_for_words
    return told("alias.import_line", spoken, name=excerpt(name), line=words["line"], reason=words["reason"])


def _lines(blocks: Sequence[Block], spoken: Language) -> list[Block]:
    """The first of them, and how many more there are."""
    left = len(blocks) - _SHOWN
    more = [small("alias.import_more", spoken, count=left)] if left > 0 else []
    return [*blocks[:_SHOWN], *more]


async def change_names(
    ask: Ask, store: Store, names: Names, changes: Sequence[NameChange], *, file: str = ""
) -> tuple[NameChange, ...]:
    """Write changes down as those of who asks, audit each, and use the names from now on.

    Returns the changes as they were written.
    """
    at = ask.now.astimezone(UTC).replace(microsecond=0)
    person = " ".join(filter(None, (who(ask), "_".join(file.split())[-60:])))
    stamped = tuple(replace(change, who=person, at=at) for change in changes)
    names.extend(stamped)
    for change in stamped:
        audit(ask, store, what="alias", detail=outline(change))
    await swap(store, names)
    return stamped


async def swap(store: Store, names: Names) -> None:
    """Use the catalogue as it now is. Its index and automaton are made aside first: some 60 ms."""
    catalogue = names.catalogue
    await asyncio.to_thread(_warm, catalogue)
    if names.catalogue is catalogue:  # else somebody changed it meanwhile, and swaps it himself
        store.use(catalogue)


def _warm(catalogue: Catalogue) -> None:
    catalogue.find("")
    assert catalogue.index
    hits("", catalogue)


def outline(change: NameChange) -> str:
    """A change in one line, for the audit: "add meituan: 메퇀 (risky)"."""
    if change.verb == "merge":
        return f"merge {change.company} into {change.into}"
    tickers = [f"{ticker.exchange}:{ticker.code}" for ticker in change.tickers]
    named = ", ".join([*change.names, *tickers])
    return f"{change.verb} {change.company}: {named}{' (risky)' if change.risky else ''}"


def undo_button(change: NameChange, spoken: Language) -> Button:
    """Takes back this change, as long as it is the newest."""
    return Button(say("alias.undo_button", spoken), f"/alias undo {change.ident}", signed=True)


def _all(spoken: Language) -> Button:
    return button("alias.list_button", spoken, "/alias")
