"""Ledger: what is promised. The Protocol is the specification; tests/test_ledger.py runs it
over every implementation.

Every write is one transaction and durable before it returns, unless transaction() joins it to
others. One process writes. Times are timezone-aware UTC. Raises store.errors.StoreError and nothing
of the implementation's own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from store.broadcasts import Broadcasts
from store.edits import Edits
from store.installation import Installation
from store.model import Chat, Delivery, DeliveryState, Platform, Subscriber, SubscriberState
from store.newsroom import Newsroom


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Who changed what: `who` is "platform:tenant/user", `what` a command's name."""

    at: datetime
    who: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Miss:
    """A name people asked for and did not find, and how often."""

    query: str
    count: int
    last_at: datetime


class Ledger(Edits, Newsroom, Broadcasts, Protocol):
    """Chats and their settings, bookings, deliveries part by part, the inbox, the audit."""

    def transaction(self) -> AbstractContextManager[None]:
        """The writes made inside are one: seen by reads inside at once, durable together when it ends,
        undone together when it raises. A single write that raises inside undoes itself alone. To be
        left without an await, and not opened twice; the marks, seen, forget and prune stay outside.
        """
        ...

    # chats

    def subscriber(self, chat: Chat) -> Subscriber | None:
        """What this chat (and thread) asked for; None when it never changed anything."""
        ...

    def subscribers_of(self, chats: Collection[Chat]) -> Mapping[Chat, Subscriber]:
        """The same for several chats at once; without those that never changed anything."""
        ...

    def put_subscriber(self, subscriber: Subscriber) -> None:
        """Insert or replace by chat."""
        ...

    def subscribers(
        self, *, state: SubscriberState | None = None, offset: int = 0, limit: int = 100
    ) -> tuple[Subscriber, ...]:
        """Chats ordered by their text form."""
        ...

    def conversation(self, chat: Chat) -> tuple[Subscriber, ...]:
        """Every subscriber of the conversation, whatever its thread, ordered by their text form."""
        ...

    def keep_keeper(self, chat: Chat, user: str, *, at: datetime) -> None:
        """This person looks after this chat, as the platform said at that moment; again moves the moment."""
        ...

    def drop_keeper(self, chat: Chat, user: str) -> None:
        """The person does no longer, in whichever thread; nothing happens when it is not known."""
        ...

    def kept_by(self, platform: str, tenant: str, user: str, *, limit: int = 50) -> tuple[Chat, ...]:
        """The chats that a person was last known to look after, the latest first."""
        ...

    def subscriber_counts(self) -> Mapping[tuple[str, SubscriberState], int]:
        """How many chats, by platform and state."""
        ...

    def due_subscribers(self, now: datetime, *, limit: int = 1000) -> tuple[Subscriber, ...]:
        """ACTIVE chats with next_at <= now, longest waiting first."""
        ...

    def astray_subscribers(self, after: datetime, *, limit: int = 1000) -> tuple[Subscriber, ...]:
        """ACTIVE chats whose next_at is later than `after`, or missing."""
        ...

    def next_due(self) -> datetime | None:
        """The earliest moment at which a subscriber, or a planned part that could be sent, is due."""
        ...

    def move_chat(self, old: Chat, new_id: str, *, at: datetime) -> int:
        """A chat has a new id (a group became a supergroup): every row of `old`'s id, with all
        its threads, follows. Where `new` already has settings, those of `old` win and one
        subscription is left; deliveries already recorded under `new` are kept. Returns how
        many chats moved; 0 when there was nothing to move (told twice, either order).
        """
        ...

    def forget(self, chat: Chat) -> None:
        """Erase a chat (this thread only if it names one, else with all its threads) and all
        its rows, and what the person looks after whose private chat it is, so that the bytes are
        gone from the file (secure delete).
        """
        ...

    # bookings and deliveries

    def book(self, after: Subscriber, delivery: Delivery, *, expected_next_at: datetime | None) -> bool:
        """Record one slot's decision and move the chat on, in one transaction.

        `delivery` is PLANNED (part 0, parts 0, no content) or SKIPPED with its reason. Refused
        with False when the chat's next_at is no longer `expected_next_at` or a delivery for
        (chat, week) exists: somebody else decided. With expected_next_at None (an admin's or a
        subscriber's own "send now") next_at is not compared and `after` is not written; such a
        delivery's week carries a suffix that makes it its own.
        """
        ...

    def write_parts(self, booking: Delivery, contents: Sequence[str]) -> tuple[Delivery, ...]:
        """Replace a booking (part 0, parts 0) by its composed parts, all PLANNED and due as the
        booking was. If the parts were already written, the stored ones are returned unchanged. What the
        chat's settings are at that moment stays known: see store.edits.Digest.
        """
        ...

    def begin_parts(self, booking: Delivery, contents: Sequence[str], *, at: datetime) -> Delivery | None:
        """write_parts() and mark_sending() of the first one at once, which is returned; None when it is a
        booking no more, when it was tried before, or when its chat has moved: nothing is written then.
        """
        ...

    def due_deliveries(
        self, now: datetime, *, limit: int = 1000, without: Collection[tuple[str, str]] = ()
    ) -> tuple[Delivery, ...]:
        """PLANNED rows with due <= now of which every earlier part is settled (SENT, UNKNOWN,
        FAILED or SKIPPED), oldest due first; none of the (platform, tenant) in `without`.
        """
        ...

    def mark_sending(self, delivery: Delivery, *, at: datetime) -> Delivery | None:
        """PLANNED -> SENDING with attempts + 1, durable; None when it is no longer PLANNED."""
        ...

    def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        at: datetime,
        message_id: str = "",
        reason: str = "",
        due: datetime | None = None,
    ) -> None:
        """Write what became of a part; PLANNED with `due` = try again then. The content of a part
        that is SENT or SKIPPED is erased; what is FAILED or UNKNOWN keeps it for retry().
        """
        ...

    def message_of(self, chat: Chat, week: str) -> str:
        """The message id of part 0 of what this chat was sent for a slot; "" where there is none."""
        ...

    def drop_rest(self, delivery: Delivery, *, at: datetime, reason: str) -> int:
        """Later, still PLANNED parts of the same (chat, week, edition) become FAILED."""
        ...

    def interrupted(self) -> tuple[Delivery, ...]:
        """Rows left SENDING by a process that died."""
        ...

    def mark_go(self, delivery: Delivery) -> None:
        """The request for this SENDING row is written next. Not synced: it holds against the death
        of the process, not of the machine. StoreFull when it could not be noted: send nothing.
        """
        ...

    def may_have_gone(self, delivery: Delivery) -> bool:
        """Of a row left SENDING: False = its request was certainly never begun. True after a power
        loss, on another machine, and wherever the marks are not whole.
        """
        ...

    def mark_accepted(self, delivery: Delivery, message_id: str) -> None:
        """The platform took this SENDING row; it is settled later. Not synced, as mark_go."""
        ...

    def accepted(self, delivery: Delivery) -> str:
        """Of a row left SENDING: the message's id where the platform certainly took it, else "": after
        a power loss, on another machine, and wherever the marks are not whole.
        """
        ...

    def unclean(self) -> bool:
        """Whether the one before did not close this ledger, or left rows SENDING."""
        ...

    def hold(self, name: str, reason: str, *, at: datetime) -> None:
        """Send nothing until release(name): "push" holds everything, a platform's name that platform,
        "PLATFORM:TENANT" one workspace of it. `reason` is a words key; a hold that is there stays as it
        is.
        """
        ...

    def release(self, name: str) -> bool:
        """End a hold; False when there was none."""
        ...

    def holds(self) -> Mapping[str, str]:
        """Name and reason of every hold. A ledger that is a copy of before holds "push" from the
        moment it is opened.
        """
        ...

    def seen(self, *, at: datetime) -> None:
        """The clock shows `at`, and this ledger moves on past every copy of it. Written once a minute."""
        ...

    def last_seen(self) -> datetime | None:
        """The clock at the last seen(), of whichever process."""
        ...

    def troubled(
        self, *, since: datetime | None = None, offset: int = 0, limit: int = 10
    ) -> tuple[tuple[int, Delivery], ...]:
        """FAILED and UNKNOWN rows settled at or after `since`, newest first, each with its number."""
        ...

    def troubled_count(self, *, since: datetime | None = None) -> int:
        """How many troubled() there are."""
        ...

    def numbered(self, number: int) -> Delivery | None:
        """The row of this number, whatever its state."""
        ...

    def retry(self, numbers: Sequence[int], *, at: datetime) -> int:
        """FAILED and UNKNOWN rows of these numbers are PLANNED again, due `at`, those UNKNOWN with
        "reason.again"; others stay as they are. Returns how many. All in one transaction.
        """
        ...

    def past_counts(self) -> Mapping[tuple[str, str, DeliveryState], int]:
        """How many parts prune() has dropped, by ISO week, platform and state."""
        ...

    def deliveries(
        self, chat: Chat | None = None, *, state: DeliveryState | None = None, limit: int = 20
    ) -> tuple[Delivery, ...]:
        """Newest slot first, then by part; of one chat or of all."""
        ...

    def holders(self, edition: str, chats: Collection[Chat]) -> Collection[Chat]:
        """Those of the chats that have the edition, or may have it, or are going to get it."""
        ...

    def delivery_counts(self) -> Mapping[DeliveryState, int]: ...

    # inbox: updates being handled

    def receive(self, key: str, body: str, *, at: datetime) -> bool:
        """Keep an incoming update until it is handled; False when `key` was seen before."""
        ...

    def handled(self, key: str, *, at: datetime) -> None:
        """The update's effect is durable: its body is dropped, its key stays for 48 hours."""
        ...

    def unhandled(self, *, limit: int = 1000) -> tuple[tuple[str, str], ...]:
        """(key, body) of updates received, not handled and not set aside, oldest first."""
        ...

    def left(self, *, limit: int = 1000) -> tuple[tuple[str, str, int], ...]:
        """The same, each with how often its handling was begun: receive() counts as the first time."""
        ...

    def begin_again(self, key: str) -> None:
        """Handling begins once more: counted before it does."""
        ...

    def set_aside(self, key: str, *, at: datetime) -> None:
        """An update is not handled any more, until take_up(); dropped after seven days."""
        ...

    def aside(self, *, limit: int = 1000) -> tuple[tuple[str, datetime], ...]:
        """(key, since when) of updates that are set aside, newest first."""
        ...

    def take_up(self) -> int:
        """What is set aside is left to be handled, as if it had just been received; how many."""
        ...

    # installations: workspaces that let the app in

    def installation(self, platform: Platform, tenant: str) -> Installation | None:
        """What is on record of exactly this tenant, removed ones too."""
        ...

    def installations(self, platform: Platform) -> tuple[Installation, ...]:
        """All of a platform, by tenant."""
        ...

    def put_installation(self, installation: Installation) -> None:
        """Insert or replace by (platform, tenant). Sealed texts that it replaces are gone from the
        files before it returns.
        """
        ...

    def reseal(self, again: Callable[[str], str]) -> int:
        """Replace every sealed text by what `again` makes of it, all or (when it raises) none; returns
        how many. The old ones are gone from the files.
        """
        ...

    # small things

    def keep_command(self, command: str, *, at: datetime) -> str:
        """A short token (at most 16 ASCII characters) that stands for a long button command. Its age is
        counted from here, or from a time at most a day before.
        """
        ...

    def command_of(self, token: str) -> str | None:
        """The command behind a token, or None when it is unknown or older than 90 days."""
        ...

    def keep_draft(self, key: str, body: str, *, at: datetime) -> None:
        """Keep a text (an issue that waits for approval) under `key`, replacing what was there."""
        ...

    def draft(self, key: str) -> str | None:
        """The text kept under `key`, or None when it is unknown or was dropped."""
        ...

    def drop_draft(self, key: str) -> None:
        """Forget the text kept under `key`; nothing happens when there is none."""
        ...

    def secret(self, name: str) -> bytes:
        """32 random bytes, made at first use and kept: the key to sign buttons with."""
        ...

    def note(self, line: AuditLine) -> None: ...

    def audit(self, *, limit: int = 50) -> tuple[AuditLine, ...]:
        """Newest first."""
        ...

    def note_miss(self, query: str, *, at: datetime) -> None:
        """A name was asked for and not found. Folded case; cut at 60 characters."""
        ...

    def misses(self, *, limit: int = 20) -> tuple[Miss, ...]:
        """Most asked first."""
        ...

    def prune(self, *, now: datetime) -> int:
        """Drop inbox keys after 48 hours (those set aside after 7 days), drafts after 7 days, tokens
        and keepers after 90 days, settled deliveries after 13 weeks (past_counts() remembers how many).
        Returns the rows dropped.
        """
        ...

    def check(self) -> tuple[str, ...]:
        """Plain English sentences on what is wrong with the files; empty when sound."""
        ...

    def close(self) -> None: ...
