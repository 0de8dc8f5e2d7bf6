"""/why STORY: its rank, the reasons, and who reported it."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.newsroom.desk import draft_of, freeze
from handlers.newsroom.events import _events
from handlers.words import texts
from store.bundle import Store
from store.model import LANGUAGES, Language
from tests.asks import a_store, plain, told
from tests.build import a_week
from tests.wire import SUNDAY, a_desk, wire


@pytest.fixture
async def store(tmp_path: Path) -> Store:
    store = a_desk(tmp_path, *wire()).store
    freeze(store, await draft_of(store, now=SUNDAY), now=SUNDAY)
    return store


async def test_a_story_tells_its_rank_reasons_and_reports(store: Store) -> None:
    shown = plain(await told(store, "/why 2026-W48-2", now=SUNDAY))
    title = store.library.stories_of("2026-W48")[1].title
    assert shown.startswith(f"‘{title}’")
    assert "매체 3곳이 다뤘습니다" in shown
    assert "이 소식을 처음 전한 보도" in shown
    assert "함께 묶은 까닭" in shown


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_story_can_be_explained_in_every_language(store: Store, language: Language) -> None:
    for story in store.library.stories_of("2026-W48"):
        shown = plain(await told(store, f"/why {story.id}", now=SUNDAY, language=language))
        assert story.title in shown
        assert "newsroom." not in shown


async def test_an_imported_story_says_that_nothing_ranked_it(tmp_path: Path) -> None:
    assert "순위를 매기지 않았습니다" in plain(await told(a_store(tmp_path, a_week()), "/why 2017-W47-1"))


async def test_an_edition_is_still_explained_as_before(tmp_path: Path) -> None:
    assert "2017-W47" in plain(await told(a_store(tmp_path, a_week()), "/why 2017-W47"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_event_has_a_word(language: Language) -> None:
    kinds = {kind.replace("-", "_") for kind in _events()[1].values()}
    assert {f"newsroom.event.{kind}" for kind in kinds} <= set(texts(language))


async def test_reports_past_their_keeping_are_told_as_such(store: Store) -> None:
    object.__setattr__(store, "feeds", None)
    assert "보관 기간이 지난 보도" in plain(await told(store, "/why 2026-W48-2", now=SUNDAY))
