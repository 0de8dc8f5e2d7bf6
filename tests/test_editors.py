"""What editors type: /review, /correct, /drop, /move, /publish, /insights, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.answer import answer
from handlers.by_hand import kept
from handlers.publish_cmd import publish_due
from handlers.reminder import hungry, remind
from handlers.reread import again
from store.bundle import Store
from store.edits import Publication
from store.model import LANGUAGES, Chat, Language, Story, Subscriber, SubscriberState
from tests.admins import decide, run, uploaded
from tests.asks import a_store, an_ask, anyone, buttons, plain, told
from tests.build import NOON
from tests.fake_door import FakeDoor
from tests.presses import press

STORY = "2017-W47-5"
ADMIN = Chat("telegram", "100", "9")


@pytest.fixture
async def store(tmp_path: Path) -> Iterator[Store]:  # type: ignore[misc]
    store = a_store(tmp_path)
    await decide(store, await uploaded(store), "approve")
    yield store
    store.library.close()
    store.ledger.close()


def story(store: Store, name: str = STORY) -> Story:
    found = store.library.story(name)
    assert found is not None
    return found


COMMANDS = [
    "/review",
    f"/correct {STORY} title x",
    f"/drop {STORY}",
    f"/move {STORY} 1",
    "/publish",
    "/insights",
]


@pytest.mark.parametrize("text", COMMANDS)
async def test_only_those_who_run_the_bot_may(store: Store, text: str) -> None:
    before = story(store)
    reply = await answer(an_ask(text), store, manages=anyone)
    assert reply is not None
    assert reply.tags["refused"] == "answer.admins_only"
    assert story(store) == before


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_answer_is_there_in_every_language(store: Store, language: Language) -> None:
    texts = [*COMMANDS, "/review 99", "/correct", "/correct x title y", f"/correct {STORY} titel", "/drop x",
             f"/correct {STORY} company", f"/correct {STORY} summary", f"/correct {STORY} body", "/move x",
             f"/correct {STORY} company + 없는회사다", "/publish 9999", "/publish 2017-W47",
             "/publish 2017-W47 mon 09:00", "/publish 2017-W47 2001-01-01T00:00", "/publish 2017-W47 cancel",
             "/publish 2017-W47 cancel", "/insights 99", "/insights miss 메퇀"]  # fmt: skip
    for text in texts:
        assert plain(await run(store, text, client_language=language)), text


async def test_a_review_goes_from_the_first_story_to_the_last(store: Store) -> None:
    reply = await run(store, "/review")
    seen = [plain(reply).splitlines()[0]]
    while "다음 이야기" in buttons(reply):
        reply = await press(store, reply, buttons(reply)["다음 이야기"], admin=True)
        seen.append(plain(reply).splitlines()[0])
    count = len(store.library.stories_of("2017-W47"))
    assert [line.split(" ")[0] for line in seen] == [f"{n}/{count}" for n in range(1, count + 1)]
    assert "이전 이야기" in buttons(reply)
    assert reply.replace


async def test_a_review_shows_companies_figures_and_what_is_odd(store: Store) -> None:
    shown = plain(await run(store, f"/review {STORY}"))
    assert "메이투안 (meituan)" in shown
    assert "20만 위안" in shown
    await run(store, f"/correct {STORY} body 짧다.")
    assert "본문이 거의 없습니다" in plain(await run(store, f"/review {STORY}"))


async def test_a_title_is_read_again_and_audited(store: Store) -> None:
    reply = await run(store, f"/correct {STORY} title 텐센트가 3억 위안을 썼다")
    assert "고쳤습니다" in plain(reply)
    found = story(store)
    assert found.title == "텐센트가 3억 위안을 썼다"
    assert "tencent" in found.companies
    assert "3억 위안" in [figure.raw for figure in found.figures]
    [line, *_] = store.ledger.audit()
    assert (line.what, STORY in line.detail) == ("correct", True)
    assert "텐센트가" in plain(await told(store, f"/story {STORY}"))
    assert STORY in [s.id for s in store.library.stories_about("tencent").stories]


async def test_a_company_is_added_and_struck_and_stays_so_when_read_again(store: Store) -> None:
    await run(store, f"/correct {STORY} company + 텐센트")
    reply = await run(store, f"/correct {STORY} company")
    await press(store, reply, f"/correct {STORY} company - id:meituan", admin=True)
    found = story(store)
    assert "tencent" in found.companies
    assert "meituan" not in found.companies
    assert kept(found, again(found, store.catalogue), store.catalogue) == found.mentions
    await run(store, f"/correct {STORY} title 메이투안 이야기")
    assert "meituan" not in story(store).companies
    await run(store, f"/correct {STORY} company + 메이투안")
    assert "meituan" in story(store).companies


async def test_a_summary_of_ones_own_is_what_a_digest_says(store: Store) -> None:
    body = story(store).body
    await run(store, f"/correct {STORY} summary 편집자가 쓴 요약이다.")
    assert "편집자가 쓴 요약이다." in plain(await told(store, "/digest 2017-W47"))
    assert story(store).body == body
    await run(store, f"/correct {STORY} summary -")
    assert "편집자가 쓴 요약이다." not in plain(await told(store, "/digest 2017-W47"))


async def test_a_drop_asks_first_and_renumbers(store: Store) -> None:
    count = len(store.library.stories_of("2017-W47"))
    question = await run(store, f"/drop {STORY}")
    assert len(store.library.stories_of("2017-W47")) == count
    await press(store, question, f"/drop {STORY}", admin=True)
    left = store.library.stories_of("2017-W47")
    assert STORY not in [each.id for each in left]
    assert [each.order for each in left] == list(range(1, count))
    again_ = await run(store, f"/drop {STORY}")
    assert again_.tags["refused"] == "correct.unknown"


async def test_a_story_is_moved_by_number_and_by_button(store: Store) -> None:
    await run(store, f"/move {STORY} 2")
    assert story(store).order == 2
    reply = await run(store, f"/review {STORY}")
    await press(store, reply, f"/move {STORY} down", admin=True)
    assert story(store).order == 3
    await run(store, f"/move {STORY} 999")
    assert story(store).order == len(store.library.stories_of("2017-W47"))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("월 09:00", datetime(2026, 11, 30, 0, tzinfo=UTC)),
        ("tue 7pm", datetime(2026, 11, 24, 10, tzinfo=UTC)),
        ("2026-11-24T09:00", datetime(2026, 11, 24, 0, tzinfo=UTC)),
        ("2026-11-24 09:00+00:00", datetime(2026, 11, 24, 9, tzinfo=UTC)),
    ],
)
async def test_an_edition_is_published_at_its_time(store: Store, text: str, at: datetime) -> None:
    reply = await run(store, f"/publish 2017-W47 {text}")
    assert store.ledger.publications()[0].at == at
    assert "2017-W47" in plain(await run(store, "/status"))
    assert publish_due(store, now=at - timedelta(seconds=1)) == ()
    [edition] = publish_due(store, now=at + timedelta(hours=3))
    assert edition.published_at == at
    assert store.ledger.publications() == ()
    assert store.ledger.audit()[0].what == "publish"
    assert "취소" in plain(reply) or "예약 취소" in buttons(reply)


async def test_a_planned_publication_is_taken_back(store: Store) -> None:
    reply = await run(store, "/publish 2017-W47 월 09:00")
    await press(store, reply, "/publish 2017-W47 cancel", admin=True)
    assert publish_due(store, now=NOON + timedelta(days=30)) == ()
    assert store.library.edition("2017-W47").published_at is None  # type: ignore[union-attr]


async def test_publishing_now_asks_first(store: Store) -> None:
    question = await run(store, "/publish 2017-W47 now")
    assert store.library.edition("2017-W47").published_at is None  # type: ignore[union-attr]
    await press(store, question, "/publish 2017-W47 now", admin=True)
    assert store.library.edition("2017-W47").published_at == NOON  # type: ignore[union-attr]


async def test_insights_count_answers_and_offer_an_alias_for_a_miss(store: Store) -> None:
    for _ in range(2):
        await told(store, "/company 메이투안")
    await told(store, "텐센트")
    await told(store, f"/story {STORY}")
    await told(store, "/latest")
    await told(store, "/company 메이퇀유쉔쉔")
    reply = await run(store, "/insights")
    shown = plain(reply)
    assert "메이투안: 2번" in shown
    assert "텐센트: 1번" in shown
    assert f"({STORY}): 1번" in shown
    assert "(2017-W47): 1번" in shown
    miss = next(command for command in buttons(reply).values() if command.startswith("/insights miss"))
    which = await press(store, reply, miss, admin=True)
    assert "/alias add" in plain(which)


def due(store: Store, at: datetime, last: str = "") -> None:
    store.ledger.put_subscriber(
        Subscriber(Chat("telegram", "100", "1"), state=SubscriberState.ACTIVE, next_at=at, last_edition=last)
    )


async def test_a_missing_edition_is_told_once_the_day_before(store: Store) -> None:
    slot = NOON + timedelta(hours=20)
    due(store, slot)
    door = FakeDoor()
    assert hungry(store, now=NOON - timedelta(hours=5)) is None
    assert hungry(store, now=NOON) == (slot, 1)
    assert remind(store, {"telegram": door}, [ADMIN], now=NOON) == 1
    assert remind(store, {"telegram": door}, [ADMIN], now=NOON + timedelta(hours=1)) == 0
    [row] = store.ledger.deliveries(ADMIN)
    assert (row.parts, row.week[-9:]) == (1, "+reminder")


async def test_no_reminder_where_an_edition_comes_by_itself(store: Store) -> None:
    due(store, NOON + timedelta(hours=20))
    store.ledger.put_publication(Publication("2017-W47", NOON + timedelta(hours=10), "x"))
    assert hungry(store, now=NOON) is None
    store.ledger.drop_publication("2017-W47")
    store.library.publish_edition("2017-W47", NOON - timedelta(hours=1))
    assert hungry(store, now=NOON) is None
    due(store, NOON + timedelta(hours=20), last="2017-W47")
    assert hungry(store, now=NOON) is not None


def test_a_story_keeps_what_an_editor_said_over_a_restart(tmp_path: Path) -> None:
    from tests.build import a_story, an_edition

    one = replace(a_story(), summary="짧게", struck=("tencent",))
    store = a_store(tmp_path, (an_edition(stories=[one]), [one]))
    store.library.close()
    store.ledger.close()
    store = a_store(tmp_path)
    assert store.library.story(one.id) == one
    store.library.close()
    store.ledger.close()
