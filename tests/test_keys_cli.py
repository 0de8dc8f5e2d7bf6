"""`jianbao keys`: make one, and seal everything again by a new one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from store.installation import Installation, InstallState
from store.seal import Seal, make_key
from store.sqlite import open_ledger

ROOT = Path(__file__).parents[1]


def jianbao(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "JIANBAO_DATA": "data"}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder, env={**base, "JIANBAO_LANGUAGE": "en", **environ},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_key_is_made_though_the_settings_still_lack_it(tmp_path: Path) -> None:
    made = jianbao(tmp_path, "keys", "make", SLACK_CLIENT_ID="1.2")

    assert (made.returncode, made.stderr) == (0, "")
    assert Seal((made.stdout.strip(),)).open(Seal((made.stdout.strip(),)).close("x")) == "x"


def test_rotating_seals_everything_with_the_first_key_or_changes_nothing(tmp_path: Path) -> None:
    old, new = make_key(), make_key()
    ledger = open_ledger(tmp_path / "data")
    sealed = Seal((old,)).close("a token")
    ledger.put_installation(Installation("slack", "T1", datetime(2026, 11, 23, tzinfo=UTC), access=sealed))
    ledger.close()

    none, wrong = jianbao(tmp_path, "keys", "rotate"), jianbao(tmp_path, "keys", "rotate", JIANBAO_KEYS=new)
    done = jianbao(tmp_path, "keys", "rotate", JIANBAO_KEYS=f"{new},{old}")

    assert (none.returncode, wrong.returncode, done.returncode) == (1, 1, 0)
    assert "jianbao keys make" in none.stderr
    assert "nothing was changed" in wrong.stderr
    assert "1 token was encrypted again with the first key." in done.stdout
    ledger = open_ledger(tmp_path / "data")
    [kept] = ledger.installations("slack")
    assert Seal((new,)).open(kept.access) == "a token"
    ledger.close()


def test_the_doctor_names_a_workspace_that_no_longer_works(tmp_path: Path) -> None:
    key, when = make_key(), datetime(2026, 11, 23, tzinfo=UTC)
    ledger = open_ledger(tmp_path / "data")
    for tenant, state, reason in (
        ("T1", InstallState.SUSPENDED, "reason.slack.token"),
        ("T2", InstallState.REMOVED, "reason.slack.uninstalled"),
    ):
        ledger.put_installation(Installation("slack", tenant, when, state=state, reason=reason))
    ledger.close()

    done = jianbao(
        tmp_path, "doctor", JIANBAO_KEYS=key, SLACK_CLIENT_ID="1.2", SLACK_CLIENT_SECRET="x",
        SLACK_REDIRECT_URL="http://127.0.0.1:9/slack/oauth_redirect", SLACK_API_BASE="http://127.0.0.1:9/api",
        JIANBAO_WEB="127.0.0.1:9",
    )  # fmt: skip

    assert done.returncode == 1
    assert "T1: Slack refuses the bot's token" in done.stderr
    assert "T2" not in done.stdout + done.stderr
