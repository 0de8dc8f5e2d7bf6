"""A typed example of every command, for tests that go through them all."""

from __future__ import annotations

from datetime import datetime

from handlers import ingest
from handlers.commands import COMMANDS
from handlers.publish import publish
from handlers.reading import read
from handlers.sample import sample_text
from store.bundle import Store

READ: dict[str, str] = {
    "company": "meituan",
    "figures": "meituan",
    "search": "결제",
    "ask": "메이투안은 벌금을 얼마 냈나?",
    "topic": "",
    "with": "tencent",
    "latest": "",
    "digest": "2017-W47",
    "editions": "",
    "story": "2017-W47-5",
    "app": "",
    "companies": "",
    "trend": "meituan",
    "help": "company",
    "start": "",
    "preview": "",
    "why": "",
    "following": "",
    "privacy": "",
    "manage": "",
    "mentions": "텐센트와 메이투안이 손을 잡았다",
    "vote": "2017-W47-5 up",
    "submit": "https://news.example/a",
}
"""Commands that anyone may type and that change nothing."""

CHANGE: dict[str, str] = {
    "subscribe": "mon 09:00",
    "unsubscribe": "",
    "pause": "",
    "resume": "",
    "schedule": "tue 08:00",
    "follow": "meituan",
    "unfollow": "meituan",
    "mute": "tencent",
    "unmute": "tencent",
    "language": "en",
    "settings": "length full",
    "export": "",
    "forget": "",
}
"""Commands of who manages a chat, each with arguments that change something."""

ADMIN: dict[str, str] = {
    "import": "8호",
    "review": "2017-W47-5",
    "correct": "2017-W47-5 title 고친 제목",
    "drop": "2017-W47-5",
    "move": "2017-W47-5 2",
    "publish": "",
    "insights": "",
    "status": "",
    "send": "2017-W47",
    "broadcast": "이번 주는 하루 쉽니다.",
    "chats": "",
    "alias": "add meituan = 메투",
    "errors": "",
    "retry": "1",
    "draft": "",
    "feeds": "",
    "feed": "list",
    "explain": "메이투안이 웃었다.",
}
"""Commands of who runs the bot."""


def example(name: str) -> str:
    """How a person types this command."""
    return f"/{name} {({**READ, **CHANGE, **ADMIN})[name]}".strip()


def missing() -> set[str]:
    """Commands that no example is of."""
    return {command.name for command in COMMANDS} - READ.keys() - CHANGE.keys() - ADMIN.keys()


def bring_sample(store: Store, now: datetime) -> None:
    """The sample issue, imported and published."""
    issue = read(sample_text(), store.catalogue, name="sample")
    change = ingest.plan(issue, store.library, now=now, source="sample")
    ingest.apply(change, store.library)
    publish(change.edition.id, store.library, now=now)
