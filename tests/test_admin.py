"""What those who run the bot can type: who may, and in which language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.answer import answer
from handlers.words import say
from store.bundle import Store
from store.model import (
    LANGUAGES,
    Language,
)
from tests.admins import ISSUE, decision, published, run, uploaded
from tests.asks import a_store, an_ask, anyone, plain
from tests.presses import press


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.library.close()
    store.ledger.close()


@pytest.fixture(name="published")
def a_published(store: Store) -> Store:
    return published(store)


@pytest.mark.parametrize("text", ["/import", "/status", "/send latest all", "/chats"])
async def test_only_those_who_run_the_bot_may(store: Store, text: str) -> None:
    reply = await answer(an_ask(text), store, manages=anyone)

    assert reply is not None
    assert reply.tags["refused"] == "answer.admins_only"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_answer_exists_in_every_language(published: Store, language: Language) -> None:
    asked = {"client_language": language}
    texts = (
        "/status",
        "/chats",
        "/send latest all",
        "/send latest here --dry-run",
        "/send 48 here",
        "/import",
    )
    for text in (*texts, "/send x y", "/chats x"):
        reply = await run(published, text, **asked)
        assert reply.language == language
        assert "failed" not in reply.tags, text
    preview = await uploaded(published, **asked)
    assert say("import.preview", language, title="")[:4] in plain(preview)
    done = await press(published, preview, decision(preview, "publish"), admin=True, **asked)
    assert done.language == language
    assert "failed" not in (await uploaded(published, ISSUE[:-900], **asked)).tags
