"""Which language a chat is answered in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from handlers.language import from_tag, reply_language
from store.bundle import Defaults
from store.model import Language, Subscriber
from tests.asks import CHAT, a_store, an_ask


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("ko", "ko"),
        ("ko-KR", "ko"),
        ("en_GB", "en"),
        ("zh-Hant-TW", "zh"),
        ("ZH", "zh"),
        ("ja", None),
        ("", None),
    ],
)
def test_a_client_tag_names_one_of_three(tag: str, expected: Language | None) -> None:
    assert from_tag(tag) == expected


def test_the_chats_setting_wins_over_the_client_and_the_client_over_the_default(tmp_path: Path) -> None:
    store = replace(a_store(tmp_path), defaults=Defaults(language="zh"))
    assert reply_language(an_ask("/help", client_language="ja"), store) == "zh"
    assert reply_language(an_ask("/help", client_language="en"), store) == "en"
    store.ledger.put_subscriber(Subscriber(CHAT, language="ko"))
    assert reply_language(an_ask("/help", client_language="en"), store) == "ko"
    assert reply_language(an_ask("/help", client_language="en", language="zh"), store) == "zh"
