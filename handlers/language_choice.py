"""The language of a chat: which word names which, and the panel to choose from."""

from __future__ import annotations

from handlers.answer import excerpt
from handlers.chat_settings import button, reply
from handlers.errors import Refusal
from handlers.language import from_tag, reply_language
from handlers.lookup import first, small
from handlers.message import Ask, Button, Reply
from store.bundle import Store
from store.model import LANGUAGES, Language

OWN_NAMES: dict[Language, str] = {"ko": "한국어", "en": "English", "zh": "中文"}

_WORDS: dict[str, Language | None] = {
    "ko": "ko", "kr": "ko", "kor": "ko", "korean": "ko", "한국어": "ko", "한글": "ko", "한국말": "ko",
    "韩语": "ko", "韓語": "ko", "韩文": "ko", "韓文": "ko", "韩国语": "ko", "朝鲜语": "ko",
    "en": "en", "eng": "en", "english": "en", "영어": "en", "英语": "en", "英語": "en", "英文": "en",
    "zh": "zh", "cn": "zh", "chinese": "zh", "mandarin": "zh", "중국어": "zh", "중문": "zh", "간체": "zh",
    "中文": "zh", "汉语": "zh", "漢語": "zh", "简体": "zh", "简体中文": "zh", "普通话": "zh", "华语": "zh",
    "auto": None, "자동": None, "自动": None, "自動": None,
}  # fmt: skip


def read_language(word: str) -> Language | None:
    """The language a word names, in any of the three or as a tag; None = as the client has it.

    Raises Refusal("language.unknown").
    """
    low = word.strip().lower()
    if low in _WORDS:
        return _WORDS[low]
    tag = from_tag(low) if low.isascii() and len(low) < 20 else None
    if tag is None:
        raise Refusal("language.unknown", found=excerpt(word))
    return tag


def language_choice(ask: Ask, store: Store, command: str) -> Reply:
    """Which language it is now, and a button for each; `command` is what a button begins with."""
    spoken = reply_language(ask, store)
    return reply(
        spoken,
        first("language.now", spoken, name=OWN_NAMES[spoken]),
        small("language.example", spoken),
        buttons=(
            *language_buttons(command),
            button("language.auto_button", spoken, f"{command} auto"),
        ),
        replace=ask.pressed,
    )


def language_buttons(command: str, *, except_for: Language | None = None) -> tuple[Button, ...]:
    """A button for each language, called as its speakers call it."""
    return tuple(Button(OWN_NAMES[one], f"{command} {one}") for one in LANGUAGES if one != except_for)
