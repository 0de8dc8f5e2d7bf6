"""What was posted is brought to what an edition reads now: every kill, refusal, wait and size of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.corrections import TRIES, Corrected, Corrector, after, reach
from handlers.deliver import drain
from handlers.door import Outcome, Rates
from handlers.limits import Pacer
from handlers.message import Reply
from handlers.revise import moved, read_again, with_story, without_story, write
from handlers.weekly import send_now
from store.bundle import Store
from store.edits import Edit
from store.model import Chat, DeliveryState, Platform, Subscriber
from store.sqlite import open_ledger
from tests.asks import a_store
from tests.build import NOON, a_story, an_edition
from tests.fake_door import FAST, Crash, FakeDoor, Fuse

EDITION = "2026-W47"


@dataclass
class EditDoor(FakeDoor):
    """A door that edits; `shown` is what every message reads now."""

    edit_rates: Rates | None = None
    shown: dict[str, str] = field(default_factory=dict)
    edits: list[tuple[str, str]] = field(default_factory=list)
    answers: list[Outcome] = field(default_factory=list)

    def parts(self, reply: Reply) -> Sequence[str]:
        return [" ".join(part.split()) for part in super().parts(reply)]

    async def send(self, chat: Chat, part: str, *, first: str, silent: bool = False) -> Outcome:
        outcome = await super().send(chat, part, first=first, silent=silent)
        self.shown[outcome.message_id] = part
        return outcome

    async def edit(self, chat: Chat, part: str, *, message_id: str) -> Outcome:
        await asyncio.sleep(0)
        self.edits.append((message_id, part))
        outcome = self.answers.pop(0) if self.answers else Outcome("sent", message_id=message_id)
        if outcome.kind in {"sent", "unknown"}:
            self.shown[message_id] = part
        return outcome


class Scene:
    """Three stories, posted to `count` chats, on real stores."""

    def __init__(self, folder: Path) -> None:
        stories = [a_story(f"{EDITION}-{n}", title=f"{n}번 소식") for n in (1, 2, 3)]
        self.folder = folder
        self.store = a_store(folder, (an_edition(EDITION, stories), stories))
        self.door = EditDoor(rates=FAST)
        self.now = NOON
        self.pacer = Pacer({"telegram": FAST})
        self.store.renderers["telegram"] = self.door.parts
        self.corrector = self.new_corrector(self.store)

    def new_corrector(self, store: Store) -> Corrector:
        return Corrector(store, {"telegram": self.door}, self.pacer, lambda: self.now)

    async def post(self, *chats: Chat, door: Platform = "telegram") -> None:
        edition = self.store.library.edition(EDITION)
        assert edition is not None
        for chat in chats:
            send_now(self.store, chat, edition, now=self.now)
        await drain(self.store, {door: self.door}, self.pacer, clock=lambda: self.now)

    def retitle(self, number: int, title: str, store: Store | None = None) -> None:
        store = store or self.store
        edition, stories = store.library.edition(EDITION), store.library.stories_of(EDITION)
        assert edition is not None
        changed = read_again(replace(stories[number - 1], title=title), store.catalogue)
        write(store, with_story(edition, stories, changed), now=self.now)

    async def turns(self) -> None:
        """Until nothing is left to do at this moment."""
        for _ in range(50):
            turned = await self.corrector.turn()
            await drain(self.store, {"telegram": self.door}, self.pacer, clock=lambda: self.now)
            if turned.next_at is None:
                return
            self.now = max(self.now, turned.next_at)
        raise AssertionError("no end")


def chat(number: int) -> Chat:
    return Chat("telegram", "100", str(number))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.store.ledger.close()
    scene.store.library.close()


async def test_every_chat_reads_the_correction_and_nothing_else_changes(scene: Scene) -> None:
    await scene.post(*(chat(n) for n in range(1, 31)))
    scene.retitle(2, "새 제목")
    await scene.turns()
    assert len(scene.door.edits) == 30
    assert {part for _, part in scene.door.edits} == {"2. 새 제목"}
    assert scene.store.ledger.edit_counts() == {"done": 30}
    assert await scene.corrector.turn() == Corrected()


async def test_no_turn_takes_more_than_half_a_doors_second(scene: Scene) -> None:
    scene.door.rates = Rates(overall=8, per_chat=1)
    await scene.post(*(chat(n) for n in range(1, 12)))
    scene.retitle(2, "새 제목")
    assert (await scene.corrector.turn()).edited == 4


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_kill_at_any_call_of_the_ledger_loses_no_edit(tmp_path: Path, where: str) -> None:
    nth, blown = 1, True
    while blown:
        scene = Scene(tmp_path / f"{where}{nth}")
        await scene.post(chat(1), chat(2))
        fuse = Fuse(scene.store.ledger, nth, where)
        risky = replace(scene.store, ledger=fuse)
        try:
            scene.retitle(2, "새 제목", risky)
            corrector = scene.new_corrector(risky)
            for _ in range(3):
                await corrector.turn()
                scene.now += timedelta(seconds=1)
        except Crash:
            pass
        blown = fuse.blown
        scene.store.ledger.close()
        scene.store = replace(scene.store, ledger=open_ledger(scene.folder))
        scene.corrector = scene.new_corrector(scene.store)
        await scene.turns()
        story = scene.store.library.story(f"{EDITION}-2")
        assert story is not None
        shown = [part for part in scene.door.shown.values() if part.startswith("2.")]
        assert shown == [f"2. {story.title}"] * 2, nth
        scene.store.ledger.close()
        scene.store.library.close()
        nth += 1
    assert nth > 15


async def test_a_digest_composed_after_the_correction_needs_no_edit(scene: Scene) -> None:
    await scene.post(chat(1))
    scene.retitle(2, "새 제목")
    await scene.post(chat(2))
    await scene.turns()
    assert len(scene.door.edits) == 1
    scene.retitle(2, "더 새 제목")
    await scene.turns()
    assert len(scene.door.edits) == 3


async def test_corrections_on_top_of_each_other_are_one_edit(scene: Scene) -> None:
    await scene.post(chat(1))
    scene.retitle(2, "새 제목")
    scene.retitle(2, "더 새 제목")
    scene.retitle(1, "첫 제목")
    await scene.turns()
    assert sorted(part for _, part in scene.door.edits) == ["1. 첫 제목", "2. 더 새 제목"]


async def test_a_correction_taken_back_edits_only_the_note_away_or_nothing(scene: Scene) -> None:
    await scene.post(chat(1))
    scene.retitle(2, "새 제목")
    scene.retitle(2, "2번 소식")
    await scene.turns()
    assert scene.door.edits == []


async def test_fewer_parts_leave_a_note_and_more_parts_follow(scene: Scene) -> None:
    await scene.post(chat(1))
    edition, stories = scene.store.library.edition(EDITION), scene.store.library.stories_of(EDITION)
    assert edition is not None
    write(scene.store, without_story(edition, stories, stories[2].id), now=scene.now)
    await scene.turns()
    assert list(scene.door.shown.values()) == ["1. 1번 소식", "2. 2번 소식", "(no card)"]

    four = [*scene.store.library.stories_of(EDITION), *(a_story(f"{EDITION}-{n}") for n in (7, 8))]
    write(scene.store, moved(edition, four, four[0].id, 1), now=scene.now)
    await scene.turns()
    rows = scene.store.ledger.deliveries(chat(1))
    assert [(row.part, row.parts, row.state) for row in rows] == [
        (n, 4, DeliveryState.SENT) for n in range(4)
    ]
    assert len(scene.door.shown) == 4


async def test_settings_of_the_day_of_the_post_count(scene: Scene) -> None:
    scene.store.ledger.put_subscriber(Subscriber(chat(1), mutes=("tencent",)))
    stories = [a_story(f"{EDITION}-1", title="하나"), a_story(f"{EDITION}-2", companies=("tencent",))]
    scene.store.library.put_edition(an_edition(EDITION, stories), stories)
    await scene.post(chat(1))
    scene.store.ledger.put_subscriber(Subscriber(chat(1), mutes=()))
    scene.retitle(1, "하나 고침")
    await scene.turns()
    assert list(scene.door.shown.values()) == ["1. 하나 고침"]


async def test_a_digest_of_which_nothing_arrived_is_not_gone_on_with(scene: Scene) -> None:
    scene.door.script(chat(1), *[Outcome("refused", reason="reason.refused")] * 3)
    await scene.post(chat(1))
    edition, stories = scene.store.library.edition(EDITION), scene.store.library.stories_of(EDITION)
    assert edition is not None
    write(scene.store, moved(edition, [*stories, a_story(f"{EDITION}-9")], stories[0].id, 1), now=scene.now)
    await scene.turns()
    assert len(scene.store.ledger.deliveries(chat(1))) == 3
    assert scene.door.edits == []


async def test_what_is_held_is_not_edited_until_somebody_has_looked(scene: Scene) -> None:
    await scene.post(chat(1))
    scene.retitle(2, "새 제목")
    for name in ("push", "telegram"):
        scene.store.ledger.hold(name, "reason.refusing", at=scene.now)
        assert await scene.corrector.turn() == Corrected()
        scene.store.ledger.release(name)
    await scene.turns()
    assert len(scene.door.edits) == 1


async def test_a_workspace_that_is_held_keeps_no_other_from_being_edited(scene: Scene) -> None:
    held, other = Chat("slack", "T1", "C1"), Chat("slack", "T2", "C2")
    slack = Corrector(scene.store, {"slack": scene.door}, scene.pacer, lambda: scene.now)
    await scene.post(held, other, door="slack")
    scene.retitle(2, "새 제목")
    scene.store.ledger.hold("slack:T1", "reason.refusing", at=scene.now)
    edition = scene.store.library.edition(EDITION)
    assert edition is not None
    send_now(scene.store, Chat("slack", "T1", "C3"), edition, now=scene.now)
    for _ in range(5):
        await slack.turn()
        scene.now += timedelta(minutes=1)
    ((edited, _),) = scene.door.edits
    assert edited in {row.message_id for row in scene.store.ledger.deliveries(other)}


async def test_a_push_that_is_due_goes_first(scene: Scene) -> None:
    await scene.post(chat(1))
    scene.retitle(2, "새 제목")
    edition = scene.store.library.edition(EDITION)
    assert edition is not None
    send_now(scene.store, chat(2), edition, now=scene.now)
    turned = await scene.corrector.turn()
    assert (turned.edited, scene.door.edits) == (0, [])
    assert turned.next_at is not None
    assert turned.next_at > scene.now
    await scene.turns()
    assert len(scene.door.edits) == 1


@pytest.mark.parametrize("kind", ["unknown", "not_sent", "wait", "dead"])
async def test_an_edit_whose_fate_is_open_is_made_again(scene: Scene, kind: str) -> None:
    await scene.post(chat(1))
    scene.retitle(2, "새 제목")
    scene.door.answers = [Outcome(kind, seconds=3)]  # type: ignore[arg-type]
    await scene.turns()
    assert len(scene.door.edits) == 2
    assert scene.store.ledger.edit_counts() == {"done": 1}


async def test_reach_counts_what_would_change_and_changes_nothing(scene: Scene) -> None:
    await scene.post(chat(1), chat(2))
    edition, stories = scene.store.library.edition(EDITION), scene.store.library.stories_of(EDITION)
    assert edition is not None
    revision = with_story(edition, stories, replace(stories[0], title="새 제목"))
    found = reach(scene.store, revision, now=scene.now)
    assert (found.chats, found.posts) == (2, 2)
    scene.store.renderers.clear()
    assert reach(scene.store, revision, now=scene.now).posts is None
    assert scene.store.ledger.corrections(EDITION) == ()


def test_what_follows_for_an_edit() -> None:
    edit = Edit(1, chat(1), "2026-W47", EDITION, 0, 1, "m1", 1, "x", TRIES - 1, NOON)
    assert after(edit, Outcome("sent"), NOON)[0] == "done"
    for kind in ("refused", "gone", "moved", "unknown", "wait"):
        assert after(edit, Outcome(kind), NOON)[0] == "failed"
    first = replace(edit, attempts=0)
    state, _, due = after(first, Outcome("wait", seconds=7), NOON)
    assert state == "planned"
    assert due is not None
    assert (due - NOON).total_seconds() == 7
