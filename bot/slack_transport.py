"""Socket Mode by slack-bolt and signed HTTP, in front of one function that takes bodies.

Bolt's way with an HTTP request is not ours: it takes a form that has the word "payload" somewhere for
an interaction, so that a command with that word would be lost, and half a millisecond for any.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_blocks import Json

_FIELDS = 100  # of a form; a command has some fifteen
_JSON: Mapping[str, str | Sequence[str]] = {"content-type": "application/json"}

Take = Callable[[Json], Awaitable[tuple[int, str]]]
"""Keeps one delivery and says with which HTTP status and body (JSON, or "") to acknowledge it; any
status but 200 leaves an envelope of Socket Mode without an answer, so that Slack delivers it again."""


@dataclass(frozen=True, slots=True)
class Me:
    """Who auth.test says we are. `tenant` is "ENTERPRISE/TEAM", or "TEAM"."""

    team: str
    enterprise: str
    user: str
    bot: str

    @property
    def tenant(self) -> str:
        return f"{self.enterprise}/{self.team}" if self.enterprise else self.team


def bolt_app(client: AsyncWebClient, take: Take) -> AsyncApp:
    """A Bolt app for every workspace, all of whose deliveries by Socket Mode go to `take`.

    One global middleware takes them: Bolt's listeners would acknowledge events before we could keep
    them, and commands only after a sleep of 10 ms. Bolt is given no token, neither in `client` (it warns
    that it uses another) nor for a workspace: `take` knows for itself whose a delivery is.
    """

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    async def taking(request: AsyncBoltRequest) -> BoltResponse:
        status, body = await take(request.body)
        return BoltResponse(status=status, body=body, headers=dict(_JSON) if body else None)

    quiet = logging.getLogger("slack_bolt.jianbao")
    quiet.setLevel(logging.ERROR)  # it warns of tokens in the environment, which are ours
    app = AsyncApp(
        name="jianbao",
        logger=quiet,
        client=client,
        authorize=authorize,
        request_verification_enabled=False,
    )
    app.use(taking)
    return app


async def dispatch(take: Take, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
    """One verified HTTP delivery: status, content type, body. 400 for what is no delivery of Slack's."""
    try:
        parsed = _parsed(body.decode("utf-8"), headers.get("content-type", ""))
    except (ValueError, RecursionError):
        return 400, "text/plain", b"not readable"
    if not isinstance(parsed, dict) or not isinstance(parsed.get("event", {}), dict):
        return 400, "text/plain", b"not an object"
    if parsed.get("type") == "url_verification":
        challenge = {"challenge": parsed.get("challenge")}
        return 200, "application/json", json.dumps(challenge).encode()
    if parsed.get("ssl_check") == "1":
        return 200, "text/plain", b""
    status, said = await take(parsed)
    return status, "application/json" if said else "text/plain", said.encode()


def _parsed(text: str, content_type: str) -> object:
    """An event is JSON, a command a form, an interaction JSON in a form's only field."""
    if text.startswith("{") or content_type.partition(";")[0].strip().lower() == "application/json":
        return json.loads(text)
    form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS))
    return json.loads(form["payload"]) if "payload" in form else form


async def listen(app: AsyncApp, app_token: str, client: AsyncWebClient) -> AsyncSocketModeHandler:
    """Connect by Socket Mode. Raises what apps.connections.open raises when it is refused: the
    handler's own connect would try a refused token for ever.
    """
    handler = AsyncSocketModeHandler(
        app, app_token, logger=logging.getLogger("slack_bolt.socket"), web_client=client
    )
    handler.client.proxy = client.proxy
    try:
        handler.client.wss_uri = await handler.client.issue_new_wss_url()
    except BaseException:
        await close(handler)
        raise
    await handler.connect_async()  # type: ignore[no-untyped-call]
    return handler


async def close(handler: AsyncSocketModeHandler) -> None:
    """Close the socket and wait for its tasks, which the library only cancels."""
    client = handler.client
    await handler.close_async()  # type: ignore[no-untyped-call]
    tasks = (client.message_processor, client.message_receiver, client.current_session_monitor)
    await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
