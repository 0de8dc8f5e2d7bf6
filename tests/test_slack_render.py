"""Slack's rendering: within every limit, and nothing that outsiders wrote comes alive."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from bot.slack_render import filled, fitting, flat, parts, without_pictures, words_alone
from bot.slack_text import clean, cut_escaped, pieces, unescape, web_address
from handlers.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    Card,
    Divider,
    Heading,
    Note,
    Picture,
    Reply,
    Run,
    Text,
    bold,
    line,
    link,
)
from tests.fakes.slack.blocks import problems_of_message

Json = dict[str, Any]

HOSTILE = (
    "<b>굵게</b> & <!channel> <@U1> <#C1> <!subteam^S1> <https://evil.example|은행> "
    "*별* _밑줄_ ~줄~ `코드` :smile: @here \u202egnp.exe\u2066 a\u200bb \u0007 > 인용"
)
LIVE = re.compile(r"<[!@#]")


def messages(reply: Reply) -> list[Json]:
    return [filled(part, lambda button: button.command) for part in parts(reply)]


def story(number: int, words: str = "본문 한 문장이다. ") -> Card:
    return Card(
        line(bold(f"기사 {number}")),
        (Text(line(words * 12)), Note(line("2017-11-20 · ", link("원문", f"https://example.com/{number}")))),
        (Button("자세히", f"/story 2017-W47-{number}"),),
    )


def texts_of(message: Json) -> list[str]:
    """Every string that a reader may see, in order."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name in {"text", "alt_text"} and isinstance(inner, str):
                    found.append(inner)
                else:
                    walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(message["blocks"])
    return found


def test_a_digest_is_a_condensed_parent_and_one_reply_for_each_story_in_the_thread() -> None:
    summary = (Heading("47호 · 기사 15편"), Bullets(tuple(line(f"기사 {n}") for n in range(15))))
    reply = Reply((Heading("47호"), *(story(n) for n in range(15))), "ko", summary=summary)
    parent, *thread = messages(reply)
    assert "기사 14" in json.dumps(parent, ensure_ascii=False)
    assert "본문" not in json.dumps(parent, ensure_ascii=False)
    assert [json.dumps(m, ensure_ascii=False).count("/story ") for m in thread] == [1] * 15


def test_what_the_summary_begins_with_is_not_said_again_below_it() -> None:
    head = (Heading("47호"), Note(line("15편")))
    reply = Reply((*head, story(1), story(2)), "ko", summary=(*head, Bullets((line("기사 1"),))))
    parent, *thread = messages(reply)
    assert [b["type"] for b in parent["blocks"]] == ["header", "context", "rich_text"]
    assert texts_of(thread[0])[0] == "기사 1"
    assert "47호" not in json.dumps(thread, ensure_ascii=False)


def test_a_heading_never_ends_a_message_whose_stories_stand_in_the_next() -> None:
    cards = [story(n) for n in range(5)]
    reply = Reply((*cards, Heading("다른 소식"), *cards), "ko", summary=(Heading("요약"),))
    first = [m["blocks"][0]["type"] for m in messages(reply)]
    assert first == ["header", *["rich_text"] * 5, "header", *["rich_text"] * 4]
    assert all(m["blocks"][-1]["type"] != "header" for m in messages(reply)[1:])


def test_forty_stories_are_split_between_stories_only() -> None:
    reply = Reply(tuple(story(n) for n in range(40)), "ko", summary=(Heading("요약"),))
    thread = messages(reply)[1:]
    assert len(thread) == 40
    shown = [text for m in thread for text in texts_of(m) if text.startswith("기사 ")]
    assert shown == [f"기사 {n}" for n in range(40)]


def test_a_story_too_long_for_a_message_goes_on_under_its_title_and_loses_no_word() -> None:
    words = [f"단어{n}." for n in range(6000)]
    [card] = [Card(line("긴 기사"), (Text(line(" ".join(words))),))]
    sent = messages(Reply((card,), "ko"))
    assert len(sent) > 1
    assert [texts_of(m)[:2] for m in sent] == [
        ["긴 기사", f" ({n}/{len(sent)})"] for n in range(1, len(sent) + 1)
    ]
    body = " ".join(text for m in sent for text in texts_of(m)[2:])
    assert body.split() == words


def test_words_of_outsiders_stand_where_slack_parses_nothing_and_show_as_they_were() -> None:
    reply = Reply((Heading(HOSTILE), Card(line(HOSTILE), (Text(line(HOSTILE)), Note(line(HOSTILE))))), "ko")
    [message] = messages(reply)
    assert not LIVE.search(json.dumps(message, ensure_ascii=False))
    assert "mrkdwn" not in json.dumps(message["blocks"])
    body = "".join(e["text"] for e in message["blocks"][2]["elements"][0]["elements"])
    assert body == clean(HOSTILE)
    assert unescape(message["text"].split("\n")[0]) == " ".join(clean(HOSTILE).split())


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\u200f", "\u0007", "\ufeff", "\x00"])
def test_direction_marks_zero_width_and_control_characters_are_gone(sign: str) -> None:
    reply = Reply(
        (Heading(f"a{sign}b"), Text(line(f"c{sign}d")), Buttons((Button(f"e{sign}f", "/x"),))), "ko"
    )
    assert sign not in "".join(parts(reply))


def test_a_note_with_formatting_signs_beside_its_link_is_not_left_to_mrkdwn() -> None:
    [plain] = messages(
        Reply((Note(line("2017-11-20 ", link("원문", "https://example.com/a?b=1&c=2"))),), "ko")
    )
    assert plain["blocks"][0]["elements"][0] == {
        "type": "mrkdwn",
        "text": "2017-11-20 <https://example.com/a?b=1&amp;c=2|원문>",
        "verbatim": True,
    }
    [tricky] = messages(Reply((Note(line("*별* ", link("원문", "https://example.com"))),), "ko"))
    assert tricky["blocks"][0]["type"] == "rich_text"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "tg://x", "http://", "", "file:///etc/passwd", "https://a\nb"]
)
def test_what_is_no_web_address_becomes_no_link_no_button_and_no_picture(url: str) -> None:
    reply = Reply(
        (Text(line(link("문", url))), Picture(url, "그림"), Buttons((Button("열기", url=url or "x:"),))), "ko"
    )
    [message] = messages(reply)
    assert [b["type"] for b in message["blocks"]] == ["rich_text", "context"]
    assert "url" not in message["blocks"][0]["elements"][0]["elements"][0]


def test_an_address_cannot_leave_its_link() -> None:
    assert web_address("https://a.example/x|y>z<!channel>") == "https://a.example/x%7Cy%3Ez%3C!channel%3E"


def test_a_button_with_a_short_label_is_spoken_in_full() -> None:
    buttons = (Button("3번", "/story 3", spoken="3번: " + "긴 제목 " * 30), Button("설정", "/settings"))
    [part] = parts(Reply((Buttons(buttons),), "ko"))
    short, plain = filled(part, lambda button: button.command)["blocks"][0]["elements"]
    assert short["accessibility_label"].startswith("3번: 긴 제목")
    assert "accessibility_label" not in plain
    assert problems_of_message({"blocks": [{"type": "actions", "elements": [short, plain]}]}) == []


def test_buttons_have_their_own_ids_and_carry_their_commands() -> None:
    buttons = tuple(Button(f"버튼 {n}", f"/company c{n}") for n in range(40))
    [part] = parts(Reply((Buttons(buttons),), "ko"))
    message = filled(part, lambda _: "never asked for")
    elements = [e for b in message["blocks"] for e in b["elements"]]
    assert [len(b["elements"]) for b in message["blocks"]] == [25, 15]
    assert len({e["action_id"] for e in elements}) == 40
    assert [e["value"] for e in elements] == [button.command for button in buttons]
    assert filled(part, lambda _: "") is message


def test_what_is_signed_or_long_is_made_every_time_it_is_sent() -> None:
    signed, short = Button("지우기", "/forget yes", signed=True), Button("회사", "/company a")
    long = Button("다음", "/search " + "가" * 60)
    linked = Button("열기", url="https://news.example/")
    [part] = parts(Reply((Text(line("글")), Buttons((signed, short, long, linked))), "ko"))
    for moment in ("1", "2"):
        seen: list[Button] = []

        def value(button: Button) -> str:
            seen.append(button)  # noqa: B023 - called here and now
            return f"{button.command}~{moment}"  # noqa: B023

        elements = filled(part, value)["blocks"][-1]["elements"]
        assert [e.get("value") for e in elements] == [
            f"/forget yes~{moment}",
            "/company a",
            f"{long.command}~{moment}",
            None,
        ]
        assert seen == [signed, long]


def test_a_long_label_and_a_long_heading_are_cut_or_shown_in_another_way() -> None:
    [message] = messages(Reply((Heading("가" * 151), Buttons((Button("나" * 90, "/x"),))), "ko"))
    assert message["blocks"][0]["type"] == "rich_text"
    assert message["blocks"][1]["elements"][0]["text"]["text"] == "나" * 74 + "…"


def test_nothing_to_say_is_still_a_message() -> None:
    assert len(parts(Reply((), "ko"))) == 1
    assert len(parts(Reply((Text(line("\u200b")),), "ko"))) == 1


def test_a_refused_message_can_be_sent_without_pictures_and_as_words_alone() -> None:
    [message] = messages(Reply((Text(line("말")), Picture("https://example.com/p.png", "그림")), "ko"))
    assert [b["type"] for b in without_pictures(message)["blocks"]] == ["rich_text"]
    assert words_alone(message) == {"text": "말", "blocks": []}


def test_only_what_fits_is_kept_of_many_blocks() -> None:
    blocks = [{"type": "divider"}] * 40
    assert len(fitting(blocks, 190)) == 10  # each takes 18 characters and a comma
    assert fitting(blocks, 5) == []


def test_without_a_thread_the_same_stories_take_fewer_messages() -> None:
    reply = Reply(tuple(story(n) for n in range(15)), "ko", summary=(Heading("요약"),))
    assert len(flat(reply)) < len(parts(reply))


def test_the_fallback_is_cut_between_lines_and_never_inside_an_escape() -> None:
    assert cut_escaped("ab&amp;cd", 4) == "ab…"
    assert cut_escaped("ab <https://a.example|b> c", 10) == "ab …"
    [message] = [json.loads(p) for p in parts(Reply((Heading("제목"), Text(line("긴 말. " * 500))), "ko"))]
    assert message["text"].startswith("제목\n")


words = st.text(st.characters(codec="utf-8"), max_size=400) | st.sampled_from(
    [HOSTILE, "가" * 3100, '"\\' * 1500, "<!channel>" * 300, "x. " * 2000, "\n" * 50, "&" * 2999]
)
runs = st.builds(
    Run,
    words,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "https://e.example/" + "p" * 900, "ftp://x"]),
)
lines = st.lists(runs, max_size=5).map(tuple)
buttons = st.builds(Button, words, st.just("/company meituan 2"), st.sampled_from(["", "https://e.example"]))
plain_blocks = st.one_of(
    st.builds(Text, lines),
    st.builds(Note, lines),
    st.builds(Bullets, st.lists(lines, max_size=8).map(tuple)),
    st.builds(Picture, st.sampled_from(["https://e.example/p.png", "x"]), words),
)
cards = st.builds(
    Card, lines, st.lists(plain_blocks, max_size=4).map(tuple), st.lists(buttons, max_size=5).map(tuple)
)
anything: st.SearchStrategy[Block] = st.one_of(
    plain_blocks,
    cards,
    st.builds(Heading, words),
    st.builds(Buttons, st.lists(buttons, max_size=30).map(tuple)),
    st.just(Divider()),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(anything, max_size=12), st.lists(anything, max_size=3))
def test_whatever_is_said_every_message_is_one_that_slack_takes(
    blocks: list[Block], summary: list[Block]
) -> None:
    for message in messages(Reply(tuple(blocks), "ko", summary=tuple(summary))):
        assert problems_of_message(message) == []
        assert len(json.dumps(message["blocks"], ensure_ascii=False, separators=(",", ":"))) < 12_000
        assert not LIVE.search(json.dumps(message, ensure_ascii=False))


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=600), st.integers(5, 50))
def test_pieces_are_short_enough_and_lose_nothing_but_blanks(text: str, limit: int) -> None:
    cut = pieces(text, limit)
    assert all(0 < len(piece) <= limit for piece in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())
