"""/privacy, /export, /forget."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.answer import answer
from handlers.chat_json import subscriber_from_json
from handlers.message import Reply
from handlers.weekly import send_now
from store.bundle import Store
from store.ledger import AuditLine
from store.model import LANGUAGES, Language, Schedule, Subscriber, SubscriberState
from tests.asks import CHAT, a_store, an_ask, buttons, nobody, plain, told
from tests.build import NOON, a_week
from tests.presses import press, the_button

MARK = "leeco-mark-that-must-go"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path, a_week("2026-W47"))
    yield store
    store.library.close()
    store.ledger.close()


def put(store: Store, **fields: object) -> Subscriber:
    subscriber = replace(
        Subscriber(
            CHAT,
            language="ko",
            schedule=Schedule(4, 18, 30, "Asia/Shanghai"),
            state=SubscriberState.ACTIVE,
            follows=("meituan",),
            mutes=("didi", MARK),
            next_at=datetime(2026, 11, 27, 10, 30, tzinfo=UTC),
            created_at=NOON,
        ),
        **fields,  # type: ignore[arg-type]
    )
    store.ledger.put_subscriber(subscriber)
    return subscriber


def extra_push(store: Store) -> None:
    edition = store.library.edition("2026-W47")
    assert edition is not None
    send_now(store, CHAT, edition, now=NOON)


def bytes_of(folder: Path) -> bytes:
    """Every byte of the ledger's files."""
    return b"".join(path.read_bytes() for path in folder.glob("ledger*"))


def exported(reply: Reply) -> dict[str, object]:
    assert reply.file is not None
    data = json.loads(reply.file.data)
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize("language", LANGUAGES)
async def test_privacy_says_how_long_and_how_to_erase(store: Store, language: Language) -> None:
    reply = await told(store, "/privacy", client_language=language)

    for word in ("13", "48", "/export", "/forget"):
        assert word in plain(reply)
    assert set(buttons(reply).values()) == {"/export", "/forget"}


async def test_the_export_is_a_whispered_file_that_can_be_imported_again(store: Store) -> None:
    before = put(store)
    reply = await told(store, "/export")

    assert reply.whisper
    assert subscriber_from_json(exported(reply)) == before
    assert reply.file is not None
    assert reply.file.data.count(b"\n") == 1


async def test_the_export_holds_deliveries_and_changes(store: Store) -> None:
    put(store)
    extra_push(store)
    await told(store, "/settings length full")
    data = exported(await told(store, "/export"))

    assert [row["edition"] for row in data["deliveries"]] == ["2026-W47"]  # type: ignore[attr-defined]
    assert [row["what"] for row in data["audit"]] == ["settings"]  # type: ignore[attr-defined]


async def test_the_export_of_a_group_does_not_name_who_changed_it(store: Store) -> None:
    put(store)
    await told(store, "/settings length full", user="555666", private=False)
    reply = await told(store, "/export", private=False)

    assert reply.file is not None
    assert b"555666" not in reply.file.data


async def test_nothing_kept_is_nothing_exported(store: Store) -> None:
    reply = await told(store, "/export")

    assert reply.file is None
    assert plain(reply).startswith("이 대화방에 대해 저장된 것이 없습니다.")


async def test_forgetting_asks_first_and_says_what_would_go(store: Store) -> None:
    before = put(store)
    extra_push(store)
    reply = await told(store, "/forget")

    assert the_button(reply, "/forget yes").signed
    assert "팔로우와 숨김 3곳, 전송 기록 1건" in plain(reply)
    assert store.ledger.subscriber(CHAT) == before


async def test_yes_erases_everything_and_says_so(store: Store, tmp_path: Path) -> None:
    put(store)
    extra_push(store)
    await told(store, "/settings length full")
    assert MARK.encode() in bytes_of(tmp_path)
    reply = await press(store, await told(store, "/forget"), "/forget yes")

    assert plain(reply).startswith("지웠습니다: 설정, 팔로우와 숨김 3곳, 전송 기록 1건.")
    assert store.ledger.subscriber(CHAT) is None
    assert store.ledger.deliveries(CHAT) == ()
    assert all(str(CHAT) not in line.detail for line in store.ledger.audit())
    assert MARK.encode() not in bytes_of(tmp_path)


async def test_who_asks_to_be_forgotten_is_not_kept_for_it(store: Store) -> None:
    put(store)
    await press(store, await told(store, "/forget"), "/forget yes")

    assert [(line.who, line.what, line.detail) for line in store.ledger.audit()] == [
        ("telegram:100/", "forget", "")
    ]


async def test_in_a_group_who_erased_it_is_written_down(store: Store) -> None:
    put(store)
    question = await told(store, "/forget", private=False)
    await press(store, question, "/forget yes", private=False, user="42")

    assert store.ledger.audit()[0].who == "telegram:100/42"


async def test_what_a_person_did_as_an_admin_is_exported_and_erased_with_the_own_chat(store: Store) -> None:
    store.ledger.note(AuditLine(NOON, "telegram:100/7", "publish", "2026-W47"))
    data = exported(await told(store, "/export"))
    assert [row["what"] for row in data["audit"]] == ["publish"]  # type: ignore[attr-defined]
    await press(store, await told(store, "/forget"), "/forget yes")

    assert [line.what for line in store.ledger.audit()] == ["forget"]


@pytest.mark.parametrize("fields", [{}, {"pressed": True}])
async def test_a_typed_or_invented_yes_asks_again(store: Store, fields: dict[str, bool]) -> None:
    before = put(store)
    reply = await told(store, "/forget yes", **fields)

    assert "/forget yes" in buttons(reply).values()
    assert store.ledger.subscriber(CHAT) == before


async def test_no_erases_nothing(store: Store) -> None:
    before = put(store)
    reply = await press(store, await told(store, "/forget"), "/forget no")

    assert plain(reply) == "아무것도 지우지 않았습니다."
    assert store.ledger.subscriber(CHAT) == before


async def test_a_second_press_finds_nothing_left(store: Store) -> None:
    put(store)
    question = await told(store, "/forget")
    await press(store, question, "/forget yes")

    assert "지울 것도 없습니다" in plain(await press(store, question, "/forget yes"))


async def test_a_thread_is_forgotten_alone(store: Store) -> None:
    whole = put(store)
    thread = replace(CHAT, thread="5")
    put(store, chat=thread)
    question = await told(store, "/forget", chat=thread)
    assert "이 주제(스레드)의 자료만" in plain(question)
    await press(store, question, "/forget yes", chat=thread)

    assert store.ledger.subscriber(thread) is None
    assert store.ledger.subscriber(CHAT) == whole


async def test_a_chat_is_forgotten_with_its_threads(store: Store) -> None:
    put(store)
    put(store, chat=replace(CHAT, thread="5"))
    question = await told(store, "/forget")

    assert "팔로우와 숨김 6곳" in plain(question)
    await press(store, question, "/forget yes")
    assert store.ledger.subscribers() == ()


async def test_only_a_manager_erases_a_group(store: Store) -> None:
    put(store)
    reply = await answer(an_ask("/forget", private=False), store, manages=nobody)

    assert reply is not None
    assert reply.tags["refused"] == "answer.managers_only"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_answer_exists_in_every_language(store: Store, language: Language) -> None:
    asked = {"client_language": language}
    for text in ("/export", "/forget"):
        assert "failed" not in (await told(store, text, **asked)).tags
    put(store, language=language)
    for text in ("/export", "/forget", "/forget no"):
        assert "failed" not in (await told(store, text, **asked)).tags
    reply = await press(store, await told(store, "/forget", **asked), "/forget yes", **asked)
    assert reply.language == language
