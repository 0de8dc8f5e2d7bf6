"""The fake is as strict as Slack: what Slack refuses it refuses, and it breaks on demand."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.build import NOON
from tests.fakes.slack import APP_TOKEN, BOT, BOT_TOKEN, FakeSlack, Fault, People
from tests.fakes.slack.blocks import LIMITS, NOT_MODELLED, problems_of_message, problems_of_view

Json = dict[str, Any]

FAKES = Path(__file__).parent / "fakes"
SPECS = Path(__file__).parents[1] / ".." / "shared" / "specs"
BLOCKS = SPECS / "slack-blockkit-slackblocks" / "fixtures"

needs_specs = pytest.mark.skipif(
    not BLOCKS.exists(), reason="the specifications are not beside the repository"
)


def valid_blocks() -> list[Path]:
    return sorted(BLOCKS.glob("valid/blocks/*.json")) if BLOCKS.exists() else []


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**other: Any) -> Json:
    return {"type": "button", "text": plain("x"), "action_id": "a", **other}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def section(text: str = "x", **other: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **other}


def image(**other: Any) -> Json:
    return {"type": "image", "image_url": "https://e.example/p.png", "alt_text": "x", **other}


def table(rows: list[list[Json]], **other: Any) -> Json:
    return {"type": "table", "rows": rows, **other}


CELL = {"type": "raw_text", "text": "x"}

# The named invalid cases of the specification, for the blocks that are modelled.
INVALID: dict[str, list[Json]] = {
    "text-empty": [section("")],
    "text-too-long": [{"type": "context", "elements": [mrkdwn("x" * 3001)]}],
    "button-action-id-too-long": [actions(button(action_id="x" * 256))],
    "button-text-too-long": [actions(button(text=plain("x" * 76)))],
    "button-url-too-long": [actions(button(url="https://e.example/" + "x" * 3000))],
    "button-value-too-long": [actions(button(value="x" * 2001))],
    "button-accessibility-label-too-long": [actions(button(accessibility_label="x" * 76))],
    "actions-too-many-elements": [actions(*(button(action_id=f"a{n}") for n in range(26)))],
    "context-too-many-elements": [{"type": "context", "elements": [mrkdwn("x")] * 11}],
    "context-invalid-element": [{"type": "context", "elements": [button()]}],
    "header-text-too-long": [{"type": "header", "text": plain("x" * 151)}],
    "image-url-too-long": [image(image_url="https://e.example/" + "x" * 3000)],
    "image-alt-text-too-long": [image(alt_text="x" * 2001)],
    "image-url-and-slack-file": [image(slack_file={"id": "F1"})],
    "markdown-empty": [{"type": "markdown", "text": ""}],
    "markdown-too-long": [{"type": "markdown", "text": "x" * 12_001}],
    "section-text-too-long": [section("x" * 3001)],
    "section-too-many-fields": [section(fields=[mrkdwn("x")] * 11)],
    "section-field-too-long": [section(fields=[mrkdwn("x" * 2001)])],
    "section-missing-content": [{"type": "section"}],
    "block-id-too-long": [section(block_id="x" * 256)],
    "table-too-many-rows": [table([[CELL]] * 101)],
    "table-ragged-rows": [table([[CELL], [CELL, CELL]])],
    "table-column-settings-mismatch": [table([[CELL]], column_settings=[{}, {}])],
}

OTHERS: dict[str, list[Json]] = {
    "51 blocks": [{"type": "divider"}] * 51,
    "an unknown block": [{"type": "banner"}],
    "an unknown property": [section(colour="red")],
    "a header of mrkdwn": [{"type": "header", "text": mrkdwn("x")}],
    "an action id twice": [actions(button(), button())],
    "an action id twice over two blocks": [actions(button()), actions(button())],
    "a block id twice": [section(block_id="b"), section(block_id="b")],
    "13,000 characters": [section("x" * 2900)] * 5,
    "an empty rich text": [{"type": "rich_text", "elements": []}],
    "an empty run": [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}],
        }
    ],
    "a link to javascript": [actions(button(url="javascript:alert(1)"))],
    "no block at all": ["x"],  # type: ignore[list-item]
}


@needs_specs
@pytest.mark.parametrize("path", valid_blocks(), ids=lambda path: path.stem)
def test_what_the_specification_calls_valid_is_accepted(path: Path) -> None:
    block = json.loads(path.read_text("utf-8"))
    if block["type"] == "input":  # valid, but only where it can be submitted
        modal = {"type": "modal", "title": plain("T"), "submit": plain("S"), "blocks": [block]}
        assert problems_of_view(modal) == []
        assert problems_of_message({"blocks": [block]}) == ["invalid_blocks: an input in a message"]
        return
    found = problems_of_message({"blocks": [block]})
    if block["type"] in NOT_MODELLED:
        assert found == [f"invalid_blocks: blocks[0] {block['type']} is not modelled"]
    elif "checkboxes" in path.stem:
        assert found == ["invalid_blocks: blocks[0] element 'checkboxes' here"]
    else:
        assert found == []


@needs_specs
def test_the_invalid_cases_are_the_specifications_own() -> None:
    manifest = json.loads((BLOCKS / "invalid/manifest.json").read_text("utf-8"))
    assert set(INVALID) <= {case["id"] for case in manifest["cases"]}


@pytest.mark.parametrize("blocks", [*INVALID.values(), *OTHERS.values()], ids=[*INVALID, *OTHERS])
def test_what_slack_refuses_is_refused(blocks: list[Json]) -> None:
    assert problems_of_message({"text": "x", "blocks": blocks})


def test_the_largest_that_slack_takes_is_taken() -> None:
    assert (
        problems_of_message({"blocks": [section("x" * 3000), {"type": "header", "text": plain("x" * 150)}]})
        == []
    )
    assert problems_of_message({"blocks": [{"type": "divider"}] * 50}) == []
    assert problems_of_view({"type": "home", "blocks": [{"type": "divider"}] * 100}) == []
    assert problems_of_view({"type": "home", "blocks": [{"type": "divider"}] * 101})


@needs_specs
def test_the_facts_are_what_the_specifications_give() -> None:
    spec = importlib.util.spec_from_file_location("derive_slack", FAKES / "derive_slack.py")
    assert spec is not None
    assert spec.loader is not None
    derive = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(derive)
    openapi = json.loads(
        (SPECS / "slack-openapi/slack_web_openapi_v2_without_examples.json").read_text("utf-8")
    )
    assert derive.methods(openapi) == json.loads((FAKES / "slack_methods.json").read_text("utf-8"))
    limits = json.loads((BLOCKS.parent / "limits.json").read_text("utf-8"))
    assert {**limits, **derive.WITHIN, "message": derive.MESSAGE} == LIMITS


class Rig:
    def __init__(self, slack: FakeSlack, session: aiohttp.ClientSession) -> None:
        self.slack = slack
        self.session = session
        self.client = AsyncWebClient(BOT_TOKEN, slack.api_base, session=session, retry_handlers=[])
        self.now = NOON

    async def error(self, method: str, **arguments: Any) -> str:
        """The error code with which a call is refused; "" when it is accepted."""
        try:
            await self.client.api_call(method, json=arguments)
        except SlackApiError as error:
            return str(error.response["error"])
        return ""

    async def hook(self, url: str, **body: Any) -> int:
        async with self.session.post(url, json=body) as answer:
            return answer.status


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    limits = aiohttp.ClientTimeout(total=2)
    async with FakeSlack(lambda: made.now) as slack, aiohttp.ClientSession(timeout=limits) as session:
        made = Rig(slack, session)
        slack.user("U1")
        slack.channel("C1", members={"U1"})
        yield made


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"channel": "C1", "text": "x"}, ""),
        ({"channel": "C1", "text": "x", "colour": "red"}, "invalid_arguments"),
        ({"text": "x"}, "invalid_arguments"),
        ({"channel": "C1", "text": "x", "unfurl_links": "maybe"}, "invalid_arguments"),
        ({"channel": "C1", "text": "x", "blocks": {}}, "invalid_arguments"),
        ({"channel": "C1"}, "no_text"),
        ({"channel": "C9", "text": "x"}, "channel_not_found"),
        ({"channel": "C1", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C1", "blocks": [section("x" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"channel": "C1", "blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({"channel": "C1", "text": "x", "thread_ts": "1.1"}, "thread_not_found"),
        ({"channel": "C1", "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
    ],
)
async def test_a_post_is_judged_as_slack_judges_it(rig: Rig, arguments: Json, code: str) -> None:
    assert await rig.error("chat.postMessage", **arguments) == code
    assert len(rig.slack.posts) == (0 if code else 1)


async def test_arguments_come_as_json_form_or_query_and_the_token_in_header_or_body(rig: Rig) -> None:
    for options in (
        {"json": {"channel": "C1"}},
        {"data": {"channel": "C1"}},
        {"params": {"channel": "C1"}},
    ):
        found = await rig.client.api_call("conversations.info", **options)  # type: ignore[arg-type]
        assert found["channel"]["is_member"] is True
    async with rig.session.get(f"{rig.slack.api_base}auth.test", params={"token": BOT_TOKEN}) as answer:
        assert (await answer.json())["user_id"] == BOT
    async with rig.session.get(f"{rig.slack.api_base}auth.test") as answer:
        assert (await answer.json())["error"] == "not_authed"
    async with rig.session.get(f"{rig.slack.api_base}no.such", params={"token": BOT_TOKEN}) as answer:
        assert (await answer.json())["error"] == "unknown_method"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({"archived": True}, "is_archived"),
        ({"bot": False}, "not_in_channel"),
        ({"bot": False, "private": True}, "channel_not_found"),
    ],
)
async def test_a_channels_state_decides(rig: Rig, state: Json, code: str) -> None:
    rig.slack.channel("C2", members={"U1"}, **state)
    assert await rig.error("chat.postMessage", channel="C2", text="x") == code


async def test_a_second_post_within_a_second_has_to_wait_and_one_after_it_has_not(rig: Rig) -> None:
    assert await rig.error("chat.postMessage", channel="C1", text="x") == ""
    with pytest.raises(SlackApiError) as raised:
        await rig.client.chat_postMessage(channel="C1", text="y")
    assert (raised.value.response.status_code, raised.value.response.headers["Retry-After"]) == (429, "1")
    rig.now += timedelta(seconds=1)
    assert await rig.error("chat.postMessage", channel="C1", text="y") == ""
    assert [m.text for m in rig.slack.posts] == ["x", "y"]


async def test_a_response_url_takes_five_messages_within_half_an_hour(rig: Rig) -> None:
    def made() -> str:
        return f"{rig.slack.base}/hooks/{rig.slack.world.hook('C1', 'U1')}"

    url = made()
    assert [await rig.hook(url, text="x") for _ in range(6)] == [200] * 5 + [404]
    url = made()
    rig.now += timedelta(minutes=31)
    assert await rig.hook(url, text="x") == 404
    assert await rig.hook(made(), text="x", colour="red") == 400
    assert await rig.hook(made(), text="x", replace_original=True) == 400
    assert {m.to for m in rig.slack.answers} == {"U1"}


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [(Fault("reset"), 0), (Fault("lose"), 1), (Fault("status", 503), 0), (Fault("garbage"), 0)],
)
async def test_a_fault_happens_once_and_what_was_accepted_is_counted(
    rig: Rig, fault: Fault, accepted: int
) -> None:
    rig.slack.fail("chat.postMessage", fault)
    with pytest.raises((SlackApiError, aiohttp.ClientError)):
        await rig.client.chat_postMessage(channel="C1", text="x")
    assert len(rig.slack.posts) == accepted
    rig.now += timedelta(seconds=2)
    assert await rig.error("chat.postMessage", channel="C1", text="y") == ""


async def test_a_socket_greets_takes_one_ticket_once_and_misses_an_ack(rig: Rig) -> None:
    async with rig.session.post(
        f"{rig.slack.api_base}apps.connections.open", data={"token": APP_TOKEN}
    ) as answer:
        url = (await answer.json())["url"]
    async with rig.session.ws_connect(url) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        assert await rig.slack.envelope("events_api", {}, seconds=0.01) is None
        assert (await socket.receive_json())["type"] == "events_api"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await rig.session.ws_connect(url)


async def test_a_file_is_there_once_its_three_steps_are_done(rig: Rig) -> None:
    direct = rig.slack.world.direct("U1").id
    await rig.client.files_upload_v2(channel=direct, filename="a.json", file=b"{}")
    [message] = rig.slack.answers
    assert (message.channel, message.arguments["data"]) == (direct, b"{}")


async def test_metadata_is_given_back_to_who_asks_for_it(rig: Rig) -> None:
    metadata = {"event_type": "x", "event_payload": {"key": "1"}}
    await rig.client.chat_postMessage(channel="C1", text="x", metadata=metadata)
    without = await rig.client.conversations_history(channel="C1")
    assert "metadata" not in without["messages"][0]
    found = await rig.client.conversations_history(channel="C1", include_all_metadata=True)
    assert found["messages"][0]["metadata"] == metadata


async def test_people_press_what_is_there_and_deliveries_are_signed(rig: Rig) -> None:
    people = People(rig.slack)
    await rig.client.chat_postMessage(channel="C1", text="x", blocks=[actions(button(value="/v"))])
    body = people.press_body(rig.slack.posts[0], "x", user="U1")
    assert body["actions"][0]["value"] == "/v"
    checks: list[Callable[[str], bool]] = [str.isdecimal, lambda text: text.startswith("v0=")]
    assert all(check(value) for check, value in zip(checks, people.signed("b").values(), strict=True))
