"""Telegram's HTML over stories that hypothesis makes up: every message of every answer parses, says
what it should, and stays within what the platform takes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import given, settings, strategies as st

from bot.telegram_inline import article
from bot.telegram_render import Part, loads, parts
from bot.telegram_rich import html as rich_html
from handlers.cards import story_card
from handlers.message import Block, Buttons, Card, Divider, Heading, Note, Quote, Reply, Run, Text, line
from handlers.offers import Offer
from handlers.whole import folded, told_whole
from store.model import Story
from tests.build import a_story
from tests.fakes.telegram.markup import RICH_TAGS, TAGS, Entity, parse, units

HOSTILE = st.sampled_from(
    [
        "<b>",
        "</b>",
        "&amp;",
        "&lt;",
        "<a href='x'>",
        "</blockquote>",
        '"',
        "@all",
        "\u202e",
        "\u0000",
        "😀" * 3,
        "]]>",
        "&#x26;",
    ]
)
WORDS = st.lists(st.text(max_size=30) | HOSTILE, max_size=12).map(" ".join)
BODIES = st.lists(WORDS, max_size=5).map("\n\n".join) | WORDS.map(lambda words: f"{words}. " * 40)
URLS = st.none() | st.sampled_from(
    ["https://news.example/1?a=1&b=2", "javascript:alert(1)", 'https://news.example/"><b>', "https://[bad"]
)
STORIES = st.builds(
    lambda title, body, url: a_story("2017-W47-1", companies=(), title=title, body=body, source_url=url),
    WORDS,
    BODIES,
    URLS,
)


def blocks_of(stories: Sequence[Story], *, whole: bool) -> tuple[Block, ...]:
    """An answer about these stories: each as a card, or in full."""
    made: list[Block] = [Heading("소식")]
    for story in stories:
        if whole:
            made += [Heading(story.title or "…"), *told_whole(story.body), Divider()]
        else:
            card = story_card(story, None, "ko", body=story.body[:200], number=story.order)
            made.append(Card(card.title, (*folded(story.body), *card.blocks), card.buttons))
    return tuple(made)


def sound(part: Part) -> tuple[Entity, ...]:
    """The entities of a message that the platform takes as it is."""
    text, entities = parse(part.html, TAGS)
    assert units(text) <= 4096
    assert len(entities) <= 100
    assert len(part.html.encode()) <= 1 << 15
    for entity in entities:
        assert entity.tag in {"a", "b", "i", "code", "blockquote"}
        assert entity.tag != "a" or entity.url.startswith(("http://", "https://"))
    assert text.strip()
    return entities


@settings(max_examples=150, deadline=None)
@given(st.lists(STORIES, min_size=1, max_size=4), st.booleans())
def test_every_message_about_any_story_parses_and_fits(stories: list[Story], whole: bool) -> None:
    for text in parts(Reply(blocks_of(stories, whole=whole), "ko")):
        sound(loads(text))


@settings(max_examples=150, deadline=None)
@given(st.lists(STORIES, min_size=1, max_size=3), st.booleans())
def test_the_richer_layout_of_any_story_parses_and_says_the_same(stories: list[Story], whole: bool) -> None:
    for text in parts(Reply(blocks_of(stories, whole=whole), "ko", rich=True)):
        part = loads(text)
        shown, _ = parse(part.rich, RICH_TAGS)
        assert len(shown) <= 32_768
        plain, _ = parse(part.html, TAGS)
        for word in plain.replace("\u2060", "").split():
            if word.isalnum():
                assert word in shown.replace("\u2060", "")


@settings(max_examples=100, deadline=None)
@given(STORIES)
def test_any_story_can_be_offered_in_any_chat(story: Story) -> None:
    reply = Reply(blocks_of([story], whole=False), "ko", link="s_2017-W47-1", source=story.source_url or "")
    result = json.loads(article(Offer("s_1", story.title, story.body[:100], reply), "JianbaoBot").to_json())

    parse(result["input_message_content"]["message_text"], TAGS)
    assert result["title"]
    for row in result.get("reply_markup", {}).get("inline_keyboard", ()):
        assert all(set(button) == {"text", "url"} for button in row)


def test_a_quotation_is_one_entity_and_stays_whole_over_a_cut() -> None:
    body = "한 문장이 여기 있다. " * 900
    made = [loads(text) for text in parts(Reply((Text(line("앞말")), Quote(line(body))), "ko"))]

    assert len(made) > 1
    for part in made[-2:]:
        assert [entity.tag for entity in sound(part)] == ["blockquote"]


def test_the_richer_layout_uses_the_tags_that_the_platform_names() -> None:
    blocks = (
        Heading("제목 <1>"),
        Card(line("카드"), (Text(line("첫째\n둘째")), Quote(line("긴 글")), Note(line("출처")))),
        Divider(),
        Buttons(()),
    )

    assert rich_html(blocks, "(1/2)", "ko") == (
        "<h3>제목 &lt;1&gt;</h3><h4>카드</h4><p>첫째</p><p>둘째</p>"
        "<details><summary>이어서 읽기</summary><p>긴 글</p></details><footer>출처</footer><hr/>"
        "<footer>(1/2)</footer>"
    )
    assert rich_html((Buttons(()), Text((Run(" "),))), "(1/2)", "ko") == ""
