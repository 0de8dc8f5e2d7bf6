"""/import: an issue in, previewed first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.errors import Refusal
from handlers.issue_import import import_
from handlers.issue_preview import problem_text
from handlers.message import Attachment
from handlers.reading import read
from handlers.weekly import plan
from store.bundle import Fetched, Store
from store.catalogue import Catalogue
from store.model import (
    LANGUAGES,
    Issue,
    Language,
    Problem,
    SubscriberState,
)
from tests.admins import EDITION, ISSUE, SLOT, a_chat, decide, decision, run, uploaded
from tests.asks import a_store, an_ask, buttons, plain
from tests.build import NOON, a_week
from tests.presses import the_button


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.library.close()
    store.ledger.close()


async def test_a_file_is_previewed_and_nothing_is_stored(store: Store) -> None:
    reply = await uploaded(store)
    text = plain(reply)

    assert text.startswith("미리 보기: ")
    assert "새 이야기 15개, 바뀐 이야기 0개, 빠지는 이야기 0개, 그대로 0개" in text
    assert "호수: 8" in text
    assert "2017-W47" in text
    assert "issue.txt" in text
    assert "[앱]" in text
    assert "샤오홍슈" in text
    assert store.library.edition_count() == 0
    assert store.ledger.audit() == ()


async def test_what_decides_is_signed_and_cancel_is_not(store: Store) -> None:
    reply = await uploaded(store)

    assert the_button(reply, decision(reply, "approve")).signed
    assert the_button(reply, decision(reply, "publish")).signed
    assert not the_button(reply, decision(reply, "cancel")).signed


async def test_approving_stores_and_does_not_publish(store: Store) -> None:
    reply = await decide(store, await uploaded(store), "approve")
    edition = store.library.edition(EDITION)

    assert edition is not None
    assert (edition.number, edition.published_at, edition.source) == (8, None, "issue.txt")
    assert store.library.story_count() == 15
    assert plain(reply).startswith("저장했습니다: ")
    assert store.ledger.audit()[0].what == "import"
    assert decision(reply, "publish") == f"/import publish {EDITION}"


async def test_an_approved_edition_is_published_by_its_button(store: Store) -> None:
    stored = await decide(store, await uploaded(store), "approve")
    reply = await decide(store, stored, "publish")
    edition = store.library.edition(EDITION)

    assert edition is not None
    assert edition.published_at == NOON
    assert plain(reply).startswith("발행했습니다: ")
    assert store.ledger.audit()[0].what == "publish"


async def test_approving_and_publishing_says_whom_it_reaches_and_when(store: Store) -> None:
    a_chat(store, 1)
    a_chat(store, 2)
    a_chat(store, 3, next_at=SLOT + timedelta(days=1))
    a_chat(store, 4, state=SubscriberState.PAUSED, next_at=None)
    a_chat(store, 5, last_edition="2026-W40")
    text = plain(await decide(store, await uploaded(store), "publish"))

    assert "대화방 3곳에 갑니다:" in text
    assert "11월 30일(월) 09:00 KST: 2곳" in text
    assert "12월 1일(화) 09:00 KST: 1곳" in text


async def test_only_the_first_moments_are_listed_and_the_rest_counted(store: Store) -> None:
    for day in range(7):
        a_chat(store, day + 1, next_at=SLOT + timedelta(days=day))
    text = plain(await decide(store, await uploaded(store), "publish"))

    assert "대화방 7곳에 갑니다:" in text
    assert "그 뒤: 2곳" in text


async def test_publishing_without_subscribers_says_so(store: Store) -> None:
    assert "대화방이 없습니다" in plain(await decide(store, await uploaded(store), "publish"))


async def test_a_published_issue_is_what_the_next_push_takes(store: Store) -> None:
    a_chat(store, 1)
    await decide(store, await uploaded(store), "publish")

    assert [booked.edition for booked in plan(store, now=SLOT).booked] == [EDITION]


async def test_a_preview_survives_a_restart(tmp_path: Path) -> None:
    first = a_store(tmp_path)
    reply = await uploaded(first)
    first.library.close()
    first.ledger.close()
    second = a_store(tmp_path)
    await decide(second, reply, "approve")

    assert second.library.edition(EDITION) is not None


async def test_approving_twice_does_it_once(store: Store) -> None:
    preview = await uploaded(store)
    await decide(store, preview, "approve")
    reply = await decide(store, preview, "approve")

    assert reply.tags["refused"] == "import.gone"
    assert "/import" in plain(reply)
    assert len(store.ledger.audit()) == 1


async def test_cancelling_drops_the_draft(store: Store) -> None:
    preview = await uploaded(store)
    reply = await decide(store, preview, "cancel")

    assert plain(reply).startswith("취소했습니다.")
    assert (await decide(store, preview, "approve")).tags["refused"] == "import.gone"
    assert store.library.edition_count() == 0


async def test_a_typed_approval_previews_again(store: Store) -> None:
    command = decision(await uploaded(store), "approve")
    reply = await run(store, command)

    assert plain(reply).startswith("미리 보기: ")
    assert store.library.edition_count() == 0


async def test_the_same_issue_again_is_nothing_new(store: Store) -> None:
    await decide(store, await uploaded(store), "publish")
    edition = store.library.edition(EDITION)
    reply = await uploaded(store, name="again.txt")

    assert plain(reply).startswith("새로운 것이 없습니다.")
    assert buttons(reply) == {}
    assert store.library.edition(EDITION) == edition


async def test_the_same_issue_again_may_still_be_published(store: Store) -> None:
    await decide(store, await uploaded(store), "approve")
    reply = await uploaded(store)
    await decide(store, reply, "publish")
    edition = store.library.edition(EDITION)

    assert edition is not None
    assert edition.published_at == NOON


async def test_a_new_number_of_the_edition_is_no_changed_story(store: Store) -> None:
    await decide(store, await uploaded(store), "approve")
    edition, stories = store.library.edition(EDITION), store.library.stories_of(EDITION)
    assert edition is not None
    store.library.put_edition(replace(edition, title="Other"), stories)
    text = plain(await uploaded(store))

    assert "바뀐 이야기 0개" in text
    assert f"{EDITION} 제목: Other →" in text


async def test_a_corrected_issue_shows_what_changed(store: Store) -> None:
    await decide(store, await uploaded(store), "publish")
    story = store.library.stories_of(EDITION)[1]
    word = story.body.split()[2]
    reply = await uploaded(store, ISSUE.replace(word, "고친낱말", 1))
    text = plain(reply)

    assert "바뀐 이야기 1개" in text
    assert f"{story.id} 본문:" in text
    assert [part for part in text.splitlines() if f"{story.id} 숫자:" in part] == []  # they only moved
    assert [command for command in buttons(reply).values() if "publish" in command] == []


async def test_a_correction_of_a_published_edition_is_stored_as_published(store: Store) -> None:
    await decide(store, await uploaded(store), "publish")
    word = store.library.stories_of(EDITION)[1].body.split()[2]
    reply = await decide(store, await uploaded(store, ISSUE.replace(word, "고친낱말", 1)), "approve")
    edition = store.library.edition(EDITION)

    assert "아직 발행하지 않아" not in plain(reply)
    assert buttons(reply) == {}
    assert edition is not None
    assert edition.published_at == NOON
    assert "고친낱말" in store.library.stories_of(EDITION)[1].body


async def test_an_item_that_is_gone_is_told(store: Store) -> None:
    await decide(store, await uploaded(store), "approve")
    last = next(story for story in reversed(store.library.stories_of(EDITION)) if story.title in ISSUE)
    reply = await uploaded(store, ISSUE[: ISSUE.rindex(last.title)])

    assert f"빠짐: {last.id}" in plain(reply)


async def test_an_older_issue_than_the_newest_is_flagged(store: Store) -> None:
    store.library.put_edition(*a_week("2026-W40"))

    assert "더 새로운 호(2026-W40)가 이미 있습니다." in plain(await uploaded(store))


async def test_the_text_of_an_issue_may_follow_the_command(store: Store) -> None:
    reply = await run(store, f"/import {ISSUE[:3500]}")

    assert plain(reply).startswith("미리 보기: ")
    assert "출처: telegram" in plain(reply)


async def test_one_line_is_no_issue(store: Store) -> None:
    reply = await run(store, "/import aprove 123")

    assert reply.tags["refused"] == "import.not_an_issue"
    assert "aprove 123" in plain(reply)


@pytest.mark.parametrize(
    "typed", ["https://news.example/8", "<https://news.example/8>", "<https://news.example/8|news.example/8>"]
)
async def test_an_address_is_fetched(store: Store, typed: str) -> None:
    asked: list[str] = []

    async def fetch(url: str) -> Fetched:
        asked.append(url)
        return Fetched(ISSUE.encode(), "text/plain; charset=utf-8", "https://news.example/final")

    reply = await run(replace(store, fetch=fetch), f"/import {typed}")

    assert asked == ["https://news.example/8"]
    assert "출처: https://news.example/final" in plain(reply)


async def test_what_fetching_refuses_is_told(store: Store) -> None:
    async def fetch(_url: str) -> Fetched:
        raise Refusal("import.no_fetch")

    reply = await run(replace(store, fetch=fetch), "/import https://news.example/8")

    assert reply.tags["refused"] == "import.no_fetch"


async def test_without_a_fetcher_addresses_are_refused(store: Store) -> None:
    assert (await run(store, "/import https://news.example/8")).tags["refused"] == "import.no_fetch"


async def test_without_anything_the_command_says_how(store: Store) -> None:
    reply = await run(store, "/import")

    assert reply.tags["refused"] == "import.nothing"
    assert "/import https://" in plain(reply)


async def test_a_file_that_is_no_text_is_refused(store: Store) -> None:
    ask = an_ask("/import", attachment=Attachment("scan.pdf", b"%PDF-1.7 \x00"))
    with pytest.raises(Refusal) as refused:
        await import_(ask, store)

    assert refused.value.key == "error.document_binary"
    assert refused.value.words["name"] == "scan.pdf"


async def test_a_typed_publish_of_a_stored_edition_asks_first(store: Store) -> None:
    await decide(store, await uploaded(store), "approve")
    question = await run(store, f"/import publish {EDITION}")
    edition = store.library.edition(EDITION)
    assert edition is not None
    assert edition.published_at is None
    await decide(store, question, "publish")
    edition = store.library.edition(EDITION)

    assert edition is not None
    assert edition.published_at == NOON


async def test_publishing_again_keeps_the_first_time(store: Store) -> None:
    await decide(store, await uploaded(store), "publish")
    reply = await run(store, f"/import publish {EDITION}", now=NOON + timedelta(days=1))
    edition = store.library.edition(EDITION)

    assert plain(reply).startswith("이미 발행된 호입니다")
    assert edition is not None
    assert edition.published_at == NOON


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_problem_names_its_line(language: Language) -> None:
    text = problem_text(Problem(12, "problem.unheard_of", "some words"), language)

    assert "12" in text
    assert "some words" in text


async def test_an_issue_is_read_again_when_names_change_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its stories would keep the old names for good."""
    seen: list[Catalogue] = []
    changed = Catalogue(store.catalogue.companies.values())

    def slow(text: str, catalogue: Catalogue, *, name: str) -> Issue:
        seen.append(catalogue)
        store.use(changed)
        return read(text, catalogue, name=name)

    before = store.catalogue
    monkeypatch.setattr("handlers.issue_import.read", slow)
    await uploaded(store)

    assert seen == [before, changed]
