"""/draft: seeing the coming edition, and an editor's choices about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.message import Reply
from handlers.newsroom.desk import draft_of
from store.bundle import Store
from tests.asks import a_store, buttons, plain, told
from tests.presses import press
from tests.wire import SUNDAY, a_desk, wire

EDITOR = {"now": SUNDAY, "admin": True}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_desk(tmp_path, *wire()).store


async def said(store: Store, text: str) -> Reply:
    return await told(store, text, **EDITOR)


async def ids(store: Store) -> list[str]:
    return [one.coverage.id for one in (await draft_of(store, now=SUNDAY)).placed]


async def test_the_draft_tells_when_it_is_for_and_why_each_story_is_in_it(store: Store) -> None:
    lines = plain(await said(store, "/draft")).splitlines()
    assert lines[0].startswith("11월 23일(월) 09:00 KST에 보낼 호의 초안입니다. 이야기 15개")
    assert len([line for line in lines if "매체" in line and "곳이 다뤘습니다" in line]) == 15
    assert lines[-1] == "편집자가 발행을 눌러야 나갑니다."


async def test_only_an_admin_sees_it(store: Store) -> None:
    assert "초안입니다" not in plain(await told(store, "/draft", now=SUNDAY))


async def test_a_story_shows_its_reports_and_what_ties_them(store: Store) -> None:
    shown = plain(await said(store, "/draft 1"))
    assert "같은 소식으로 묶은 보도 4건" in shown
    assert "함께 묶은 까닭: 42억 위안 · 161% · 유니트리" in shown


async def test_dropping_moving_and_writing(store: Store) -> None:
    first, second, third = (await ids(store))[:3]
    await said(store, "/draft 1 drop")
    assert first not in (await ids(store))
    await said(store, "/draft 2 move 1")
    assert (await ids(store))[:2] == [third, second]
    shown = plain(await said(store, "/draft 1 title 새 제목"))
    assert "1. 새 제목" in shown
    await said(store, "/draft 1 text 편집자가 쓴 글이다. 메이투안이 3억 위안을 냈다.")
    done = await press(store, await said(store, "/draft keep"), "/draft keep", **EDITOR)
    assert "아직 발행하지 않았습니다" in plain(done)
    story = store.library.stories_of("2026-W48")[0]
    assert (story.title, story.companies) == ("새 제목", ("meituan",))
    assert [figure.raw for figure in story.figures] == ["3억 위안"]


async def test_a_spare_story_can_be_added_and_everything_undone(store: Store) -> None:
    spare = (await draft_of(store, now=SUNDAY)).spare[0].coverage.id
    before = await ids(store)
    assert "16. " in plain(await said(store, "/draft spare"))
    await said(store, "/draft 16 add")
    assert spare in (await ids(store))
    await press(store, await said(store, "/draft"), "/draft reset", **EDITOR)
    assert (await ids(store)) == before


async def test_a_button_still_means_its_story_after_others_moved(store: Store) -> None:
    shown = await said(store, "/draft")
    second = (await ids(store))[1]
    await said(store, "/draft 1 drop")
    one = await press(store, shown, f"/draft id:{second}", **EDITOR)
    await press(store, one, f"/draft id:{second} drop", **EDITOR)
    assert second not in (await ids(store))


async def test_publishing_takes_a_press_and_goes_the_usual_way(store: Store) -> None:
    asked = await said(store, "/draft publish")
    assert store.library.edition_count() == 0
    done = await press(store, asked, "/draft publish", **EDITOR)
    assert "2026-W48" in plain(done)
    newest = store.library.newest_published(until=SUNDAY)
    assert newest is not None
    assert newest.id == "2026-W48"
    assert plain(await said(store, "/draft")).startswith("아직 초안에 넣을 이야기가 없습니다")


async def test_a_draft_that_is_not_frozen_is_in_no_answer(store: Store) -> None:
    assert "유니트리" not in plain(await told(store, "/latest", now=SUNDAY))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/draft 99", "99번 이야기가 없습니다"),
        ("/draft 1 explode", "알아듣지 못했습니다"),
        ("/draft 1 move up", "알아듣지 못했습니다"),
        ("/draft id:99999 drop", "이제 초안에 없습니다"),
        ("/draft 0 drop", "0번 이야기가 없습니다"),
    ],
)
async def test_what_cannot_be_done_says_what_can(store: Store, text: str, words: str) -> None:
    before = await ids(store)
    assert words in plain(await said(store, text))
    assert (await ids(store)) == before


async def test_without_feeds_there_is_no_draft(tmp_path: Path) -> None:
    assert "피드를 읽지 않아" in plain(await said(a_store(tmp_path), "/draft"))


async def test_every_language_has_its_words(store: Store) -> None:
    for language, words in (("en", "The draft for"), ("zh", "的简报草稿")):
        reply = await told(store, "/draft", **EDITOR, language=language)
        assert words in plain(reply)
        assert len(buttons(reply)) == 18
