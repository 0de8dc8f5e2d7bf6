"""Sending to Telegram: what became of a message is judged right, and nothing is posted twice."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.telegram_render import Part
from bot.telegram_send import edit, judge, plainer, send
from bot.telegram_transport import FILE, Progress, Transport
from handlers.door import Outcome
from handlers.message import Button, File
from store.model import Chat
from tests.fakes.telegram import TOKEN, FakeTelegram, Person

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
ADA = Person(1)
CHAT = Chat("telegram", "4242", "1")
HELLO = Part("<b>안녕</b>", "안녕")
DONE = Progress(written=True, answered=True)


def a_png(wide: int, high: int) -> bytes:
    """As much of a PNG as says how large it is."""
    size = wide.to_bytes(4) + high.to_bytes(4)
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + b"IHDR" + size + b"\x08\x02\x00\x00\x00"


A_PICTURE = File("trend.png", a_png(1600, 1000), "image/png", alt="꺾은선 그래프")


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(lambda: NOW) as fake:
        fake.private(ADA)
        yield fake


@asynccontextmanager
async def a_bot(base: str, read_timeout: float = 20.0) -> AsyncIterator[Bot]:
    made = Bot(
        TOKEN,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=Transport(read_timeout=read_timeout),
        get_updates_request=Transport(pool=1),
    )
    try:
        yield made
    finally:
        for one in (made.request, made._request[0]):
            await one.shutdown()


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with a_bot(fake.base) as bot:
        yield bot


async def sent(bot: Bot, part: Part = HELLO, chat: Chat = CHAT, *, silent: bool = False) -> Outcome:
    return await send(bot, chat, part, lambda button: button.command, silent=silent, chat_scope=True)


async def test_a_message_that_is_taken_has_an_id(fake: FakeTelegram, bot: Bot) -> None:
    part = replace(HELLO, rows=((Button("도움말", "/help"), Button("주소", url="https://a.example/")),))

    outcome = await sent(bot, part, silent=True)

    (message,) = fake.sent(1)
    assert outcome == Outcome("sent", message_id=str(message.id))
    assert (message.text, message.silent, message.preview) == ("안녕", True, {"is_disabled": True})
    assert message.keyboard == [
        [{"text": "도움말", "callback_data": "/help"}, {"text": "주소", "url": "https://a.example/"}]
    ]
    assert fake.mistakes == []


@pytest.mark.parametrize(("large", "size"), [(True, "large"), (False, "small")])
async def test_a_picture_is_the_one_thing_previewed(
    fake: FakeTelegram, bot: Bot, large: bool, size: str
) -> None:
    await sent(bot, replace(HELLO, preview="https://img.example/1.png", large=large))

    assert fake.sent(1)[0].preview == {"url": "https://img.example/1.png", f"prefer_{size}_media": True}


async def test_a_file_is_sent_as_a_document_with_its_caption(fake: FakeTelegram, bot: Bot) -> None:
    outcome = await sent(bot, replace(HELLO, file=File("export.json", b"{}")))

    assert outcome.kind == "sent"
    assert (fake.sent(1)[0].text, fake.sent(1)[0].document) == ("안녕", ("export.json", b"{}"))


async def test_a_message_goes_into_its_topic(fake: FakeTelegram, bot: Bot) -> None:
    fake.group(-5, forum=True, topics=(7,))

    await sent(bot, chat=Chat("telegram", "4242", "-5", "7"))

    assert fake.sent(-5)[0].thread == 7


@pytest.mark.parametrize(
    ("fault", "outcome", "accepted"),
    [
        (
            {"kind": "words", "status": 429, "text": "Too Many Requests", "parameters": {"retry_after": 7}},
            Outcome("wait", seconds=7, scope="chat", reason="reason.waiting"),
            0,
        ),
        (
            {"kind": "words", "status": 429, "text": "Too Many Requests"},
            Outcome("wait", seconds=5, scope="chat", reason="reason.waiting"),
            0,
        ),
        (
            {"kind": "words", "status": 429, "text": "Too Many Requests: retry after 12"},
            Outcome("wait", seconds=12, scope="chat", reason="reason.waiting"),
            0,
        ),
        (
            {"kind": "words", "status": 403, "text": "Forbidden: user is deactivated"},
            Outcome("gone", reason="reason.deleted"),
            0,
        ),
        (
            {"kind": "words", "status": 403, "text": "Forbidden: something new"},
            Outcome("gone", reason="reason.gone"),
            0,
        ),
        (
            {"kind": "words", "status": 400, "text": "x", "parameters": {"migrate_to_chat_id": -1009}},
            Outcome("moved", new_id="-1009"),
            0,
        ),
        ({"kind": "words", "status": 401, "text": "Unauthorized"}, Outcome("dead", reason="reason.dead"), 0),
        ({"kind": "words", "status": 404, "text": "Not Found"}, Outcome("dead", reason="reason.dead"), 0),
        (
            {"kind": "words", "status": 400, "text": "Bad Request: something new"},
            Outcome("refused", reason="reason.refused"),
            0,
        ),
        (
            {"kind": "words", "status": 413, "text": "Request Entity Too Large"},
            Outcome("refused", reason="reason.too_long"),
            0,
        ),
        ({"kind": "page", "status": 413}, Outcome("refused", reason="reason.too_long"), 0),
        ({"kind": "words", "status": 500}, Outcome("unknown", reason="reason.unanswered"), 0),
        ({"kind": "page", "status": 502}, Outcome("unknown", reason="reason.unanswered"), 0),
        ({"kind": "garbage"}, Outcome("unknown", reason="reason.unanswered"), 1),
        ({"kind": "odd"}, Outcome("unknown", reason="reason.unanswered"), 1),
        ({"kind": "lost"}, Outcome("unknown", reason="reason.unanswered"), 1),
        ({"kind": "reset"}, Outcome("unknown", reason="reason.unanswered"), 0),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else "",
)
async def test_every_failure_is_judged_and_tried_once(
    fake: FakeTelegram, bot: Bot, fault: dict[str, Any], outcome: Outcome, accepted: int
) -> None:
    fake.fail(**fault)

    judged = await sent(bot)

    assert replace(judged, detail="") == outcome
    assert (len(fake.called("sendMessage")), fake.accepted) == (1, accepted)
    assert TOKEN not in judged.detail


@pytest.mark.parametrize(
    ("spoil", "kind", "reason"),
    [
        (lambda fake: fake.block(ADA), "gone", "reason.blocked"),
        (lambda fake: fake.kick(fake.rooms[1], ADA), "gone", "reason.kicked"),
        (lambda fake: fake.rooms.clear(), "gone", "reason.deleted"),
        (lambda fake: setattr(fake.rooms[1], "muted", True), "gone", "reason.no_rights"),
    ],
)
async def test_a_chat_that_refuses_is_gone_for_a_reason(
    fake: FakeTelegram, bot: Bot, spoil: Callable[[FakeTelegram], object], kind: str, reason: str
) -> None:
    spoil(fake)

    outcome = await sent(bot)

    assert (outcome.kind, outcome.reason) == (kind, reason)


async def test_a_topic_that_is_gone_is_not_replaced_by_the_general_one(fake: FakeTelegram, bot: Bot) -> None:
    fake.group(-5, forum=True, topics=(7,))

    outcome = await sent(bot, chat=Chat("telegram", "4242", "-5", "8"))

    assert (outcome.kind, outcome.reason) == ("gone", "reason.topic_closed")
    assert fake.accepted == 0


async def test_formatting_that_is_refused_is_sent_once_more_as_plain_text(
    fake: FakeTelegram, bot: Bot
) -> None:
    part = Part("<b>열리고 닫히지 않음", "열리고 닫히지 않음", ((Button("도움말", "/help"),),))

    outcome = await sent(bot, part)

    assert outcome.kind == "sent"
    assert [message.text for message in fake.sent(1)] == ["열리고 닫히지 않음"]
    assert fake.sent(1)[0].labels == ["도움말"]
    assert len(fake.called("sendMessage")) == 2


async def test_buttons_that_are_refused_are_left_out(fake: FakeTelegram, bot: Bot) -> None:
    outcome = await sent(bot, replace(HELLO, rows=((Button("주소", url="https://localhost/"),),)))

    assert outcome.kind == "sent"
    assert (fake.sent(1)[0].text, fake.sent(1)[0].keyboard) == ("안녕", [])


async def test_a_server_that_is_not_there_was_sent_nothing() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with a_bot(f"http://127.0.0.1:{port}") as bot:
        outcome = await sent(bot)

    assert (outcome.kind, outcome.reason) == ("not_sent", "reason.unreachable")


async def test_a_request_cut_off_before_its_body_was_whole_was_not_sent() -> None:
    """The server reads the head of a large upload and resets: it cannot have the whole."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    server = await asyncio.start_server(reset, "127.0.0.1", 0, limit=1 << 16)
    async with server, a_bot(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as bot:
        outcome = await sent(bot, replace(HELLO, file=File("large", b"x" * (16 << 20))))

    assert outcome.kind == "not_sent"


async def test_an_answer_that_does_not_come_is_unknown(fake: FakeTelegram) -> None:
    fake.fail("hang")
    async with a_bot(fake.base, read_timeout=0.05) as bot:
        outcome = await sent(bot)

    assert (outcome.kind, outcome.reason) == ("unknown", "reason.unanswered")


async def test_a_cancelled_send_stays_cancelled(fake: FakeTelegram, bot: Bot) -> None:
    fake.fail("hang")
    sending = asyncio.create_task(sent(bot))
    await fake.until(lambda: fake.called("sendMessage"))
    sending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_chat_whose_id_is_no_number_is_refused_before_anything_leaves(
    fake: FakeTelegram, bot: Bot
) -> None:
    outcome = await sent(bot, chat=replace(CHAT, id="@somebody"))

    assert (outcome.kind, fake.calls) == ("refused", [])


async def test_a_payload_that_cannot_be_made_is_not_sent(fake: FakeTelegram, bot: Bot) -> None:
    def broken(button: Button) -> str:
        raise OSError("the disk is full")

    part = replace(HELLO, rows=((Button("x", "/x", signed=True),),))
    outcome = await send(bot, CHAT, part, broken, silent=False, chat_scope=True)

    assert (outcome.kind, fake.calls) == ("not_sent", [])


def judged(error: Exception, progress: Progress = DONE, *, chat: bool = True) -> Outcome:
    return replace(judge(error, progress, chat_scope=chat), detail="")


def test_the_scope_of_a_wait_is_the_doors_own_finding() -> None:
    assert judged(RetryAfter(3), chat=False).scope == "door"
    assert judged(NetworkError("Too Many Requests"), chat=False).scope == "door"
    assert judged(RetryAfter(3)).scope == "chat"


@pytest.mark.parametrize(
    ("error", "progress", "kind"),
    [
        (TimedOut("Pool timeout"), Progress(), "not_sent"),
        (NetworkError("httpx.ConnectError"), Progress(), "not_sent"),
        (NetworkError("httpx.WriteError"), Progress(written=False), "not_sent"),
        (TimedOut(), Progress(written=True), "unknown"),
        (NetworkError("httpx.ReadError"), Progress(written=True), "unknown"),
        (NetworkError("Bad Gateway (502)"), Progress(answered=True), "unknown"),
        (Conflict("terminated by other request"), DONE, "not_sent"),
        (TelegramError("Invalid server response"), DONE, "unknown"),
        (KeyError("result"), DONE, "unknown"),
        (InvalidToken(), DONE, "dead"),
        (ChatMigrated(-1009), DONE, "moved"),
        (Forbidden("bot was blocked by the user"), DONE, "gone"),
        (BadRequest("Group chat was upgraded to a supergroup chat"), DONE, "gone"),
        (BadRequest("TOPIC_CLOSED"), DONE, "gone"),
        (BadRequest("Message is too long"), DONE, "refused"),
    ],
)
def test_errors_are_judged_by_what_they_prove(error: Exception, progress: Progress, kind: str) -> None:
    assert judged(error, progress).kind == kind


def test_details_are_cut_short() -> None:
    assert len(judge(BadRequest("x" * 5000), DONE).detail) == 200


def test_only_a_refusal_for_the_form_is_tried_in_a_simpler_one() -> None:
    part = replace(HELLO, rows=((Button("x", "/x"),),))
    entities = Outcome("refused", detail="Can't parse entities: unsupported start tag")

    assert plainer(part, entities) == replace(part, html="")
    assert plainer(replace(part, html=""), entities) is None
    assert plainer(part, Outcome("refused", detail="Button_data_invalid")) == replace(part, rows=())
    assert plainer(part, Outcome("refused", detail="Message is too long")) is None
    assert plainer(part, Outcome("unknown", detail="can't parse entities")) is None
    picture = replace(HELLO, file=A_PICTURE)
    as_document = plainer(picture, Outcome("refused", detail="Bad Request: PHOTO_INVALID_DIMENSIONS"))
    assert as_document is not None
    assert as_document.file == replace(A_PICTURE, content_type="application/octet-stream")
    assert plainer(as_document, Outcome("refused", detail="Bad Request: PHOTO_INVALID_DIMENSIONS")) is None
    no_photos = Outcome("refused", detail="Not enough rights to send photos to the chat")
    assert plainer(picture, no_photos) == HELLO
    assert plainer(replace(picture, html="", plain=""), no_photos) is None


async def test_a_picture_is_sent_as_a_photo_with_its_caption(fake: FakeTelegram, bot: Bot) -> None:
    outcome = await sent(bot, replace(HELLO, file=A_PICTURE))

    (message,) = fake.sent(1)
    assert outcome.kind == "sent"
    assert message.photo == (A_PICTURE.name, A_PICTURE.data)
    assert message.text == HELLO.plain


async def test_a_photos_message_has_no_text_to_change(fake: FakeTelegram, bot: Bot) -> None:
    number = int((await sent(bot, replace(HELLO, file=A_PICTURE))).message_id)

    assert not await edit(bot, CHAT, number, HELLO, lambda button: button.command)


async def test_a_picture_that_is_no_photo_there_is_sent_as_a_document(fake: FakeTelegram, bot: Bot) -> None:
    wide = replace(A_PICTURE, data=a_png(9000, 100))

    outcome = await sent(bot, replace(HELLO, file=wide))

    (message,) = fake.sent(1)
    assert outcome.kind == "sent"
    assert message.photo is None
    assert message.document == (wide.name, wide.data)


async def test_a_chat_that_takes_no_photos_gets_the_text_and_is_not_given_up(
    fake: FakeTelegram, bot: Bot
) -> None:
    fake.rooms[1].no_files = True

    outcome = await sent(bot, replace(HELLO, file=A_PICTURE))
    alone = await sent(bot, Part("", "", file=A_PICTURE))

    (message,) = fake.sent(1)
    assert (outcome.kind, message.text, message.photo) == ("sent", HELLO.plain, None)
    assert alone.kind == "refused"


async def test_an_edit_changes_the_message_and_an_equal_one_is_fine(fake: FakeTelegram, bot: Bot) -> None:
    number = int((await sent(bot)).message_id)
    other = Part("둘째", "둘째")

    def change(part: Part, message_id: int = number) -> Coroutine[Any, Any, bool]:
        return edit(bot, CHAT, message_id, part, lambda button: button.command)

    assert await change(other)
    assert await change(other)
    assert not await change(other, message_id=99)
    fake.block(ADA)
    with pytest.raises(Forbidden):
        await change(HELLO)
    assert fake.sent(1)[0].edits == 1


async def test_a_file_that_is_too_large_is_not_read(fake: FakeTelegram, bot: Bot) -> None:
    fake.files["big"] = b"x" * (FILE + 1)
    file = await bot.get_file("big")

    with pytest.raises(NetworkError, match="too large"):
        await file.download_as_bytearray()


async def test_the_token_is_never_logged(
    fake: FakeTelegram, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    import_module("bot.telegram")

    caplog.set_level(logging.INFO)
    fake.fail("page", status=502)
    await sent(bot)
    await sent(bot)

    assert TOKEN not in caplog.text
    assert "bot4242" not in caplog.text
