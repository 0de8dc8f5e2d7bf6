"""The strict Bot API stand-in: it takes what Telegram takes, and refuses the rest in its words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes import derive_telegram
from tests.fakes.telegram import TOKEN, FakeTelegram, Person
from tests.fakes.telegram.facts import Refused, facts
from tests.fakes.telegram.flood import Flood
from tests.fakes.telegram.markup import ParseError, parse

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
ADA = Person(1)


class Client:
    """The barest HTTP client."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session, self.base = session, base

    async def call(self, method: str, token: str = TOKEN, **body: Any) -> tuple[int, dict[str, Any]]:
        async with self.session.post(f"{self.base}/bot{token}/{method}", json=body) as answer:
            return answer.status, await answer.json()

    async def refused(self, method: str, **body: Any) -> str:
        status, answer = await self.call(method, **body)
        assert status == answer["error_code"]
        assert not answer["ok"]
        words: str = answer["description"]
        return words

    async def result(self, method: str, **body: Any) -> Any:
        status, answer = await self.call(method, **body)
        assert (status, answer["ok"]) == (200, True), answer
        return answer["result"]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(lambda: NOW) as fake:
        fake.private(ADA)
        yield fake


@pytest.fixture
async def client(fake: FakeTelegram) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, fake.base)


def test_the_facts_are_what_the_script_derives() -> None:
    path = Path(__file__).parents[1] / ".." / "shared/specs/telegram/api.json"
    if not path.is_file():
        pytest.skip("the description of the Bot API is not beside the repository")
    api = json.loads(path.read_text(encoding="utf-8"))

    kept = Path(derive_telegram.__file__).with_name("telegram_methods.json").read_text(encoding="utf-8")
    assert kept == derive_telegram.dumps(derive_telegram.derive(api))


def test_the_facts_hold_no_prose() -> None:
    assert set(facts()) == {"methods", "types", "version"}
    for methods in (facts()["methods"], facts()["types"]):
        for fields in methods.values():
            assert all(set(fact) == {"types", "required"} for fact in fields.values())


@pytest.mark.parametrize(
    ("source", "text", "tags"),
    [
        ("<b>굵게</b> 글", "굵게 글", [("b", 0, 2)]),
        ("<b><i>x</i></b>", "x", [("b", 0, 1), ("i", 0, 1)]),
        ('<a href="https://a.example/?x=1&amp;y=2">x</a>', "x", [("a", 0, 1)]),
        ("<a href='javascript:x'>x</a>", "x", []),
        ("👩‍🚀<code>&lt;b&gt;</code>", "👩‍🚀<b>", [("code", 5, 3)]),
        ("&#60;&#x3e;&nbsp;&", "<>&nbsp;&", []),
        ('<blockquote expandable="1">x</blockquote>', "x", [("blockquote", 0, 1)]),
    ],
)
def test_html_is_parsed_into_text_and_entities(source: str, text: str, tags: list[Any]) -> None:
    parsed, entities = parse(source)

    assert parsed == text
    assert [(e.tag, e.offset, e.length) for e in entities] == tags


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("가<p>x</p>", 'Unsupported start tag "p" at byte offset 3'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<a =x>", 'Empty attribute name in the tag "a" at byte offset 3'),
        (
            "<a href>x</a>",
            'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0',
        ),
        ("<a href=", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ],
)
def test_html_that_telegram_cannot_parse_is_refused_in_its_words(source: str, words: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse(source)

    assert str(refused.value) == words


async def test_a_message_is_kept_and_described(fake: FakeTelegram, client: Client) -> None:
    sent = await client.result("sendMessage", chat_id=1, text="<b>안녕</b> ", parse_mode="HTML")

    (message,) = fake.sent(1)
    assert (sent["message_id"], sent["text"], sent["chat"]["type"]) == (message.id, "안녕", "private")
    assert fake.accepted == 1
    assert fake.mistakes == []


async def test_a_wrong_token_is_unauthorized(client: Client) -> None:
    status, answer = await client.call("getMe", token="4242:wrong")

    assert (status, answer["description"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    ("method", "body", "words"),
    [
        ("sendMessage", {"chat_id": 1}, "message text is empty"),
        ("sendMessage", {"chat_id": 1, "text": "  "}, "message text is empty"),
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 9, "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": 1, "text": "x" * 4097}, "message is too long"),
        ("sendMessage", {"chat_id": 1, "text": "👩" * 2049}, "message is too long"),
        (
            "sendMessage",
            {"chat_id": 1, "text": "&amp;" * 7000, "parse_mode": "HTML"},
            "text is too long",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "parse_mode": "XML"},
            "unsupported parse_mode",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "message_thread_id": 7},
            "message thread not found",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "colour": 1},
            "sendMessage has no parameter colour",
        ),
        ("sendMessage", {"chat_id": 1, "text": 5}, "sendMessage.text is no String"),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "disable_notification": "perhaps"},
            "sendMessage.disable_notification is no Boolean: perhaps",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "link_preview_options": {"is_off": True}},
            "sendMessage.link_preview_options: LinkPreviewOptions has no field is_off",
        ),
        (
            "sendDocument",
            {"chat_id": 1, "document": "nosuch"},
            "wrong remote file identifier specified",
        ),
        ("getFile", {"file_id": "nosuch"}, "invalid file_id"),
        ("getChatMember", {"chat_id": 1, "user_id": 5}, "PARTICIPANT_ID_INVALID"),
        (
            "setMyCommands",
            {"commands": [{"command": "회사", "description": "x"}]},
            "BOT_COMMAND_INVALID",
        ),
        (
            "setMyCommands",
            {"commands": [{"command": "a", "description": ""}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        ("setMyCommands", {"commands": [], "language_code": "zh-Hans"}, "LANG_CODE_INVALID"),
        (
            "answerCallbackQuery",
            {"callback_query_id": "old"},
            "query is too old and response timeout expired or query ID is invalid",
        ),
    ],
)
async def test_what_telegram_refuses_is_refused(client: Client, method: str, body: Any, words: str) -> None:
    assert await client.refused(method, **body) == f"Bad Request: {words}"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[{"text": "x", "callback_data": "가" * 22}]], "BUTTON_DATA_INVALID"),
        (
            [[{"text": " ", "callback_data": "x"}]],
            "inline keyboard button text must be non-empty",
        ),
        ([[{"text": "x", "callback_data": "x"}] * 9], "REPLY_MARKUP_TOO_LONG"),
        ([[{"text": "x", "callback_data": "x"}]] * 101, "REPLY_MARKUP_TOO_LONG"),
        (
            [[{"text": "x", "url": "https://localhost/"}]],
            "inline keyboard button URL 'https://localhost/' is invalid: Wrong HTTP URL",
        ),
        (
            [[{"text": "x"}]],
            "can't parse inline keyboard button: text buttons are unallowed in the inline keyboard",
        ),
        ([[{"callback_data": "x"}]], "sendMessage.reply_markup.inline_keyboard lacks text"),
    ],
)
async def test_a_keyboard_that_telegram_refuses_is_refused(client: Client, rows: Any, words: str) -> None:
    said = await client.refused("sendMessage", chat_id=1, text="x", reply_markup={"inline_keyboard": rows})

    assert said == f"Bad Request: {words}"


async def test_entities_beyond_a_hundred_are_dropped_and_counted(fake: FakeTelegram, client: Client) -> None:
    await client.result("sendMessage", chat_id=1, text="<b>x</b> " * 101, parse_mode="HTML")

    assert len(fake.sent(1)[0].entities) == 100
    assert fake.methods.too_many_entities == 1


async def test_an_edit_must_change_something(fake: FakeTelegram, client: Client) -> None:
    sent = await client.result("sendMessage", chat_id=1, text="하나")
    which = {"chat_id": 1, "message_id": sent["message_id"]}

    await client.result("editMessageText", **which, text="둘")
    words = await client.refused("editMessageText", **which, text="둘")

    assert words.startswith("Bad Request: message is not modified")
    assert await client.refused("editMessageText", chat_id=1, message_id=99, text="x") == (
        "Bad Request: message to edit not found"
    )
    assert [(m.text, m.edits) for m in fake.sent(1)] == [("둘", 1)]


async def test_blocked_kicked_left_and_muted_rooms_say_so(fake: FakeTelegram, client: Client) -> None:
    group = fake.group(-5, kind="group")
    channel = fake.group(-6, kind="channel")
    muted = fake.group(-7)
    fake.block(ADA)
    fake.kick(group, ADA)
    channel.bot, muted.muted = "left", True

    said = [await client.refused("sendMessage", chat_id=n, text="x") for n in (1, -5, -6, -7)]

    assert said == [
        "Forbidden: bot was blocked by the user",
        "Forbidden: bot was kicked from the group chat",
        "Forbidden: bot is not a member of the channel chat",
        "Bad Request: not enough rights to send text messages to the chat",
    ]


async def test_a_migrated_group_names_its_new_id(fake: FakeTelegram, client: Client) -> None:
    fake.migrate(fake.group(-5, kind="group"), -1005)

    status, answer = await client.call("sendMessage", chat_id=-5, text="x")

    assert (status, answer["parameters"]) == (400, {"migrate_to_chat_id": -1005})
    await client.result("sendMessage", chat_id=-1005, text="x")


async def test_a_topic_must_exist(fake: FakeTelegram, client: Client) -> None:
    fake.group(-5, forum=True, topics=(7,))

    sent = await client.result("sendMessage", chat_id=-5, message_thread_id=7, text="x")

    assert sent["is_topic_message"]
    assert await client.refused("sendMessage", chat_id=-5, message_thread_id=8, text="x") == (
        "Bad Request: message thread not found"
    )


async def test_a_poll_waits_for_an_update_and_offset_acknowledges(fake: FakeTelegram, client: Client) -> None:
    poll = asyncio.create_task(client.result("getUpdates", timeout=50, allowed_updates=["message"]))
    await fake.until(fake.polling)
    fake.put("edited_message", {})
    number = fake.say(fake.private(ADA), ADA, "/help")

    (update,) = await poll

    assert (update["update_id"], update["message"]["text"]) == (number, "/help")
    assert await client.result("getUpdates", offset=number + 1) == []
    assert fake.updates == []


async def test_a_second_poll_ends_the_first_with_a_conflict(fake: FakeTelegram, client: Client) -> None:
    first = asyncio.create_task(client.refused("getUpdates", timeout=50))
    await fake.until(fake.polling)
    second = asyncio.create_task(client.result("getUpdates", timeout=50))

    assert (await first).startswith("Conflict: terminated by other getUpdates request")
    await fake.until(fake.polling)
    fake.say(fake.private(ADA), ADA, "x")
    assert len(await second) == 1


async def test_faults_are_what_they_say(fake: FakeTelegram, client: Client) -> None:
    fake.too_many(7)
    fake.too_many()
    fake.fail("page", status=502)
    fake.fail("garbage")
    fake.fail("odd")
    fake.fail("reset")
    fake.fail("lost")
    send: dict[str, Any] = {"chat_id": 1, "text": "x"}

    assert (await client.call("sendMessage", **send))[1]["parameters"] == {"retry_after": 7}
    assert "parameters" not in (await client.call("sendMessage", **send))[1]
    for status in (502, 200):
        async with client.session.post(f"{fake.base}/bot{TOKEN}/sendMessage", json=send) as answer:
            assert (answer.status, answer.content_type) == (status, "text/html")
    assert (await client.call("sendMessage", **send))[1] == {"answer": 200}
    accepted = []
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await client.call("sendMessage", **send)
        accepted.append(fake.accepted)

    assert accepted == [2, 3]


async def test_a_call_that_hangs_goes_on_when_it_is_released(fake: FakeTelegram, client: Client) -> None:
    fake.fail("hang", chat=1)
    call = asyncio.create_task(client.result("sendMessage", chat_id=1, text="x"))
    await fake.until(lambda: fake.called("sendMessage"))

    assert fake.accepted == 0
    fake.release()
    await call
    assert fake.accepted == 1


def test_the_flood_model_counts_by_chat_group_and_all() -> None:
    now = [NOW]
    flood = Flood(lambda: now[0])

    flood.admit(1)
    with pytest.raises(Refused) as again:
        flood.admit(1)
    assert (again.value.status, again.value.parameters) == (429, {"retry_after": 1})

    for chat in range(2, 31):
        flood.admit(chat)
    with pytest.raises(Refused):
        flood.admit(31)

    for _ in range(20):
        now[0] += timedelta(seconds=1)
        flood.admit(-5)
    now[0] += timedelta(seconds=1)
    with pytest.raises(Refused) as group:
        flood.admit(-5)
    assert group.value.parameters == {"retry_after": 40}


async def test_files_are_sent_and_fetched(fake: FakeTelegram, client: Client) -> None:
    form = aiohttp.FormData({"chat_id": "1", "caption": "자료"})
    form.add_field("document", b"{}", filename="export.json")

    async with client.session.post(f"{fake.base}/bot{TOKEN}/sendDocument", data=form) as answer:
        assert answer.status == 200
    fake.say(fake.private(ADA), ADA, "", document=("issue.txt", b"text"))
    (update,) = await client.result("getUpdates")
    file = await client.result("getFile", file_id=update["message"]["document"]["file_id"])
    async with client.session.get(f"{fake.base}/file/bot{TOKEN}/{file['file_path']}") as answer:
        assert await answer.read() == b"text"

    (message,) = fake.sent(1)
    assert (message.text, message.document) == ("자료", ("export.json", b"{}"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GIF89a", "IMAGE_PROCESS_FAILED"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x27\x10\x00\x00\x00\x01", "PHOTO_INVALID_DIMENSIONS"),
    ],
)
async def test_what_is_no_picture_of_a_bearable_shape_is_no_photo(
    fake: FakeTelegram, client: Client, data: bytes, words: str
) -> None:
    fake.private(ADA)
    form = aiohttp.FormData({"chat_id": "1"})
    form.add_field("photo", data, filename="a.png")
    async with client.session.post(f"{fake.base}/bot{TOKEN}/sendPhoto", data=form) as answer:
        body = await answer.json()
    assert (body["ok"], body["description"]) == (False, f"Bad Request: {words}")


async def test_inline_answers_are_checked_as_there(fake: FakeTelegram, client: Client) -> None:
    number = fake.ask_inline(ADA, "x")
    content = {"message_text": "<b>x</b>", "parse_mode": "HTML"}
    result = {"type": "article", "id": "1", "title": "t", "input_message_content": content}

    twice = await client.refused("answerInlineQuery", inline_query_id=number, results=[result, result])
    empty = {**result, "input_message_content": {"message_text": "<b", "parse_mode": "HTML"}}
    broken = await client.refused("answerInlineQuery", inline_query_id=number, results=[empty])
    unknown = await client.refused("answerInlineQuery", inline_query_id="none", results=[])
    await client.result("answerInlineQuery", inline_query_id=number, results=[result])

    assert "RESULT_ID_INVALID" in twice
    assert "can't parse entities" in broken
    assert "query is too old" in unknown


async def test_rich_messages_know_their_own_tags_and_no_others(fake: FakeTelegram, client: Client) -> None:
    rich = {"html": "<h3>a</h3><hr/><ul><li>b</li></ul>"}
    await client.result("sendRichMessage", chat_id=ADA.id, rich_message=rich)
    script = {"html": "<script>x</script>"}

    assert fake.sent(ADA.id)[0].rich
    assert "Unsupported" in await client.refused("sendRichMessage", chat_id=ADA.id, rich_message=script)
    assert "Unsupported" in await client.refused(
        "sendMessage", chat_id=ADA.id, text="<h3>a</h3>", parse_mode="HTML"
    )


async def test_a_reply_keyboard_is_a_mistake_and_a_forced_reply_is_not(
    fake: FakeTelegram, client: Client
) -> None:
    forced = {"force_reply": True, "selective": True}
    await client.result("sendMessage", chat_id=ADA.id, text="x", reply_markup=forced)
    assert fake.mistakes == []
    await client.refused(
        "sendMessage", chat_id=ADA.id, text="x", reply_markup={"keyboard": [[{"text": "a"}]]}
    )

    assert fake.mistakes


def test_only_the_expandable_quotation_has_an_attribute_without_a_value() -> None:
    text, (quote,) = parse("<blockquote expandable>a</blockquote>")
    assert (text, quote.tag) == ("a", "blockquote")
    with pytest.raises(ParseError):
        parse("<blockquote folded>a</blockquote>")
