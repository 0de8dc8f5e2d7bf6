"""The neutral reply as JSON."""

from __future__ import annotations

import base64
import json

from bot.reply_json import as_json
from handlers.message import Button, Buttons, File, Heading, Reply, Text, bold, line


def test_a_picture_goes_along_with_its_words_and_every_byte() -> None:
    data = bytes(range(256))
    reply = Reply((Text(line("▁█")),), "ko", file=File("trend.png", data, "image/png", alt="꺾은선 그래프"))

    body = json.loads(json.dumps(as_json(reply)))

    assert {**body["file"], "data": ""} == {
        "name": "trend.png", "content_type": "image/png", "alt": "꺾은선 그래프", "data": "",
    }  # fmt: skip
    assert base64.b64decode(body["file"]["data"]) == data


def test_a_file_without_words_has_none_and_a_reply_without_a_file_has_no_file() -> None:
    assert "alt" not in as_json(Reply((), "ko", file=File("a.json", b"{}")))["file"]
    assert set(as_json(Reply((Heading("제목"),), "ko"))) == {"language", "blocks"}


def test_blocks_name_their_type_and_leave_out_what_is_not_set() -> None:
    reply = Reply(
        (Text(line(bold("굵게"))), Buttons((Button("x", "/x"),))), "en", whisper=True, tags={"a": "b"}
    )

    assert as_json(reply) == {
        "language": "en",
        "blocks": [
            {"type": "text", "line": [{"type": "run", "text": "굵게", "bold": True}]},
            {"type": "buttons", "buttons": [{"type": "button", "label": "x", "command": "/x"}]},
        ],
        "whisper": True,
        "tags": {"a": "b"},
    }
