"""`jianbao feed test` and `jianbao feeds`, as others call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from handlers.feed_lists import default_rows
from handlers.feed_parsed import FeedError
from store.feeds import Seen
from tests.feed_site import rss


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def test_feed_test_reads_and_stores_nothing(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "f.xml").write_bytes(rss("b", "b", "a"))

    assert main(["feed", "test", "f.xml", "--json"]) == 0

    found = json.loads(capfdbinary.readouterr().out)
    assert set(found) == {"title", "entries", "problems"}
    assert found["title"] == "소식"
    assert [entry["title"] for entry in found["entries"]] == ["b", "b", "a"]  # as they stand: not sorted out
    assert found["entries"][2] == {
        "title": "a", "url": "https://news.example/a", "published": None, "text": "글 a",
    }  # fmt: skip
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("f.opml", b"<opml/>", "error.feed_opml"),
        ("f.html", b"<html></html>", "error.feed_html"),
        ("none", None, "cli.file"),
    ],
)
def test_what_is_no_feed_is_a_problem(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], name: str, body: bytes | None, reason: str
) -> None:
    if body is not None:
        (tmp_path / name).write_bytes(body)

    assert main(["feed", "test", name, "--json"]) == 1

    said = capfdbinary.readouterr()
    found = json.loads(said.out)
    assert (found["title"], found["entries"]) == ("", [])
    assert [problem["reason"] for problem in found["problems"]] == [reason]
    assert found["problems"][0]["text"] in said.err.decode()


def test_lists_come_in_and_go_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["feeds", "import", "defaults"]) == 0
    assert "20개를 더했습니다" in capfd.readouterr().out
    assert main(["feeds", "export"]) == 0
    (tmp_path / "all.opml").write_text(capfd.readouterr().out, "utf-8")
    assert main(["feeds", "import", "all.opml"]) == 0
    assert "0개를 더했습니다. 이미 있던 것 20개" in capfd.readouterr().out
    assert main(["feeds"]) == 0
    assert capfd.readouterr().out.startswith("1\tactive\t-\thttps://36kr.com/feed\t36氪\n")
    assert main(["feeds", "import"]) == 1
    assert "OPML 파일이 없습니다" in capfd.readouterr().err


def test_every_default_source_can_be_tried(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    """A line each; one that cannot be read is said with its reason, and the others go on."""
    broken = default_rows()[3]["url"]

    async def look(url: str, **_: object) -> Seen:
        if url == broken:
            raise FeedError("error.feed_html")
        return Seen(url, "소식", "ko", ())

    monkeypatch.setattr("bot.feed_look.look", look)
    assert main(["feed", "test", "defaults"]) == 1
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert len(lines) == len(default_rows())
    assert next(line for line in lines if line.startswith("-\t")).split("\t")[1] == broken
    assert lines.count(f"0\t{default_rows()[0]['url']}\t소식") == 1
    assert main(["feed", "test", "defaults", "--json"]) == 1
    rows = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [row["url"] for row in rows if "reason" in row] == [broken]
    assert not (tmp_path / "data").exists()
