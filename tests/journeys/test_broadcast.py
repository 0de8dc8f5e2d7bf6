"""A word to every chat, on Telegram and on Slack: shown, confirmed, delivered, once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from store.model import DeliveryState
from tests.journeys import slack_stage
from tests.journeys.telegram_stage import ADA, CHIEF, FRIDAY, a_stage

WORDS = "이번 주는 <하루> 쉽니다 & 다음 주에 봐요"


async def test_on_telegram(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        room, chief = stage.fake.private(ADA), stage.fake.private(CHIEF)
        await stage.say(room, ADA, "/subscribe")
        assert "구독" not in (await stage.say(room, ADA, f"/broadcast {WORDS}")).text
        before = len(stage.fake.sent(room))
        question = await stage.say(chief, CHIEF, f"/broadcast {WORDS}")
        assert "대화방 1곳에 이 글을 보낼까요?" in question.text
        assert WORDS in question.text

        stage.fake.press(chief, CHIEF, question, "1곳에 보내기")
        await stage.fake.until(lambda: question.edits > 0)
        assert "보내기 시작합니다" in question.text
        await stage.passes(FRIDAY + timedelta(minutes=5))
        await stage.passes(FRIDAY + timedelta(minutes=6))

        (pushed,) = stage.fake.sent(room)[before:]
        assert "운영자가 알립니다" in pushed.text
        assert WORDS in pushed.text
        assert stage.store.ledger.delivery_counts() == {DeliveryState.SENT: 1}


async def test_on_slack(tmp_path: Path) -> None:
    admins = frozenset({"slack:T1/U1"})
    async with slack_stage.staged(tmp_path, admins=admins) as stage:
        slack_stage.peopled(stage)
        await slack_stage.said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
        await slack_stage.said(stage, await stage.people.direct(f"/broadcast {WORDS}", user="U1"))
        question = stage.slack.world.messages[-1]
        assert "대화방 1곳에 이 글을 보낼까요?" in question.words()

        await slack_stage.said(stage, await stage.people.press(question, "1곳에 보내기", user="U1"))
        assert "보내기 시작합니다" in question.words()
        before = len([m for m in stage.slack.posts if m.channel == "C1"])
        await stage.drained()
        await stage.drained()

        (pushed,) = [m for m in stage.slack.posts if m.channel == "C1"][before:]
        assert "운영자가 알립니다" in pushed.words()
        assert "다음 주에 봐요" in pushed.words()
        assert stage.store.ledger.delivery_counts() == {DeliveryState.SENT: 1}
