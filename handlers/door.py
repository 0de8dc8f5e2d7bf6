"""Door: what a platform offers to the verbs, so that delivering never knows a platform."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from handlers.message import Reply
from store.model import Chat, Platform


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one send, judged by the door from the transport and the platform's words.

    sent      accepted; `message_id` names it
    not_sent  it certainly never left, or was answered "try later" with nothing kept: retry free
    wait      rate-limited and not accepted: nothing for `seconds`, for the `scope` it names
    refused   this message will never be accepted here (too long, forbidden content)
    gone      this chat will not take messages (blocked, kicked, deleted, archived)
    moved     this chat is `new_id` now; nothing was accepted
    dead      the bot's own credentials are refused: stop sending to this chat's tenant
    unknown   it may have been accepted

    `reason` is a words key ("reason.blocked"), `detail` the platform's own words, cut short.
    """

    kind: Literal["sent", "not_sent", "wait", "refused", "gone", "moved", "dead", "unknown"]
    message_id: str = ""
    seconds: float = 0.0
    scope: Literal["chat", "door"] = "chat"
    new_id: str = ""
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rates:
    """How fast a platform takes messages: `overall` and `per_chat` a second, `per_group` a
    minute (None = no limit of its own).
    """

    overall: float
    per_chat: float
    per_group: float | None = None


class Door(Protocol):
    """One platform's sending side."""

    platform: Platform
    rates: Rates

    def parts(self, reply: Reply) -> Sequence[str]:
        """The messages this reply becomes, each serialised as text (at most some 100 kB) that
        `send` of the same door understands, also after a restart. Pure. Never empty.
        """
        ...

    async def send(self, chat: Chat, part: str, *, first: str, silent: bool = False) -> Outcome:
        """Send one part, once: no retry inside that could post twice. `first` is the message id
        of part 0 ("" when this is part 0), for doors that thread. Never raises for what a
        platform or network does; asyncio.CancelledError passes through.
        """
        ...

    def is_group(self, chat: Chat) -> bool:
        """Whether `per_group` counts for this chat."""
        ...


class Announcer(Door, Protocol):
    """A Door that says when a request is about to be written; the others are taken to have begun
    when they are called.
    """

    announces: Literal[True]

    async def send(
        self,
        chat: Chat,
        part: str,
        *,
        first: str,
        silent: bool = False,
        went: Callable[[], None] | None = None,
    ) -> Outcome:
        """Door.send; `went` is called right before the first byte of any request that could post.
        When it raises, nothing is written.
        """
        ...


class EditsInPlace(Door, Protocol):
    """A Door of a platform where a message that was sent can be changed."""

    edit_rates: Rates | None
    """How fast it takes edits, where these have a budget of their own; None = that of the sends."""

    async def edit(self, chat: Chat, part: str, *, message_id: str) -> Outcome:
        """Make a message read `part`. Doing it twice does no harm, so that after "unknown" it is
        done again; "sent" = it reads so now, "refused" = that message will never be changed.
        Never raises for what a platform or network does.
        """
        ...


class ReadsBack(Door, Protocol):
    """A Door of a platform where one's own message can be looked up again."""

    async def find(self, chat: Chat, part: str, *, first: str, since: datetime) -> str | None:
        """The message id of `part`, sent since then; "" where it was looked for and is not there;
        None where that cannot be told (not permitted, no answer).
        """
        ...
