"""Sending to Slack: one attempt, and what became of it.

slack_sdk retries nothing here: its default handler posts twice when an answer is lost. A second
call is made only after Slack has said in so many words that it did not take the first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack_blocks import Json
from bot.slack_render import filled, without_pictures, words_alone
from handlers.answer import payload
from handlers.door import Outcome
from handlers.message import Button
from store.bundle import Store
from store.model import Chat

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

TROUBLE: tuple[type[Exception], ...] = (
    SlackClientError,
    aiohttp.ClientError,
    aiohttp.InvalidURL,
    TimeoutError,
    OSError,
    ValueError,
    AttributeError,  # slack_sdk, given JSON that is no object
    TypeError,
    KeyError,
)
"""Everything a call of slack_sdk raises for what a network or Slack does."""

log = logging.getLogger(__name__)

EVENT_TYPE = "jianbao_delivery"
WAIT = 30.0  # seconds, for a "too many requests" that does not say how long
_LONGEST_WAIT = 24 * 3600.0
_SKEW = timedelta(seconds=60)
_READ_BACK = 15  # messages: what apps outside the Marketplace may read in one call
_PAGES = 8  # of them: more than a digest's thread grows by in the minute that we look back

_GONE: Mapping[str, str] = {
    "channel_not_found": "channel_not_found",
    "is_archived": "archived",
    "not_in_channel": "not_in_channel",
    "restricted_action": "restricted",
    "restricted_action_read_only_channel": "restricted",
    "restricted_action_thread_only_channel": "restricted",
    "restricted_action_non_threadable_channel": "restricted",
    "restricted_action_thread_locked": "restricted",
    "ekm_access_denied": "restricted",
    "team_access_not_granted": "uninstalled",
    "messages_tab_disabled": "no_direct",
    "cannot_dm_bot": "no_direct",
    "user_disabled": "no_direct",
    "user_not_found": "no_direct",
    "user_is_deactivated": "no_direct",
    "channel_is_limited_access": "restricted",
}
_DEAD = frozenset(
    {
        "not_authed",
        "invalid_auth",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
        "missing_scope",
        "no_permission",
        "org_login_required",
        "access_denied",
    }
)
_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org"})
_UNSURE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
_REFUSED: Mapping[str, str] = {
    "msg_too_long": "too_long",
    "msg_blocks_too_long": "too_long",
    "invalid_blocks": "blocks",
    "invalid_blocks_format": "blocks",
    "invalid_attachments": "blocks",
    "thread_not_found": "thread_gone",
    "message_not_found": "not_editable",
    "cant_update_message": "not_editable",
    "edit_window_closed": "not_editable",
    "cannot_reply_to_message": "thread_gone",
}


def reason(name: str) -> str:
    """The words key of a reason that this door gives."""
    return f"reason.slack.{name}"


def outcome_of(code: str, *, status: int = 200, retry_after: str | None = None) -> Outcome:
    """What Slack's answer means: `code` is its error, "" when it gave none that we could read."""
    detail = (code or f"HTTP {status}")[:200]
    if status == 429 or code in _BUSY:
        return Outcome(
            "wait", seconds=_seconds(retry_after), scope="door", reason=reason("busy"), detail=detail
        )
    if code in _DEAD:
        return Outcome("dead", reason=reason("token"), detail=detail)
    if code in _GONE:
        return Outcome("gone", reason=reason(_GONE[code]), detail=detail)
    if status >= 500 or code in _UNSURE or (not code and status < 400):
        return Outcome("unknown", reason=reason("no_answer"), detail=detail)
    return Outcome("refused", reason=reason(_REFUSED.get(code, "refused")), detail=detail)


def judge(error: Exception) -> Outcome:
    """What one of TROUBLE means for the message of the call that raised it."""
    if isinstance(error, SlackApiError):
        return _judge_answer(error.response)
    detail = type(error).__name__
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL):
        return Outcome("not_sent", reason=reason("unreachable"), detail=detail)
    return Outcome("unknown", reason=reason("no_answer"), detail=detail)


def _judge_answer(response: Any) -> Outcome:
    """`response` is slack_sdk's, or aiohttp's own when the body was no JSON: then it has no codes."""
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else ""
    status = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    headers = getattr(response, "headers", None) or {}
    found = headers.get("Retry-After") or headers.get("retry-after")
    return outcome_of(str(code or ""), status=int(status), retry_after=found)


def _seconds(retry_after: str | None) -> float:
    try:
        seconds = float(retry_after or WAIT)
    except ValueError:
        return WAIT
    return min(max(seconds, 1.0), _LONGEST_WAIT) if seconds == seconds else WAIT  # noqa: PLR0124 - NaN


@dataclass(frozen=True, slots=True)
class Sender:
    """Posts parts as chat.postMessage, and looks one up again when its fate is unknown."""

    client: AsyncWebClient
    store: Store
    clock: Callable[[], datetime]

    def message(self, chat: Chat, part: str) -> Json:
        """A part with what stands behind its buttons in this chat, from now on."""

        def value(button: Button) -> str:
            return payload(button, chat, self.store, self.clock())

        return filled(part, value)

    async def send(self, chat: Chat, part: str, *, first: str) -> Outcome:
        """Post one part; `first` is the parent's ts. Lower forms follow only upon a refusal."""
        started = self.clock()
        message = self.message(chat, part)
        outcome = await self._post(chat, message, part, first)
        if outcome.detail == "not_in_channel" and await self.join(chat.id):
            outcome = await self._post(chat, message, part, first)
        for simpler in _simpler(message):
            if outcome.reason != reason("blocks"):
                break
            log.warning("slack refused a message's blocks; sending it simpler")
            outcome = await self._post(chat, simpler, part, first)
        if outcome.kind == "unknown":
            ts = await self.find(chat, part, first=first, since=started)
            return Outcome("sent", message_id=ts) if ts else outcome
        return outcome

    async def _post(self, chat: Chat, message: Json, part: str, first: str) -> Outcome:
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": _key(chat, part, first)}}
        try:
            answer = await self.client.chat_postMessage(
                channel=chat.id,
                text=message["text"],
                blocks=message["blocks"] or None,
                thread_ts=first or None,
                metadata=metadata,
                mrkdwn=False,
                parse="none",
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
            )
            ts = answer["ts"]
        except TROUBLE as error:
            return judge(error)
        if not isinstance(ts, str) or not ts:
            return Outcome("unknown", reason=reason("no_answer"), detail="no ts in the answer")
        return Outcome("sent", message_id=ts)

    async def edit(self, chat: Chat, part: str, *, ts: str) -> Outcome:
        """Make the message of this ts read `part`; lower forms follow only upon a refusal."""
        message = self.message(chat, part)
        outcome = await self.update(chat.id, ts, message)
        for simpler in _simpler(message):
            if outcome.reason != reason("blocks"):
                break
            outcome = await self.update(chat.id, ts, simpler)
        return outcome

    async def update(self, channel: str, ts: str, message: Json) -> Outcome:
        """One chat.update."""
        try:
            await self.client.chat_update(
                channel=channel,
                ts=ts,
                text=message["text"],
                blocks=message["blocks"],
                parse="none",
                link_names=False,
            )
        except TROUBLE as error:
            return judge(error)
        return Outcome("sent", message_id=ts)

    async def find(self, chat: Chat, part: str, *, first: str, since: datetime) -> str | None:
        """The ts of this part where Slack has it; "" where it was looked for and is not there;
        None where that cannot be told (no scope, no answer). Reads our own metadata only.
        """
        key, cursor = _key(chat, part, first), ""
        for _ in range(_PAGES):
            try:
                messages, cursor = await self._page(chat, first, since - _SKEW, cursor)
            except TROUBLE as error:
                log.info("slack: read-back failed: %s", judge(error).detail)
                return None
            ts = next((str(m.get("ts", "")) for m in messages if _carries(m, key)), "")
            if ts or not cursor:
                return ts
        return None

    async def _page(self, chat: Chat, first: str, since: datetime, cursor: str) -> tuple[Sequence[Json], str]:
        """Messages of the thread of `first` (the oldest come first), else of the channel; and where
        the next ones begin, "" at the end.
        """
        what: Json = {"oldest": f"{since.timestamp():.6f}", "limit": _READ_BACK, "cursor": cursor or None}
        if first:
            found = await self.client.conversations_replies(
                channel=chat.id, ts=first, include_all_metadata=True, **what
            )
        else:
            found = await self.client.conversations_history(
                channel=chat.id, include_all_metadata=True, **what
            )
        more: Json = found.get("response_metadata") or {}
        return found.get("messages", []), str(more.get("next_cursor") or "")

    async def join(self, channel: str) -> bool:
        """Join a public channel; False where that is not ours to do."""
        try:
            await self.client.conversations_join(channel=channel)
        except TROUBLE as error:
            log.info("slack: cannot join: %s", judge(error).detail)
            return False
        return True


def _simpler(message: Json) -> list[Json]:
    """Ways to say the same when the blocks are refused: Slack must fetch every picture itself."""
    bare = without_pictures(message)
    pictures = len(bare["blocks"]) < len(message["blocks"]) and bare["blocks"]
    return [*([bare] if pictures else []), words_alone(message)]


def _carries(message: Json, key: str) -> bool:
    metadata = message.get("metadata") or {}
    return metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload", {}).get("key") == key


def _key(chat: Chat, part: str, first: str) -> str:
    return blake2s(f"{chat}\n{first}\n{part}".encode(), digest_size=12).hexdigest()
