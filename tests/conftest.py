"""The canary: every secret that the suite's platforms know must never be seen where people look.

Every test is watched: log records (at the level a person runs with, and at INFO for everything that
talks to a network), tracebacks in them, warnings, what subprocesses print, and what the bot says in
chats. The test in which a secret shows fails in its teardown, by name and place.
"""

from __future__ import annotations

import logging
import subprocess
import traceback
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How fast examples are made is the machine's affair, and another's load would fail a test.
# A change is judged by the same examples every time; `make fuzz` looks for new ones.
settings.register_profile("fresh", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("fresh"), derandomize=True)
settings.load_profile("same")

SECRETS = (
    "AAfakeFAKEfakeFAKEfakeFAKEfakeFAKEfak",  # tests.fakes.telegram.TOKEN
    "xoxb-fake-1",  # tests.fakes.slack.BOT_TOKEN
    "xapp-fake-1",  # tests.fakes.slack.APP_TOKEN
    "8f742231b10e8888abcd99yyyzzz85a5",  # tests.fakes.slack.SECRET
    "xoxb-canary-",  # tests.fakes.slack.grants: access tokens
    "xoxe-canary-",  # and refresh tokens
    "canary-client-secret-0123456789",  # tests.fakes.slack.CLIENT_SECRET
    "Y2FuYXJ5LWtleS1jYW5hcnkta2V5LWNhbmFyeS1rZXk",  # tests.journeys.slack_tenants.KEYS
    "canary-webhook-secret_0123456789",  # tests.journeys.test_telegram_webhook.SECRET
    "CANARYcanaryCANARYcanaryCANARY",  # tests.chaos.shapes.TOKEN
)
TALKERS = ("bot", "handlers", "store", "telegram", "httpx", "httpcore", "aiohttp", "slack_bolt", "uvicorn")


class Canary(logging.Handler):
    """Remembers where a secret was seen."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.look(f"the log of {record.name} at {record.levelname}", record.getMessage())
        if record.exc_info and record.exc_info[0] is not None:
            self.look(f"a traceback of {record.name}", "".join(traceback.format_exception(*record.exc_info)))

    def look(self, where: str, text: str) -> None:
        if any(secret in text for secret in SECRETS):
            self.seen.append(where)

    def taken(self) -> list[str]:
        found, self.seen = self.seen, []
        return found


CANARY = Canary()


def pytest_configure(config: pytest.Config) -> None:
    logging.getLogger().addHandler(CANARY)
    for name in TALKERS:
        logging.getLogger(name).setLevel(logging.INFO)
    _watch_processes()
    _watch_platforms()


def pytest_warning_recorded(warning_message: warnings.WarningMessage) -> None:
    CANARY.look("a warning", str(warning_message.message))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield
    if found := CANARY.taken():
        pytest.fail(f"a secret shows in {', '.join(dict.fromkeys(found))}", pytrace=False)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A program run inside a test sets logging up for itself, and would blind the canary for the rest."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in TALKERS}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def _watch_processes() -> None:
    communicate = subprocess.Popen.communicate

    def watched(self: subprocess.Popen[Any], *given: Any, **named: Any) -> tuple[Any, Any]:
        both = communicate(self, *given, **named)
        for name, said in zip(("standard output", "standard error"), both, strict=True):
            text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
            CANARY.look(f"a program's {name}", text or "")
        return both

    subprocess.Popen.communicate = watched  # type: ignore[method-assign]


def _watch_platforms() -> None:
    """What people see in chats: every message and file that the strict platforms took."""
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.telegram.server import FakeTelegram

    def telegram(fake: FakeTelegram) -> Iterator[str]:
        for message in fake.messages:
            yield f"{message.source}{message.text}"
            yield (message.document or ("", b""))[1].decode("utf-8", "replace")

    def slack(fake: FakeSlack) -> Iterator[str]:
        for message in (m for world in fake.worlds.values() for m in world.messages):
            yield f"{message.text}{message.blocks}"

    for kind, said in ((FakeTelegram, telegram), (FakeSlack, slack)):
        _look_at_the_end(kind, said)


def _look_at_the_end(kind: Any, said: Any) -> None:
    leave = kind.__aexit__

    async def watched(self: Any, *given: object) -> None:
        for text in said(self):
            CANARY.look(f"a message in {kind.__name__}", text)
        await leave(self, *given)

    kind.__aexit__ = watched
