"""Rendering for Telegram: every message is one that the strict parser takes, and loses nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings, strategies as st

from bot.telegram_buttons import CARD_ROW, ROW
from bot.telegram_render import BUTTONS, CARD_BUTTONS, Part, loads, parts
from bot.telegram_text import ENTITIES, clean, safe_url, tidy, units as our_units
from handlers.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    Card,
    Divider,
    File,
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
from tests.fakes.telegram.markup import parse, units

HOSTILE = (
    "<b>굵게",
    "R&D & <script>alert(1)</script>",
    "<!channel> @everyone",
    "\u202egnp.exe\u202c 메이투안",
    "a\x00b\x07c\ud800d",
    "\u200b\u200d\ufeff\u2060",
    "e" + "\u0301" * 500,
    "👨‍👩‍👧" * 800,
    "가" * 9000,
    "&lt;b&gt; &#60;",
    "שלום עולם 3690",
    '"><a href="javascript:alert(1)">x</a>',
)


def rendered(*blocks: Block, **more: object) -> list[Part]:
    return [loads(part) for part in parts(Reply(blocks, "ko", **more))]  # type: ignore[arg-type]


def checked(part: Part) -> str:
    """The text of a part, once it is known that Telegram would take it."""
    text, entities = parse(part.html)
    assert text.strip() == text
    assert 0 < units(text) <= 4096
    assert len(part.html.encode()) <= 32_768
    assert len(entities) <= ENTITIES
    assert 0 < units(part.plain) <= 4096
    assert len([b for row in part.rows for b in row]) <= BUTTONS
    assert all(0 < len(row) <= ROW for row in part.rows)
    return text


def a_card(number: int, *, words: int = 30) -> Card:
    title = f"{number}. 메이투안이 {number}번째 소식을 전하다"
    body = " ".join(f"문장 {number}-{n}은 이렇게 끝난다." for n in range(words))
    return Card(
        line(link(title, f"https://news.example/{number}")),
        (Text(line(body)), Note(line("2017년 11월 22일"))),
        (Button(f"{number}번 읽기", f"/story 2017-W47-{number}"), Button("메이투안", "/company meituan")),
    )


def test_a_reply_is_one_message_of_telegrams_own_tags() -> None:
    (part,) = rendered(
        Heading("간보 <47>"),
        Text(line("본문 ", bold("굵은"), " & ", link("링크", "https://a.example/?x=1&y=2"))),
        Bullets((line("하나"), line("둘"))),
        Note(line("작은 글씨")),
    )

    assert part.html == (
        "<b>간보 &lt;47&gt;</b>\n\n"
        '본문 <b>굵은</b> &amp; <a href="https://a.example/?x=1&amp;y=2">링크</a>\n'
        "• 하나\n• 둘\n"
        "<i>작은 글씨</i>"
    )
    assert part.plain.startswith("간보 <47>\n\n본문 굵은 & 링크 (https://a.example/?x=1&y=2)")
    assert part.preview == ""


def test_fifteen_stories_split_between_cards_and_are_numbered() -> None:
    cards = [a_card(n, words=40) for n in range(1, 16)]

    made = rendered(Heading("간보 2017-W47"), *cards)

    texts = [checked(part) for part in made]
    assert len(made) > 1
    for at, text in enumerate(texts, 1):
        assert text.endswith(f"({at}/{len(texts)})")
    for number in range(1, 16):
        whole = [t for t in texts if f"{number}. 메이투안이" in t and f"문장 {number}-39은" in t]
        assert len(whole) == 1


def test_a_message_of_forty_stories_keeps_every_story_in_order() -> None:
    texts = [checked(part) for part in rendered(*(a_card(n) for n in range(1, 41)))]

    found = re.findall(r"^(\d+)\. 메이투안이", "\n".join(texts), re.MULTILINE)
    assert found == [str(n) for n in range(1, 41)]


def test_a_heading_never_ends_a_message() -> None:
    long = Text(line("가" * 4000))

    made = rendered(long, Heading("다음 묶음"), long)

    assert [("다음 묶음" in part.html) for part in made] == [False, True]
    assert parse(made[1].html)[0].startswith("다음 묶음\n\n가")


def test_a_card_too_long_for_a_message_is_cut_between_sentences() -> None:
    made = rendered(a_card(1, words=600))

    assert len(made) > 1
    for part in made:
        text = checked(part).rsplit("\n\n(", 1)[0]
        assert text.endswith((".", "22일"))
    assert made[0].rows == ()
    assert made[-1].rows != ()


def test_text_without_a_place_to_cut_is_cut_between_whole_signs() -> None:
    family = "👩🏽‍🚀"

    made = rendered(Text(line(family * 1500)))

    text = "".join(checked(part).rsplit("\n\n(", 1)[0] for part in made)
    assert text == family * 1500
    assert all(parse(part.html)[0].startswith("👩") for part in made)


def test_one_block_fills_at_most_five_messages() -> None:
    made = rendered(Text(line("가" * 100_000)))

    assert len(made) == 5
    assert "…" in checked(made[-1])


def test_more_formatting_than_telegram_keeps_goes_into_another_message() -> None:
    lines = tuple(line(link(f"링크 {n}", f"https://a.example/{n}"), " 끝") for n in range(250))

    made = rendered(Bullets(lines))

    assert sum(len(parse(part.html)[1]) for part in made) == 250
    assert all(len(parse(part.html)[1]) <= ENTITIES for part in made)


def test_long_addresses_do_not_make_the_source_too_large() -> None:
    lines = tuple(line(link("링크", "https://a.example/" + "x" * 2000 + str(n))) for n in range(60))

    for part in rendered(Bullets(lines)):
        checked(part)


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_become_harmless_text(title: str) -> None:
    made = rendered(Card(line(link(title, "https://news.example/1")), (Text(line(title)),)))

    for part in made:
        text = checked(part)
        assert not re.search("[\u202a-\u202e\u200b\x00-\x08\ud800-\udfff]", text)
        assert {e.tag for e in parse(part.html)[1]} <= {"a", "b"}


def test_a_title_that_looks_like_html_is_shown_as_it_is_written() -> None:
    (part,) = rendered(Text(line("&lt;b&gt; <b>x</b> &amp;")))

    assert checked(part) == "&lt;b&gt; <b>x</b> &amp;"


def test_writing_from_right_to_left_is_isolated() -> None:
    assert clean("שלום") == "\u2068שלום\u2069"
    assert clean("abc\u202edef") == "abcdef"


def test_clean_keeps_emoji_whole_and_folds_spaces() -> None:
    assert clean("1,000\u00a0위안 👨‍👩‍👧") == "1,000 위안 👨‍👩‍👧"
    assert clean("메\u200b이\u200d투안\u3164") == "메이투안"
    assert clean("가\r\n나\u2028다\n\n\n\n라") == "가\n나\n다\n\n라"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x?y=1&z=2", "https://a.example/x?y=1&z=2"),
        ("HTTP://A.example:8080/", "http://a.example:8080/"),
        ("https://메이투안.com/소식", "https://xn--h32bi4rwubvzs.com/%EC%86%8C%EC%8B%9D"),
        ("javascript:alert(1)", ""),
        ("tg://resolve?domain=x", ""),
        ("https://user:pw@a.example/", ""),
        ("https://a.example/\u202e", ""),
        ("https://a b.example/", ""),
        ("https://localhost/", ""),
        ("https://[::1", ""),
        ("https://a.example:99999/", ""),
        ("https://" + "a" * 3000, ""),
        ("https://a.example/" + "가" * 2000, ""),
        ("", ""),
    ],
)
def test_only_sound_web_addresses_are_linked(url: str, safe: str) -> None:
    assert safe_url(url) == safe


def test_a_link_that_is_not_sound_leaves_its_words() -> None:
    (part,) = rendered(Text(line(link("누르세요", "javascript:alert(1)"))))

    assert part.html == "누르세요"


def test_neighbours_of_one_style_are_one_entity() -> None:
    assert tidy((bold("가"), bold("나"), Run("다"))) == (bold("가나"), Run("다"))
    assert tidy((Run("x", bold=True, code=True, url="https://a.example/"),)) == (Run("x", code=True),)


def test_buttons_of_cards_are_gathered_under_their_message_each_command_once() -> None:
    made = rendered(
        *(a_card(n, words=60) for n in range(1, 8)), Buttons((Button("다음", "/digest 2017-W47 2"),))
    )

    assert len(made) > 1
    for part in made:
        assert all(len(row) <= CARD_ROW for row in part.rows)
        commands = [b.command for row in part.rows for b in row]
        assert len(commands) == len(set(commands))
        assert "/company meituan" in commands
        numbers = re.findall(r"^(\d+)\.", parse(part.html)[0], re.MULTILINE)
        assert [c for c in commands if c.startswith("/story")] == [f"/story 2017-W47-{n}" for n in numbers]
    assert made[-1].rows[-1] == (Button("다음", "/digest 2017-W47 2"),)


def test_rows_are_as_wide_as_a_telephone_and_short_labels_share_one() -> None:
    paging = tuple(Button(str(n), f"/digest {n}") for n in range(1, 9))
    long = (Button("메이투안 소식 모두 보기", "/a"), Button("알리바바 소식 모두 보기", "/b"))

    (part,) = rendered(Text(line("글")), Buttons(long), Buttons(paging))

    assert [len(row) for row in part.rows] == [1, 1, 8]


def test_a_button_is_left_out_when_telegram_would_refuse_it() -> None:
    (part,) = rendered(
        Text(line("글")),
        Buttons(
            (
                Button("나쁜 주소", url="javascript:alert(1)"),
                Button("없는 명령"),
                Button("\u200b", "/help"),
                Button("주소", url="https://a.example/"),
                Button("긴" * 60, "/long"),
            )
        ),
    )

    flat = [b for row in part.rows for b in row]
    assert [(b.label, b.command, b.url) for b in flat] == [
        ("/help", "/help", ""),
        ("주소", "", "https://a.example/"),
        ("긴" * 39 + "…", "/long", ""),
    ]


def test_more_than_a_hundred_buttons_keep_those_of_the_message() -> None:
    cards = tuple(
        Card(line("제목"), (), tuple(Button(f"{n}-{m}", f"/x {n} {m}") for m in range(9))) for n in range(20)
    )

    (part,) = rendered(*cards, Buttons((Button("다음", "/next"),)))

    flat = [b for row in part.rows for b in row]
    first = [f"{n}-{m}" for n in range(20) for m in range(9)][:CARD_BUTTONS]
    assert [b.label for b in flat] == [*first, "다음"]
    assert flat[-1].command == "/next"
    assert len([row for row in part.rows if row[0].command != "/next"]) == CARD_BUTTONS // CARD_ROW


def test_a_message_has_at_most_a_hundred_buttons() -> None:
    own = tuple(Button(str(n), f"/own {n}") for n in range(120))

    (part,) = rendered(a_card(1), Buttons(own))

    assert len([b for row in part.rows for b in row]) == BUTTONS


def test_labels_of_cards_are_cut_to_stand_three_in_a_row_but_never_made_alike() -> None:
    names = ("텐센트비디오", "Xiaohongshu", "징둥", "알리바바헬스 A", "알리바바헬스 B")
    cards = tuple(Card(line(name), (), (Button(name, f"/company id:{n}"),)) for n, name in enumerate(names))

    (part,) = rendered(*cards)

    labels = [b.label for row in part.rows for b in row]
    assert labels == ["텐센트비…", "Xiaohongs…", "징둥", "알리바바헬스 A", "알리바바헬스 B"]
    assert len(part.rows[0]) == CARD_ROW


def test_one_picture_is_previewed_large_alone_and_small_among_others() -> None:
    picture = Picture("https://img.example/1.png", "그림")

    (alone,) = rendered(Card(line("제목"), (picture, Text(line("글")))))
    (among,) = rendered(Card(line("제목"), (picture,)), Card(line("둘째"), (picture,)))

    assert (alone.preview, alone.large) == ("https://img.example/1.png", True)
    assert (among.preview, among.large) == ("https://img.example/1.png", False)


def test_a_short_text_is_the_caption_of_a_file_and_a_long_one_comes_before_it() -> None:
    file = File("export.json", b"{}")

    (short,) = rendered(Text(line("내보낸 자료")), file=file)
    long = rendered(Text(line("가" * 2000)), file=file)
    (bare,) = rendered(file=file)

    assert (short.html, short.file) == ("내보낸 자료", file)
    assert [part.file for part in long] == [None, file]
    assert bare == Part("", "", file=file)


PICTURE = File("trend.png", b"\x89PNG", "image/png", alt="꺾은선 그래프 <메이투안>")


def test_a_picture_is_captioned_with_the_text_and_its_own_words_at_the_end() -> None:
    (part,) = rendered(Text(line("메이투안 ▁█")), Buttons((Button("26주", "/trend x 26"),)), file=PICTURE)

    assert part.html == "메이투안 ▁█\n<i>꺾은선 그래프 &lt;메이투안&gt;</i>"
    assert part.file == PICTURE
    assert [[b.label for b in row] for row in part.rows] == [["26주"]]
    assert loads(part.dumps()) == part


@pytest.mark.parametrize("length", [1024, 1025])
def test_a_text_too_long_for_a_caption_follows_its_picture(length: int) -> None:
    own = units(f"\n{PICTURE.alt}")

    made = rendered(Text(line("가" * (length - own))), file=PICTURE)

    assert [part.file for part in made] == ([PICTURE] if length == 1024 else [PICTURE, None])
    assert PICTURE.alt in parse(made[0].html)[0]
    assert "가가" in made[-1].plain


def test_a_picture_without_words_and_text_stands_alone() -> None:
    bare = File("a.png", b"\x89PNG", "image/png")

    assert rendered(file=bare) == [Part("", "", file=bare)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone 보세요", "@\u2060everyone 보세요"),
        ("메이투안@durov", "메이투안@\u2060durov"),
        ("(@durov)", "(@\u2060durov)"),
        ("a@b.example", "a@b.example"),
        ("3 @ 5", "3 @ 5"),
        ("https://news.example/@somebody/1", "https://news.example/@somebody/1"),
        ("https://@durov", "https://@\u2060durov"),
        ("@\u200bdurov", "@\u2060durov"),
    ],
)
def test_a_name_after_an_at_calls_nobody_and_reads_the_same(text: str, shown: str) -> None:
    (part,) = rendered(Text(line(text)))

    assert parse(part.html)[0] == shown
    assert part.plain == shown
    assert shown.replace("\u2060", "") == clean(text)


def test_a_name_split_over_two_styles_calls_nobody_either() -> None:
    (part,) = rendered(Text(line("@", bold("durov"))))

    assert parse(part.html)[0] == "@\u2060durov"


def test_code_is_left_as_it_is() -> None:
    (part,) = rendered(Text(line(Run("@durov", code=True))))

    assert parse(part.html)[0] == "@durov"


@pytest.mark.parametrize(
    "blocks", [(), (Text(line("\u200b")),), (Buttons((Button("a", "/a"),)),), (Divider(),)]
)
def test_a_message_is_never_empty(blocks: tuple[Block, ...]) -> None:
    (part,) = rendered(*blocks)

    assert checked(part) == "…"


def test_a_divider_stands_between_and_never_at_the_end() -> None:
    (part,) = rendered(Text(line("위")), Divider(), Text(line("아래")), Divider())

    assert checked(part) == "위\n\n· · ·\n\n아래"


def test_a_part_survives_being_written_down() -> None:
    (text,) = parts(
        Reply(
            (Text(line("글")), Buttons((Button("지우기", "/forget yes", signed=True),))),
            "ko",
            file=File("a.json", b"\x00\xff"),
        )
    )

    part = loads(text)
    assert part.dumps() == text
    assert part.rows[0][0].signed
    assert part.file is not None
    assert part.file.data == b"\x00\xff"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"html":1}', '{"html":"","plain":"","rows":[[1]]}']
)
def test_what_is_no_part_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        loads(text)


anything = st.text(st.characters(codec=None), max_size=300)
runs = st.builds(
    Run,
    anything,
    bold=st.booleans(),
    italic=st.booleans(),
    code=st.booleans(),
    url=st.just("https://a.example/"),
)
lines = st.lists(runs, max_size=4).map(tuple)
small = st.one_of(st.builds(Text, lines), st.builds(Note, lines), st.builds(Heading, anything))
cards = st.builds(Card, lines, st.lists(st.builds(Text, lines), max_size=3).map(tuple))
long = st.builds(lambda run, n: Text(line(Run((run.text + ". ") * n))), runs, st.integers(1, 100))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(small, cards, long, st.just(Divider())), max_size=12).map(tuple))
def test_any_reply_becomes_messages_that_telegram_takes(blocks: tuple[Block, ...]) -> None:
    for text in parts(Reply(blocks, "ko")):
        json.dumps(json.loads(text), ensure_ascii=False).encode()
        checked(loads(text))


@settings(max_examples=100, deadline=None)
@given(anything)
def test_clean_is_settled_after_one_pass_but_for_isolation(text: str) -> None:
    once = clean(text).strip("\u2068\u2069")

    assert clean(once).strip("\u2068\u2069") == once
    assert our_units(once) == units(once)
    assert all(not 0xD800 <= ord(char) < 0xE000 for char in once)


def test_the_renderer_brings_in_no_library() -> None:
    """One answer on the command line renders without paying for the platform's library."""
    code = "import sys, bot.telegram_render; print({'telegram', 'httpx', 'aiohttp'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"
