"""The scenes: what a person types or presses, and what they see. Walked with the real clients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from html import escape
from pathlib import Path

from store.bundle import Store
from tests.build import a_week
from tests.fakes.slack import Message as SlackMessage
from tests.fakes.slack.world import BOT
from tests.fakes.telegram import Room
from tests.gallery import slack, telegram
from tests.journeys import slack_stage
from tests.journeys.samples import bring_sample
from tests.journeys.telegram_stage import ADA, BOB, CHIEF, FRIDAY, LIN, MONDAY, Stage, a_stage

WEEKS = {"2017-W43": 2, "2017-W44": 3, "2017-W45": 2, "2017-W46": 5}
"""Small editions before the sample issue, so that there is something to draw a trend of."""

TYPED = (
    ("처음 인사", "/start"),
    ("구독", "/subscribe mon 09:00"),
    ("회사 카드: 무엇이라 부르든", "/company 美团"),
    ("이름이 둘을 뜻할 때", "/company 오포"),
    ("잘못 친 이름", "/company meitaun"),
    ("회사의 숫자", "/figures alibaba"),
    ("추이 그림", "/trend meituan"),
    ("찾기", "/search 결제"),
    ("묻기", "/ask 메이투안은 벌금을 얼마 냈나?"),
    ("이야기 하나", "/story 2017-W47-5"),
    ("설정", "/settings"),
    ("잘못 쓴 시간", "/schedule 25:00"),
    ("왜 왔고 왜 안 왔나", "/why"),
    ("비교해서 보기", "/with tencent"),
)
"""A title and what a Korean reader types in a private chat."""


@dataclass(frozen=True)
class Scene:
    """A title, what was typed ("" = nothing, the bot speaks), and what came, as HTML."""

    title: str
    said: str
    seen: str

    def html(self) -> str:
        said = f'<div class="said">{escape(self.said)}</div>' if self.said else ""
        return f"<h2>{escape(self.title)}</h2>\n{said}\n{self.seen}\n"


def _bring(store: Store) -> None:
    for week, stories in WEEKS.items():
        store.library.put_edition(*a_week(week, stories))
    bring_sample(store, FRIDAY)


async def on_telegram(folder: Path) -> list[Scene]:
    """The private chat of a Korean reader, the weekly push, other languages, an administrator."""
    async with a_stage(folder) as stage:
        _bring(stage.store)
        room = stage.fake.private(ADA)
        scenes = [await _telegram(stage, room, title, text) for title, text in TYPED]
        before = len(stage.fake.sent(room))
        await stage.passes(MONDAY)
        scenes.append(Scene("월요일 아침의 소식", "", _bubbles(stage, room, before)))
        for person, title, text in (
            (BOB, "In English", "/company tencent"),
            (LIN, "中文", "/company 小米"),
            (CHIEF, "운영자: 상태", "/status"),
        ):
            scenes.append(await _telegram(stage, stage.fake.private(person), title, text, person))
        return scenes


async def _telegram(stage: Stage, room: Room, title: str, text: str, person: object = ADA) -> Scene:
    before = len(stage.fake.sent(room))
    stage.fake.say(room, person, text)  # type: ignore[arg-type]
    await stage.fake.arrived(room, before + 1)
    await stage.quiet()
    stage.now = max(stage.now, FRIDAY) + timedelta(seconds=10)
    return Scene(title, text, _bubbles(stage, room, before))


def _bubbles(stage: Stage, room: Room, before: int) -> str:
    return "\n".join(telegram.bubble(message) for message in stage.fake.sent(room)[before:])


async def on_slack(folder: Path) -> list[Scene]:
    """A channel of a workspace: whispered answers, the Home tab, a form, the weekly push."""
    time = slack_stage.Time(FRIDAY)
    async with slack_stage.staged(folder, time=time) as stage:
        slack_stage.peopled(stage)
        _bring(stage.store)
        scenes = [await _slack(stage, title, text) for title, text in TYPED]
        home = {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"}
        await slack_stage.said(stage, await stage.people.event(home))
        scenes.append(Scene("앱 홈", "", slack.modal(stage.slack.world.views["U1"])))
        before = len(stage.slack.world.messages)
        time.now = MONDAY
        await stage.drained()
        scenes.append(Scene("월요일 아침의 소식", "", _messages(stage, before)))
        scenes.append(await _slack(stage, "In English", "/company tencent", user="U2"))
        return scenes


async def _slack(stage: slack_stage.Stage, title: str, text: str, *, user: str = "U1") -> Scene:
    world = stage.slack.world
    before, modals = len(world.messages), len(world.modals)
    command = f"/jianbao {text.removeprefix('/')}"
    acked = await stage.people.command("/jianbao", text.removeprefix("/"), channel="C1", user=user)
    await slack_stage.said(stage, acked)
    stage.time.now += timedelta(seconds=10)
    opened = "\n".join(slack.modal(view.body) for view in world.modals[modals:])
    return Scene(title, command, _messages(stage, before) + opened)


def _messages(stage: slack_stage.Stage, before: int) -> str:
    return "\n".join(_message(m) for m in stage.slack.world.messages[before:] if m.user == BOT)


def _message(message: SlackMessage) -> str:
    kinds = ["message", *(["thread"] if message.thread_ts else []), *(["whisper"] if message.to else [])]
    shown = slack.blocks(message.blocks) or f'<div class="rich">{escape(message.text)}</div>'
    return f'<div class="{" ".join(kinds)}">{shown}</div>'
