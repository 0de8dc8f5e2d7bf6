"""A slice of proof 5 (tests/chaos/inbound.py): kills between acknowledging and doing lose nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.telegram_desk import Desk
from tests.chaos.inbound import Plan, Report, run


def test_what_was_acknowledged_is_done_once_whatever_is_killed(tmp_path: Path) -> None:
    report = run(Plan(count=600, kills=5, seed=7), tmp_path)

    assert report.wrong == []
    assert report.kills == 5


def test_the_proof_sees_a_desk_that_acknowledges_what_it_did_not_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forgetful(_: Desk) -> None:
        """The next life does not take up what was left."""

    monkeypatch.setattr(Desk, "resume", forgetful)

    report: Report = run(Plan(count=600, kills=5, seed=7), tmp_path)

    assert report.lost > 0
    assert report.left > 0
