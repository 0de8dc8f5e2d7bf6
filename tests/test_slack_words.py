"""Commands in our words, as they are typed on Slack."""

from __future__ import annotations

import pytest

from bot.slack_words import for_slack, typed_as
from handlers.message import (
    Bullets,
    Button,
    Buttons,
    Card,
    Heading,
    Note,
    Picture,
    Reply,
    Run,
    Text,
    line,
    link,
)


@pytest.mark.parametrize(
    ("ours", "slacks"),
    [
        ("/pause 2w", "/jianbao pause 2w"),
        ("멈추려면 /pause를 입력하세요", "멈추려면 /jianbao pause를 입력하세요"),
        ("(/search 매출)", "(/jianbao search 매출)"),
        ("/company meituan, /subscribe, /digest", "/company meituan, /subscribe, /digest"),
        ("https://e.example/search?q=1", "https://e.example/search?q=1"),
        ("/searching", "/searching"),
        ("/jianbao pause", "/jianbao pause"),
        ("./export", "./export"),
    ],
)
def test_only_a_command_without_a_name_of_its_own_gets_the_umbrella(ours: str, slacks: str) -> None:
    assert typed_as(ours, "/jianbao") == slacks


def test_every_word_of_ours_is_adapted_and_no_story_no_link_and_no_payload_is() -> None:
    story = Card(line("/pause"), (Text(line("/pause")),), (Button("/pause", "/pause"),))
    reply = Reply(
        (
            Heading("/pause"),
            Text(line("/pause", link("/pause", "https://e.example/pause"))),
            Note(line("/pause")),
            Bullets((line("/pause"),)),
            Buttons((Button("/pause", "/pause"),)),
            Picture("https://e.example/p.png", "/pause"),
            story,
        ),
        "ko",
    )
    heading, text, note, bullets, buttons, picture, card = for_slack(reply, "/j").blocks
    assert heading == Heading("/j pause")
    assert text == Text((Run("/j pause"), Run("/pause", url="https://e.example/pause")))
    assert (note, bullets) == (Note(line("/j pause")), Bullets((line("/j pause"),)))
    assert buttons == Buttons((Button("/j pause", "/pause"),))
    assert picture == reply.blocks[5]
    assert card == Card(story.title, story.blocks, (Button("/j pause", "/pause"),))
