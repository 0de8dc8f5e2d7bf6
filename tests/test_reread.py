"""Past stories follow the names: in small steps, through restarts, each in one write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.settings import from_environment
from handlers import ingest
from handlers.ingest import apply, plan
from handlers.mentions import mentions
from handlers.reading import read
from handlers.reread import Rereading, again, with_lists
from handlers.sample import sample_text
from store.bundle import Store
from store.catalogue import load
from store.model import Chat, Mention, Story, Subscriber
from store.name_changes import NameChange
from store.names import Names
from tests.asks import a_store
from tests.build import NOON, a_story, an_edition

ADD = NameChange("add", "meituan", ko=("메퇀",), at=NOON)
MERGE = NameChange("merge", "wechat", "tencent", at=NOON)


def a_told(number: int, body: str) -> Story:
    """A story read with the shipped names."""
    story = a_story(f"2017-W47-{number}", companies=(), title="오늘의 소식", body=body)
    return replace(story, mentions=mentions(story.title, story.body, load()))


STORIES = tuple(
    a_told(number, body)
    for number, body in enumerate(
        ("메퇀이 로봇을 시험합니다.", "텐센트와 위챗의 소식.", "날씨가 좋습니다.", "어제 메퇀은 쉬었다."),
        start=1,
    )
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = opened(tmp_path)
    kept.library.put_edition(an_edition("2017-W47", STORIES), STORIES)
    yield kept
    kept.library.close()
    kept.ledger.close()


def opened(folder: Path) -> Store:
    names = Names(folder)
    return replace(a_store(folder), names=names, catalogue=names.catalogue)


def changed(store: Store, *changes: NameChange) -> Rereading:
    assert store.names is not None
    store.names.extend(changes)
    store.use(store.names.catalogue)
    return Rereading(store, store.names)


def finish(reading: Rereading) -> int:
    """How many steps it took."""
    steps = 1
    while reading.step(NOON):
        steps += 1
    return steps


def companies(store: Store) -> list[tuple[str, ...]]:
    return [story.companies for story in store.library.stories_of("2017-W47")]


def test_nothing_is_read_while_names_are_as_shipped(store: Store) -> None:
    """But from then on it is known with which names stories were read."""
    assert store.names is not None
    reading = Rereading(store, store.names)

    assert not reading.step(NOON)
    assert store.names.mark.version == store.names.version
    assert store.names.mark.finished_at == ""


def test_stories_that_read_otherwise_are_rewritten(store: Store) -> None:
    """One step a story; the count tells how many there were and how many changed."""
    reading = changed(store, ADD)

    assert finish(reading) == len(STORIES) + 1
    assert companies(store) == [("meituan",), ("tencent", "wechat"), (), ("meituan",)]
    assert store.library.stories_about("meituan").total == 2
    assert store.names is not None
    mark = store.names.mark
    assert (mark.reread, mark.changed, mark.finished_at) == (4, 2, NOON.isoformat())
    assert not reading.step(NOON)


def test_a_story_that_reads_the_same_is_not_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write each for those that changed, none for the others."""
    put: list[str] = []
    keep = type(store.library).put_story

    def noted(library: object, story: Story) -> None:
        put.append(story.id)
        keep(library, story)  # type: ignore[arg-type]

    monkeypatch.setattr(type(store.library), "put_story", noted)
    finish(changed(store, ADD))

    assert put == ["2017-W47-1", "2017-W47-4"]


@pytest.mark.parametrize("steps", range(len(STORIES) + 1))
def test_a_restart_in_the_middle_loses_nothing(tmp_path: Path, steps: int) -> None:
    """Wherever it stops, the next process begins again and comes to the same end."""
    first = opened(tmp_path)
    first.library.put_edition(an_edition("2017-W47", STORIES), STORIES)
    reading = changed(first, ADD)
    for _ in range(steps):
        assert reading.step(NOON)
    first.library.close()
    first.ledger.close()

    second = opened(tmp_path)
    assert second.names is not None
    assert second.names.pending
    finish(Rereading(second, second.names))

    assert companies(second) == [("meituan",), ("tencent", "wechat"), (), ("meituan",)]
    assert second.names.mark.version == second.names.version
    assert second.names.mark.reread == len(STORIES)
    assert 1 <= second.names.mark.changed <= 2
    second.library.close()
    second.ledger.close()


def test_a_change_while_reading_begins_anew(store: Store) -> None:
    """The end is that of the newest names."""
    reading = changed(store, ADD)
    assert reading.step(NOON)
    assert reading.step(NOON)
    assert store.names is not None
    store.names.extend([MERGE])
    assert not reading.step(NOON)  # not before others use the new names
    store.use(store.names.catalogue)
    finish(reading)

    assert companies(store) == [("meituan",), ("tencent",), (), ("meituan",)]
    assert store.names.mark.version == store.names.version


def test_undoing_in_the_middle_of_reading_reads_back_what_was_changed(tmp_path: Path) -> None:
    """Also when the bot was killed between."""
    first = opened(tmp_path)
    first.library.put_edition(an_edition("2017-W47", STORIES), STORIES)
    assert first.names is not None
    finish(Rereading(first, first.names))
    reading = changed(first, ADD)
    assert reading.step(NOON)
    assert companies(first)[0] == ("meituan",)
    first.library.close()
    first.ledger.close()

    second = opened(tmp_path)
    assert second.names is not None
    second.names.undo(ADD.ident)
    second.use(second.names.catalogue)
    finish(Rereading(second, second.names))

    assert second.library.stories_of("2017-W47") == STORIES
    assert second.names.mark.target == ""
    second.library.close()
    second.ledger.close()


def test_undoing_reads_stories_back(store: Store) -> None:
    """They are again what they were."""
    finish(changed(store, MERGE))
    assert companies(store)[1] == ("tencent",)
    assert store.names is not None
    store.names.undo(MERGE.ident)
    store.use(store.names.catalogue)
    finish(Rereading(store, store.names))

    assert store.library.stories_of("2017-W47") == STORIES


def test_a_merge_takes_follows_and_mutes_along(store: Store) -> None:
    """In every chat; and says in how many."""
    chats = [Chat("telegram", "100", str(number)) for number in range(120)]
    for number, chat in enumerate(chats):
        follows = ("didi", "wechat", "tencent") if number % 2 else ("didi",)
        store.ledger.put_subscriber(Subscriber(chat, follows=follows, created_at=NOON))
    finish(changed(store, MERGE))

    found = [store.ledger.subscriber(chat) for chat in chats]
    assert {each.follows for each in found if each} == {("didi", "tencent"), ("didi",)}
    assert store.names is not None
    assert store.names.mark.chats == 60


@pytest.mark.parametrize(
    ("follows", "mutes", "then"),
    [
        (("wechat",), (), (("tencent",), ())),
        ((), ("wechat",), ((), ("tencent",))),
        (("tencent", "wechat"), (), (("tencent",), ())),
        (("tencent",), ("wechat",), (("tencent",), ())),
        (("wechat",), ("tencent",), ((), ("tencent",))),
        (("didi",), ("ofo",), (("didi",), ("ofo",))),
    ],
)
def test_what_a_chat_said_of_the_company_that_stays_wins(
    follows: tuple[str, ...], mutes: tuple[str, ...], then: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    """No company is ever on both lists."""
    catalogue = load()
    merged = type(catalogue)(catalogue.companies.values(), moved={"wechat": "tencent"})
    subscriber = with_lists(Subscriber(Chat("console", "l", "1"), follows=follows, mutes=mutes), merged)

    assert (subscriber.follows, subscriber.mutes) == then


def test_reading_again_is_reading(store: Store) -> None:
    """Every story of the sample issue, with a printed title or without, reads as at its import."""
    change = plan(read(sample_text(), load()), store.library, now=NOON, source="sample")
    apply(change, store.library)

    assert [s.id for s in change.stories if again(s, load()) != s.mentions] == []


def test_a_story_without_a_printed_title_keeps_its_spans() -> None:
    """It is called by its first words, in which nothing is looked for a second time."""
    item = replace(read("텐센트가 새 게임을 냈다.", load()).items[0], title="")
    body = "텐센트가 새 게임을 냈다. 위챗도 바뀐다."
    title, moved = ingest.named(replace(item, body=body))
    found = tuple(
        Mention(m.company, m.surface, (m.span[0] + moved, m.span[1] + moved))
        for m in mentions("", body, load())
    )
    story = a_story(companies=(), title=title, body=body, mentions=found)

    assert again(story, load()) == found
    assert [f"{title}\n{body}"[slice(*m.span)] for m in found] == ["텐센트", "위챗"]


async def test_a_running_bot_reads_on_while_it_ticks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that a person writes into names.tsv is enough; a line that is none is left alone."""
    monkeypatch.setattr("os.environ", {"JIANBAO_DATA": str(tmp_path)})
    app: App = open_app(from_environment(), clock=lambda: NOON)
    app.store.library.put_edition(an_edition("2017-W47", STORIES), STORIES)
    await app.tick()
    other = Names(tmp_path)
    other.extend([ADD])
    while (await app.tick()).next_at == NOON:
        pass

    assert app.store.catalogue.find("메퇀").ids == ("meituan",)
    assert companies(app.store)[0] == ("meituan",)

    (tmp_path / "names.tsv").write_text("what is this\n", encoding="utf-8")
    await app.tick()
    assert app.store.catalogue.find("메퇀").ids == ("meituan",)
    await app.close()
