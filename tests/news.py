"""A small press of our own in three languages, read as the bot reads: for tests of what is asked of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from handlers.figures import figures
from handlers.mentions import mentions
from store.bundle import Store
from store.catalogue import load
from store.model import Edition, Language, Story
from tests.asks import a_store
from tests.build import an_edition

_PRESS: tuple[tuple[str, Language, str | None, str, str], ...] = (
    ("2017-W46-1", "ko", "2017-11-14", "텐센트, 광고로 웃다",
     ("텐센트가 3분기 실적을 공개했다. 매출 652억 위안(10조 6426억 원)에 순이익 180억 위안을 남겼다. "
     "광고 매출은 69억 위안으로 63% 늘었다. 위챗 이용자는 9억 8000만 명이다.")),
    ("2017-W46-2", "ko", "2017-11-15", "공유자전거 업체의 겨울",
     ("블루고고가 결국 해산했다. 공유자전거 보증금을 돌려받지 못한 사람이 많다. "
     "모바이크는 은행과 제휴를 맺었다. 공유자전거 시장은 둘만 남았다.")),
    ("2017-W47-1", "ko", "2017-11-21", "메이투안에 벌금",
     "당국이 메이투안에 20만 위안(3264만 원)의 벌금을 매겼다. 후기를 지어낸 가게가 있었다."),
    ("2017-W47-2", "en", "2017-11-22", "Xiaomi grows in India",
     ("Xiaomi took a market share of 23.5% in India. The phone maker opened 100 stores there. "
     "Shared bikes are another matter.")),
    ("2017-W47-3", "zh", None, "京东加码仓储机器人",
     "京东在上海启用仓储机器人。京东第三季度营收837亿元。仓储机器人每天分拣二十万件。"),
    ("2017-W48-1", "ko", "2017-11-28", "배달 전쟁, 공유자전거까지",
     "어러머와 메이투안이 배달 수수료를 내렸다. 메이투안은 공유자전거 회사를 넘본다. 드론 배달도 시험한다."),
    ("2017-W48-2", "zh", "2017-11-29", "仓储机器人上岗", "菜鸟网络的仓储机器人在杭州上岗。机器人不用休息。"),
)  # fmt: skip


@cache
def press() -> tuple[tuple[Edition, tuple[Story, ...]], ...]:
    """Three editions with their stories, mentions and figures read from the texts."""
    by_edition: dict[str, list[Story]] = {}
    for story_id, language, day, title, body in _PRESS:
        edition, _, order = story_id.rpartition("-")
        story = Story(
            id=story_id, kind="story", title=title, body=body, language=language, edition=edition,
            order=int(order), source_url=f"https://news.example/{story_id}",
            published=datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None,
            mentions=mentions(title, body, load()), figures=figures(title, body),
        )  # fmt: skip
        by_edition.setdefault(edition, []).append(story)
    return tuple(
        (an_edition(edition, stories, number=number), tuple(stories))
        for number, (edition, stories) in enumerate(by_edition.items(), start=7)
    )


def a_newsroom(folder: Path) -> Store:
    """A store that holds the press."""
    return a_store(folder, *press())
