"""Corrections: what was posted is brought to what an edition reads now, in place.

A digest is composed twice for the settings it was posted with: as the edition was, and as it is. The
parts that differ are edited; a part that is no longer needed becomes a short note, and what needs
more parts goes on below (in the thread, on Slack) as further parts of the push. An edit may be made
twice without harm, so that nothing has to be known of a request that was in the air.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from handlers import compose
from handlers.door import Door, EditsInPlace, Outcome
from handlers.holds import workspaces
from handlers.limits import Pacer
from handlers.lookup import small
from handlers.message import Reply
from handlers.outcome import wait_for
from handlers.revise import WHOLE, Revision, from_snapshot, snapshot
from store.bundle import Store
from store.edits import Correction, Digest, Edit, EditState
from store.errors import StoreError
from store.model import Chat, Edition, Language, Platform, Story, Subscriber

log = logging.getLogger(__name__)

TRIES = 100
MOST_AGAIN = 10_000
"""Failed edits that are taken up again at once."""
_SLICE = 50  # digests composed again in one turn
_AT_ONCE = 20  # edits in one turn, at most half of what a door takes a second
_SOON = timedelta(seconds=2)  # a push due by then goes first
_GROUP_SOON = timedelta(minutes=1)  # a group's budget is one of a minute
_LATER = timedelta(seconds=1)
_DEAD_FOR = timedelta(minutes=10)

Parts = Callable[[Reply], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a turn did; `next_at` = when there may be more to do (None = nothing known of)."""

    edited: int = 0
    failed: int = 0
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be done to the parts of one digest: those to be edited, and those that follow."""

    contents: Mapping[int, str]
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """An edition at some moment: `edited` says what was corrected by then, and when."""

    edition: Edition
    stories: tuple[Story, ...]
    edited: Mapping[str, datetime]


def edited(corrections: Iterable[Correction]) -> dict[str, datetime]:
    """What these corrected ("" = the edition as such), and when last."""
    return {
        "" if what == WHOLE else what: correction.at
        for correction in corrections
        for what in correction.what.split()
    }


def difference(
    digest: Digest,
    was: Reading,
    now: Reading,
    parts: Parts,
    store: Store,
    *,
    again: Collection[int] = (),
) -> Difference:
    """What has to change where this digest was posted; of what is the same the parts `again`, too. A
    part too many becomes a note.
    """
    before, after = (_parts(digest, reading, parts, store) for reading in (was, now))
    language = _language(digest, store)
    note = parts(Reply((small("digest.moved_up", language),), language))[0]
    old, new = (list(p) + [note] * (digest.parts - len(p)) for p in (before, after))
    contents = {at: new[at] for at in range(digest.parts) if old[at] != new[at] or at in again}
    return Difference(contents, tuple(new[digest.parts :]))


def _parts(digest: Digest, reading: Reading, parts: Parts, store: Store) -> Sequence[str]:
    """The messages of a digest with the settings it was posted with."""
    chat = Subscriber(digest.chat, follows=digest.follows, mutes=digest.mutes, length=digest.length)
    reply = compose.digest(
        reading.edition,
        reading.stories,
        chat,
        store,
        language=_language(digest, store),
        now=reading.edition.imported_at,
        edited=reading.edited,
    )
    return parts(replace(reply, rich=True) if digest.layout == "rich" else reply)


def _language(digest: Digest, store: Store) -> Language:
    return digest.language or store.defaults.language


@dataclass(frozen=True, slots=True)
class Reach:
    """How much a revision would change where the edition was posted. `posts` are the messages, None
    while a platform that has some is not open here.
    """

    chats: int
    posts: int | None


def reach(store: Store, revision: Revision, *, now: datetime) -> Reach:
    """How many chats, and messages, a revision would edit."""
    current = store.library.edition(revision.edition.id)
    if current is None:
        return Reach(0, 0)
    earlier = store.ledger.corrections(current.id)
    stories = store.library.stories_of(current.id)
    new = Correction(0, current.id, " ".join(revision.what), "", now)
    chats = posts = 0
    known = True
    for digest, count in store.ledger.digest_kinds(current.id):
        if digest.chat.platform == "console":  # what was printed stays printed
            continue
        parts = store.renderers.get(digest.chat.platform, _words)
        known = known and parts is not _words
        so_far = [one for one in earlier if one.number > digest.since]
        was = Reading(current, stories, edited(so_far))
        will = Reading(revision.edition, revision.stories, edited([*so_far, new]))
        change = difference(digest, was, will, parts, store)
        changed = len(change.contents) + len(change.more)
        chats += count * (changed > 0)
        posts += count * changed
    return Reach(chats, posts if known else None)


def _words(reply: Reply) -> Sequence[str]:
    """A reply as one message of a platform that is not open: enough to see whether it changes."""
    return (repr(reply.blocks),)


def edit_again(store: Store, *, now: datetime) -> int:
    """Let every failed edit be made again, with what its edition reads by then; how many there are."""
    lost = store.ledger.lost_edits(limit=MOST_AGAIN)
    for name in sorted({edit.edition for edit in lost}):
        edition = store.library.edition(name)
        if edition is not None:
            store.ledger.note_correction(name, "", snapshot(edition, store.library.stories_of(name)), at=now)
    return len(lost)


def _settings(digest: Digest) -> tuple[object, ...]:
    """What two digests share that become the same messages."""
    return (
        digest.chat.platform, digest.edition, digest.parts, digest.since, digest.planned,
        digest.language, digest.follows, digest.mutes, digest.length, digest.layout,
    )  # fmt: skip


class Corrector:
    """The edits that go on while something is posted that reads otherwise by now."""

    def __init__(
        self, store: Store, doors: Mapping[Platform, Door], pacer: Pacer, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._doors = doors
        self._pacer = pacer
        self._clock = clock
        self._apart = Pacer()  # for platforms where edits have a budget of their own

    async def turn(self) -> Corrected:
        """Plan some edits and make some, behind every push; never waits for a budget."""
        held = self._store.ledger.holds()
        if "push" in held:
            return Corrected()
        platforms = [platform for platform in self._doors if platform not in held]
        more = await self._plan(platforms)
        chosen, later = self._chosen(platforms, workspaces(held))
        states = await asyncio.gather(*(self._edit(edit) for edit in chosen))
        return Corrected(
            edited=states.count("done"),
            failed=states.count("failed"),
            next_at=self._clock() if more else self._next(platforms, later),
        )

    # planning

    async def _plan(self, platforms: Sequence[Platform]) -> bool:
        """Compose some digests again and write down what has to be edited; True while more is left."""
        digests = self._store.ledger.uncorrected(platforms, limit=_SLICE) if platforms else ()
        found: dict[object, tuple[int, Difference]] = {}
        failed = self._failed() if digests else {}
        for digest in digests:
            again = frozenset(failed.get((digest.chat, digest.week), ()))
            key = (*_settings(digest), again)
            try:
                if key not in found:
                    found[key] = self._difference(digest, again)
                    await asyncio.sleep(0)  # others' turn: a digest takes a millisecond or some
            except StoreError:
                raise
            except Exception:
                log.exception("cannot correct %s in %s", digest.edition, digest.chat)
                found[key] = self._last(digest), Difference({}, ())
            number, change = found[key]
            self._store.ledger.plan_edits(
                digest, change.contents, change.more, correction=number, at=self._clock()
            )
        return len(digests) == _SLICE

    def _failed(self) -> Mapping[tuple[Chat, str], set[int]]:
        """Parts whose edits failed, by chat and week: they still read as before the last correction."""
        failed: dict[tuple[Chat, str], set[int]] = {}
        for edit in self._store.ledger.lost_edits(limit=MOST_AGAIN):
            failed.setdefault((edit.chat, edit.week), set()).add(edit.part)
        return failed

    def _difference(self, digest: Digest, again: Collection[int]) -> tuple[int, Difference]:
        corrections = self._store.ledger.corrections(digest.edition, after=digest.since)
        library = self._store.library
        edition, door = library.edition(digest.edition), self._doors[digest.chat.platform]
        if edition is None or not hasattr(door, "edit"):
            return corrections[-1].number, Difference({}, ())
        known = [one for one in corrections if one.number <= digest.planned]
        first = next(one for one in corrections if one.number > digest.planned)
        was = Reading(*from_snapshot(first.before), edited(known))
        now = Reading(edition, library.stories_of(edition.id), edited(corrections))
        return corrections[-1].number, difference(digest, was, now, door.parts, self._store, again=again)

    def _last(self, digest: Digest) -> int:
        return self._store.ledger.corrections(digest.edition, after=digest.planned)[-1].number

    # choosing

    def _chosen(
        self, platforms: Sequence[Platform], held: Sequence[tuple[str, str]]
    ) -> tuple[list[Edit], list[datetime]]:
        """Edits that may be made now, one a chat, and when others may be; none of workspaces `held`."""
        now, ledger = self._clock(), self._store.ledger
        due = ledger.due_deliveries(now + _SOON, limit=200, without=held)
        pushing = {row.chat.platform for row in due}
        others = [one for one in ("telegram", "slack", "console") if one not in platforms or one in pushing]
        room = {one: self._room(one) for one in platforms if one not in pushing}
        chosen: list[Edit] = []
        waiting = pushing.intersection(platforms) and (ledger.next_edit() or now + _LATER) <= now
        later: list[datetime] = [now + _LATER] if waiting else []
        others += [f"{platform}:{tenant}" for platform, tenant in held]
        for edit in ledger.due_edits(now, limit=200, without=others):
            ready = self._ready(edit, now)
            if ready <= now and room[edit.chat.platform] > 0:
                room[edit.chat.platform] -= 1
                self._pacer_of(edit).took(edit.chat, self._group(edit), now)
                chosen.append(edit)
            else:
                later.append(max(ready, now + _LATER))
        return chosen, later

    def _room(self, platform: Platform) -> int:
        door = cast(EditsInPlace, self._doors[platform])
        rates = getattr(door, "edit_rates", None) or door.rates
        return self._pacer.ramp.room(max(1, min(_AT_ONCE, int(rates.overall / 2))))

    def _ready(self, edit: Edit, now: datetime) -> datetime:
        group = self._group(edit)
        if group and self._pacer_of(edit) is self._pacer:
            subscriber = self._store.ledger.subscriber(edit.chat)
            slot = subscriber.next_at if subscriber else None
            if slot is not None and now < slot <= now + _GROUP_SOON:
                return slot + _LATER
        return self._pacer_of(edit).ready(edit.chat, group, now)

    def _group(self, edit: Edit) -> bool:
        return self._doors[edit.chat.platform].is_group(edit.chat)

    def _pacer_of(self, edit: Edit) -> Pacer:
        platform = edit.chat.platform
        rates = getattr(self._doors[platform], "edit_rates", None)
        if rates is None:
            return self._pacer
        self._apart.rates[platform] = rates
        return self._apart

    def _next(self, platforms: Sequence[Platform], later: Sequence[datetime]) -> datetime | None:
        due = self._store.ledger.next_edit() if platforms else None
        ahead = [due] if due is not None and due > self._clock() else []
        return min((*later, *ahead), default=None)

    # doing

    async def _edit(self, edit: Edit) -> EditState:
        door = cast(EditsInPlace, self._doors[edit.chat.platform])
        try:
            outcome = await door.edit(edit.chat, edit.content, message_id=edit.message_id)
        except Exception as error:
            log.exception("the door to %s raised", edit.chat.platform)
            outcome = Outcome("unknown", reason="reason.unanswered", detail=type(error).__name__)
        now = self._clock()
        if outcome.kind == "wait":
            self._pacer_of(edit).hold(outcome.scope, edit.chat, now + wait_for(outcome.seconds))
        elif outcome.kind == "dead":
            self._pacer.hold("door", edit.chat, now + _DEAD_FOR)
            self._pacer_of(edit).hold("door", edit.chat, now + _DEAD_FOR)
        if outcome.kind != "sent":
            log.info("%s edit of %s: %s %s", edit.chat.platform, edit.week, outcome.kind, outcome.detail)
        state, reason, due = after(edit, outcome, now)
        self._store.ledger.settle_edit(edit, state, at=now, reason=reason, due=due)
        return state


def after(edit: Edit, outcome: Outcome, now: datetime) -> tuple[EditState, str, datetime | None]:
    """What follows for an edit: its state, why, and when again. Pure."""
    if outcome.kind == "sent":
        return "done", "", None
    if outcome.kind in {"refused", "gone", "moved"}:
        return "failed", outcome.reason or "reason.not_editable", None
    if edit.attempts + 1 >= TRIES:
        return "failed", outcome.reason or "reason.unreachable", None
    seconds = min(5.0 * 2 ** min(edit.attempts, 10), 900.0)
    wait = wait_for(outcome.seconds) if outcome.kind == "wait" else timedelta(seconds=seconds)
    return "planned", outcome.reason, now + wait
