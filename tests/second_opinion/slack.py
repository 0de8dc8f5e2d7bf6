"""The Slack door against npm's emulate: the installation by OAuth, and what is in channels afterwards."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp

from bot.slack import SlackDoor
from bot.slack_oauth import OAuth
from bot.web import PATH, WebServer
from bot.web_install import COOKIE, INSTALL_PATH
from handlers.answer import answer
from handlers.message import Ask, Manages, Reply, Text, line
from store.bundle import Store
from store.catalogue import load
from store.model import Chat
from store.seal import Seal
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.fakes.slack import CLIENT_ID, CLIENT_SECRET, SECRET, FakeSlack, People
from tests.journeys.slack_tenants import KEYS
from tests.second_opinion.emulators import emulate
from tests.second_opinion.shim import Shim

REDIRECT = "https://bot.example/slack/oauth_redirect"
Check = tuple[str, bool, str]


def now() -> datetime:
    return datetime.now(UTC)


async def opinions(folder: Path) -> AsyncIterator[Check]:
    """One check after another: its name, whether it is as with our own fake, and what was seen."""
    async with emulate(REDIRECT) as base, Shim(base, as_form=True) as shim:
        store = Store(open_library(folder), open_ledger(folder), load())

        async def answered(ask: Ask, manages: Manages) -> Reply | None:
            return await answer(ask, store, manages=manages)

        api = f"{shim.base}/api"
        oauth = OAuth(CLIENT_ID, CLIENT_SECRET, REDIRECT, api)
        door = SlackDoor(
            "", store=store, answer=answered, clock=now, signing_secret=SECRET, api_base=api,
            oauth=oauth, seal=Seal(KEYS),
        )  # fmt: skip
        await door.start()
        web = WebServer(("127.0.0.1", 0), door, clock=now)
        await web.start()
        try:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
                async for check in _checks(f"http://127.0.0.1:{web.address[1]}", session, door, shim, store):
                    yield check
        finally:
            await web.stop()
            await door.stop()
            store.ledger.close()
            store.library.close()


async def _checks(
    ours: str, session: aiohttp.ClientSession, door: SlackDoor, shim: Shim, store: Store
) -> AsyncIterator[Check]:
    status, text = await _installed(ours, session, "other-secret")
    yield "a code from nowhere is refused", status == 502, f"HTTP {status}"
    status, text = await _installed(ours, session)
    yield "the installation by OAuth is done", status == 200, f"HTTP {status}: {text[-200:]}"
    [kept] = store.ledger.installations("slack") or [None]
    if kept is None:
        return
    yield (
        "the token is sealed and does not end",
        "xoxb" not in kept.access and not kept.expires_at,
        kept.tenant,
    )
    workspace = door.workspace(kept.tenant)
    assert workspace is not None
    facts = await workspace.client.auth_test()
    yield "auth.test names the same workspace", facts["team_id"] == kept.tenant, str(facts.get("team_id"))
    channels: list[Any] = (await workspace.client.conversations_list())["channels"]
    channel = next(c["id"] for c in channels if c["name"] == "general")
    chat = Chat("slack", kept.tenant, channel)
    [part] = door.parts(Reply((Text(line("첫 소식")),), "ko"))
    since = now()
    outcome = await door.send(chat, part, first="")
    yield "a message is posted, joining a public channel first", outcome.kind == "sent", f"{outcome}"
    found = await door.find(chat, part, first="", since=since)
    yield "it is read back by its metadata", found == outcome.message_id, repr(found)
    [lost] = door.parts(Reply((Text(line("둘째 소식")),), "ko"))
    shim.lose.add("chat.postMessage")
    before = shim.calls["chat.postMessage"]
    again = await door.send(chat, lost, first=outcome.message_id)
    once = shim.calls["chat.postMessage"] == before + 1
    yield (
        "a lost answer is settled by reading back, and posted once",
        again.kind == "sent" and once,
        f"{again}",
    )
    gone = await door.send(Chat("slack", kept.tenant, "C404"), part, first="")
    yield "a channel that is not there is gone", gone.kind == "gone", f"{gone.kind} {gone.detail}"
    person = await workspace.people.person(kept.installer)
    yield "who installed it is a full member", person.full, f"{person}"
    yield (
        "the direct conversation is opened",
        await workspace.write_to(kept.installer, Reply((Text(line("안녕하세요")),), "ko")),
        kept.installer,
    )
    async for check in _mentioned(ours, door, kept.tenant, channel, kept.installer):
        yield check
    workspace.client.token = "xoxb-nobody-0"
    dead = await door.send(chat, part, first="")
    yield "a token that is not one is refused", dead.kind == "dead", f"{dead.kind} {dead.detail}"


async def _mentioned(ours: str, door: SlackDoor, team: str, channel: str, user: str) -> AsyncIterator[Check]:
    """Deliveries are our own fake's: the emulator makes none of these."""
    people = People(FakeSlack(now, team=team), f"{ours}{PATH}")
    said: Callable[[Any], bool] = lambda message: message.get("user") != user  # noqa: E731
    workspace = door.workspace(team)
    assert workspace is not None
    first = await _history(workspace.client, channel, said)
    acked = await people.mention("help", channel=channel, user=user)
    await door.settled()
    more = await _history(workspace.client, channel, said) - first
    yield "a mention is answered in the channel", acked.status == 200 and more == 1, f"{acked.status}, {more}"


async def _history(client: Any, channel: str, ours: Callable[[Any], bool]) -> int:
    found: list[Any] = (await client.conversations_history(channel=channel, limit=100))["messages"]
    return sum(map(ours, found))


async def _installed(ours: str, session: aiohttp.ClientSession, code: str = "") -> tuple[int, str]:
    """A person goes through it all in a browser; with `code`, comes back with that one."""
    async with session.get(f"{ours}{INSTALL_PATH}", allow_redirects=False) as begun:
        address, cookie = begun.headers["Location"], begun.cookies[COOKIE].value
    async with session.get(address) as consent:
        page = await consent.text()
    form = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page))
    callback = address.partition("?")[0] + "/callback"
    values = {name: unescape(value) for name, value in form.items()}
    async with session.post(callback, data=values, allow_redirects=False) as allowed:
        query = allowed.headers["Location"].partition("?")[2]
    if code:
        query = re.sub(r"code=[^&]*", f"code={code}", query)
    headers = {"Cookie": f"{COOKIE}={cookie}", "Accept-Language": "en"}
    async with session.get(f"{ours}/slack/oauth_redirect?{query}", headers=headers) as done:
        return done.status, await done.text()
