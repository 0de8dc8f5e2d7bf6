"""Plain text for a terminal."""

from __future__ import annotations

from hypothesis import given, strategies as st

from bot.console_render import plain, render
from handlers.message import (
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

URL = "http://tech.example.com/i/doc.shtml?source=cj&dv=1"


def test_every_block_shows_its_words_and_every_address_stands_whole() -> None:
    reply = Reply(
        (
            Heading("메이투안"),
            Text(line("매출 ", bold("652억\u00a0위안"))),
            Bullets((line("하나"), line("둘"))),
            Divider(),
            Card(
                line(link("제목", URL)),
                (Note(line("11월 22일")), Picture("https://example.com/a.png", "그림")),
                (Button("팔로우", command="/follow id:meituan"),),
            ),
            Buttons((Button("원문", url=URL),)),
        ),
        "ko",
        file=File("export.json", b'{"a": 1}'),
    )

    text = render(reply)

    assert "■ 메이투안" in text
    assert "매출 652억 위안" in text
    assert "  • 하나\n  • 둘" in text
    assert f"제목 {URL}" in text
    assert "[그림] https://example.com/a.png" in text
    assert "[팔로우 → /follow id:meituan]" in text
    assert f"[원문 → {URL}]" in text
    assert '{"a": 1}' in text


def test_a_picture_puts_no_bytes_on_a_terminal() -> None:
    picture = File("trend.png", b"\x89PNG\r\n\x1a\n\x00\xff", "image/png", alt="꺾은선 그래프")

    assert render(Reply((Text(line("메이투안 ▁█")),), "ko", file=picture)) == "메이투안 ▁█"


def test_an_address_that_is_not_of_the_web_is_not_shown() -> None:
    reply = Reply((Text((Run("눌러 보세요", url="javascript:alert(1)"),)),), "ko")

    assert render(reply) == "눌러 보세요"


@given(st.text(max_size=200))
def test_no_text_can_move_the_cursor_or_turn_the_writing_round(text: str) -> None:
    shown = plain(text)

    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)
    assert not set("\u202e\u2066\u200b\x7f\x9b") & set(shown)
    shown.encode("utf-8")
