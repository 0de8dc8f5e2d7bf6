"""slack-bolt's two transports, Socket Mode and HTTP, in front of one function that takes bodies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_blocks import Json

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
    """A Bolt app for every workspace, all of whose deliveries go to `take`.

    One global middleware takes them: Bolt's listeners would acknowledge events before we could
    keep them, and commands only after a sleep of 10 ms. Signatures are bot/web.py's, on the raw
    bytes. Bolt is given no token, neither in `client` (it warns that it uses another) nor for a
    workspace: `take` knows for itself whose a delivery is.
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


async def dispatch(app: AsyncApp, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
    """One verified HTTP delivery through Bolt: status, content type, body. 400 for no JSON object."""
    try:
        request = AsyncBoltRequest(body=body.decode("utf-8"), headers=dict(headers))
        parsed: object = request.body
        if not isinstance(parsed, dict) or not isinstance(parsed.get("event", {}), dict):
            return 400, "text/plain", b"not an object"
    except (ValueError, TypeError, AttributeError, RecursionError):
        return 400, "text/plain", b"not readable"
    answer = await app.async_dispatch(request)
    content_type = (answer.headers.get("content-type") or ["text/plain"])[0]
    return answer.status, content_type, (answer.body or "").encode()


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
