"""The canary sings: it sees a secret wherever one could show, and in a run at DEBUG it sees none."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.log import set_up
from store.installation import Installation
from store.seal import Seal
from store.sqlite import open_ledger
from tests.conftest import CANARY, SECRETS
from tests.fakes import slack, telegram
from tests.journeys import slack_tenants, test_telegram_webhook as hooked
from tests.journeys.telegram_stage import ADA

ROOT = Path(__file__).parents[1]


def test_the_canary_knows_every_secret_of_the_fakes() -> None:
    known = (
        *(telegram.TOKEN, slack.BOT_TOKEN, slack.APP_TOKEN, slack.SECRET, hooked.SECRET),
        *(slack.CLIENT_SECRET, *slack_tenants.KEYS),
    )

    assert all(any(secret in one for secret in SECRETS) for one in known)


def test_the_canary_sees_logs_tracebacks_and_programs() -> None:
    log = logging.getLogger("bot.somewhere")
    log.info("GET https://api.example/bot%s/getMe", telegram.TOKEN)
    try:
        raise ValueError(telegram.TOKEN)
    except ValueError:
        log.exception("harmless words")
    CANARY.look("a warning", str(warnings.WarningMessage(UserWarning(slack.BOT_TOKEN), UserWarning, "", 1)))
    subprocess.run([sys.executable, "-c", f"print({slack.SECRET!r})"], capture_output=True, check=True)

    assert CANARY.taken() == [
        "the log of bot.somewhere at INFO",
        "a traceback of bot.somewhere",
        "a warning",
        "a program's standard output",
    ]


async def test_at_debug_with_every_fault_nothing_of_a_secret_reaches_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        async with hooked.a_hooked(tmp_path) as stage:
            set_up("DEBUG", (telegram.TOKEN, hooked.SECRET))
            room = stage.fake.private(ADA)
            for kind in ("page", "garbage", "odd", "reset", "lost"):
                stage.fake.fail(kind)
                stage.fake.say(room, ADA, "/help")
                await stage.settled()
            logging.getLogger("x").error("%s %s", telegram.TOKEN, hooked.SECRET)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    said = capsys.readouterr().err

    assert "[secret]" in said
    assert not any(secret in said for secret in SECRETS)
    CANARY.taken()  # the raw records were for the formatter to clean


async def test_a_page_that_shows_the_address_does_not_bring_the_token_into_an_error(tmp_path: Path) -> None:
    from tests.chaos.shapes import SHAPES, TOKEN, Link, Shape, one

    async def mirror(link: Link) -> None:
        path = await link.request()
        page = f"<html>{path} {path.replace(':', '%3A')}</html>"
        link.answer(502, page.encode(), kind="text/html")

    shape = Shape(0, "a page that shows the address", mirror, SHAPES[-1].may)
    outcome, _ = await one("telegram", shape, tmp_path)

    assert "[secret]" in outcome.detail
    assert TOKEN.partition(":")[2] not in outcome.detail


async def test_at_debug_a_workspace_that_installs_is_renewed_and_removed_shows_no_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        async with slack_tenants.tenants(tmp_path) as many:
            set_up("DEBUG", (slack.CLIENT_SECRET, *slack_tenants.KEYS))
            logging.getLogger("slack_sdk").setLevel(logging.DEBUG)
            people = many.workspace("TA")
            await many.install("TA")
            many.stage.time.now += slack.LIVES
            await many.tended()
            await many.subscribe(people)
            many.stage.slack.grants.forget_refreshes("TA")
            many.stage.time.now += slack.LIVES
            await many.tended()
            await many.uninstalled(people)
            assert many.alarms
    finally:
        logging.getLogger("slack_sdk").setLevel(logging.NOTSET)
        root.handlers[:] = before
        root.setLevel(level)
    said = capsys.readouterr().err

    assert "oauth.v2.access" in said
    assert not any(secret in said for secret in SECRETS)
    assert not any(secret.encode() in _bytes_of(tmp_path) for secret in SECRETS)
    CANARY.taken()  # the raw records were for the formatter to clean


def _bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _installed(folder: Path) -> None:
    """A store with a workspace's tokens in it."""
    seal = Seal(slack_tenants.KEYS)
    ledger = open_ledger(folder)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    access, refresh = seal.close("xoxe.xoxb-canary-1"), seal.close("xoxe-canary-1")
    ledger.put_installation(Installation("slack", "TA", now, access=access, refresh=refresh))
    ledger.close()


@pytest.mark.parametrize(
    "arguments",
    [
        *(("doctor",), ("run",), ("export",), ("ask", "/status"), ("push", "--at", "x")),
        *(("keys", "rotate"), ("backup", "b.tar.gz"), ("chats", "export")),
    ],
)
def test_no_command_prints_a_secret_that_settings_hold(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "JIANBAO_LOG": "DEBUG",
        "JIANBAO_WEB": "127.0.0.1:9",
        "TELEGRAM_BOT_TOKEN": telegram.TOKEN,
        "TELEGRAM_API_BASE": "http://127.0.0.1:9",
        "TELEGRAM_WEBHOOK_URL": "http://127.0.0.1:9/telegram/webhook",
        "TELEGRAM_WEBHOOK_SECRET": hooked.SECRET,
        "SLACK_BOT_TOKEN": slack.BOT_TOKEN,
        "SLACK_APP_TOKEN": slack.APP_TOKEN,
        "SLACK_SIGNING_SECRET": slack.SECRET,
        "SLACK_API_BASE": "http://127.0.0.1:9",
        "SLACK_CLIENT_ID": slack.CLIENT_ID,
        "SLACK_CLIENT_SECRET": slack.CLIENT_SECRET,
        "SLACK_REDIRECT_URL": "http://127.0.0.1:9/slack/oauth_redirect",
        "JIANBAO_KEYS": ",".join(slack_tenants.KEYS),
    }
    if arguments == ("run",):
        environ["JIANBAO_WEEKLY"] = "never"  # it ends at once, with an error that tells of settings
    _installed(tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False, input="",
    )  # fmt: skip

    assert not any(secret in done.stdout + done.stderr for secret in SECRETS)
    assert "Traceback" not in done.stderr
    assert not any(secret.encode() in _bytes_of(tmp_path) for secret in SECRETS)
