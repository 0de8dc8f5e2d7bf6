"""What a screen reader says of an answer, on each platform: labels that make sense alone, pictures with
words, links that name where they lead, no meaning by a sign alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import slack_render, telegram_render
from bot.slack_words import for_slack
from handlers.message import Buttons, Card, Picture, Reply
from store.bundle import Store
from store.model import LANGUAGES, Edition, Language, Story
from tests.asks import a_store, told
from tests.build import NOON, a_week
from tests.gallery.scenes import TYPED, WEEKS
from tests.journeys.samples import CHANGE, READ, bring_sample, example

LINE = 200
"""Characters of the first line: what is heard before anything else."""

_HTML_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_SLACK_LINK = re.compile(r"<(https?://[^|>]*)\|([^>]*)>")
_TAG = re.compile(r"<[^>]+>")


def says_something(words: str) -> bool:
    """Whether there is a letter or a time of day in it: a number or a sign alone says nothing."""
    return any(char.isalpha() for char in words) or re.search(r"\d\d:\d\d", words) is not None


def signs(words: str) -> list[str]:
    """Emoji and pictographs, each read out by its name."""
    return [char for char in words if unicodedata.category(char) == "So" and ord(char) > 0x2190]


def wrong_lines(text: str) -> Iterator[str]:
    first = text.lstrip("\n").split("\n")[0]
    if not says_something(first) or len(first) > LINE:
        yield f"first line: {first!r}"
    for line in text.split("\n"):
        found = signs(line)
        if len(found) > 1 or (found and not says_something(line)):
            yield f"signs: {line!r}"


def wrong_labels(buttons: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Buttons as (what they do, label). A label may come again only where it does the same."""
    by_label: dict[str, set[str]] = {}
    for does, label in buttons:
        by_label.setdefault(label, set()).add(does)
    yield from (f"label twice: {label!r}" for label, does in by_label.items() if len(does) > 1)
    yield from (f"label says nothing: {label!r}" for label in by_label if not says_something(label))


def wrong_links(links: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Links as (address, words)."""
    by_words: dict[str, set[str]] = {}
    for address, words in links:
        by_words.setdefault(words.strip(), set()).add(address)
        if not says_something(words) or words.strip().startswith(("http:", "https:")):
            yield f"link says nothing: {words!r}"
    yield from (f"one name, several links: {words!r}" for words, to in by_words.items() if len(to) > 1)


def wrong_on_telegram(reply: Reply) -> Iterator[str]:
    for text in telegram_render.parts(reply, "jianbao_bot"):
        part = telegram_render.loads(text)
        if part.plain:
            yield from wrong_lines(part.plain)
        yield from wrong_labels((b.command or b.url, b.label) for row in part.rows for b in row)
        yield from wrong_links([(url, _TAG.sub("", words)) for url, words in _HTML_LINK.findall(part.html)])
        if part.file is not None and telegram_render.is_picture(part.file) and not part.plain:
            yield f"no words for {part.file.name}"


def wrong_on_slack(reply: Reply) -> Iterator[str]:
    for text in slack_render.parts(for_slack(reply, "/jianbao")):
        message = slack_render.filled(text, lambda button: button.command)
        yield from wrong_lines(message["text"])
        elements = [e for block in message["blocks"] if block["type"] == "actions" for e in block["elements"]]
        yield from wrong_labels(
            (e.get("url") or e["value"], e.get("accessibility_label") or e["text"]["text"]) for e in elements
        )
        for block in message["blocks"]:
            if block["type"] == "image" and not says_something(block["alt_text"]):
                yield f"no words for {block['image_url']}"
        yield from wrong_links(list(_slack_links(message["blocks"])))


def _slack_links(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for each in value:
            yield from _slack_links(each)
    elif isinstance(value, dict):
        if value.get("type") == "link":
            yield str(value["url"]), str(value.get("text", value["url"]))
        elif value.get("type") == "mrkdwn":
            yield from _SLACK_LINK.findall(value["text"])
        yield from _slack_links([each for each in value.values() if isinstance(each, dict | list)])


def wrong_in(reply: Reply) -> set[str]:
    """Whatever a listener would stumble over, on either platform."""
    found = {f"telegram {fault}" for fault in wrong_on_telegram(reply)}
    found |= {f"slack {fault}" for fault in wrong_on_slack(reply)}
    inner = [b for block in reply.blocks for b in (block.blocks if isinstance(block, Card) else (block,))]
    alts = [block.alt for block in inner if isinstance(block, Picture)]
    found |= {"picture without words" for alt in alts if not says_something(alt)}
    if reply.file is not None and reply.file.content_type.startswith("image/"):
        found |= set() if says_something(reply.file.alt) else {"file without words"}
    return found


def _titled(edition: Edition, stories: Sequence[Story]) -> tuple[Edition, list[Story]]:
    """Stories of several weeks under titles of their own, from outlets of their own."""
    return edition, [
        replace(s, title=f"{s.title} ({s.id})", source_url=f"https://{s.id}.example/") for s in stories
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("spoken")
    store = a_store(folder, *(_titled(*a_week(week, stories)) for week, stories in WEEKS.items()))
    bring_sample(store, NOON)
    yield store
    store.library.close()
    store.ledger.close()


TYPICAL = sorted({text for _, text in TYPED} | {example(name) for name in (*READ, *CHANGE)})


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_listener_hears_what_a_reader_sees(store: Store, language: Language) -> None:
    found = {
        f"{text}: {fault}"
        for text in TYPICAL
        for fault in wrong_in(await told(store, text, language=language, admin=True))
    }
    assert found == set()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_button_of_an_answer_leads_to_one_that_can_be_heard(
    store: Store, language: Language
) -> None:
    """One press deep, from the answers with the most buttons."""
    commands: set[str] = set()
    for text in ("/start", "/company tencent", "/latest", "/settings", "/status", "/topic"):
        reply = await told(store, text, language=language, admin=True)
        for block in reply.blocks:
            if isinstance(block, Buttons | Card):
                commands |= {b.command for b in block.buttons if b.command and not b.signed}
    found = {
        f"{text}: {fault}"
        for text in sorted(commands)
        for fault in wrong_in(await told(store, text, language=language, admin=True, pressed=True))
    }
    assert found == set()
