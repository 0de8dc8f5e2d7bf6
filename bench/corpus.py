"""Made-up stories for benchmarks: the same ones every time, in Korean words of our own choosing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from store.model import Mention, Story
from store.records import story_document

STORIES_A_WEEK = 15
COMPANIES = [f"company-{number:03}" for number in range(200)]

_FIRST = (
    "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허"
    "고노도로모보소오조초코토포호구누두루무부수우주추쿠투푸후"
)
_LAST = (
    "강남단람망반상안장찬칸탄판한경년등령명변성연정청흥공논동"
    "록목본송온종총혼국눈둔륙문분순운준춘훈길님딜립밀빌심인진칠필"
)
_ENDS = ("이 늘었다.", "이 줄었다.", "을 열었다.", "을 닫았다.", "을 샀다.", "을 팔았다.", "에 돈을 댔다.")
COMMON = ("매출", "시장", "배달", "결제", "투자")  # each in about a third of all stories
RARE = ("등대", "나침", "돛단", "갯벌", "썰물")  # each in one of two hundred


def documents(count: int) -> Iterator[dict[str, Any]]:
    """`count` stories as documents: about 600 characters, one to four of 200 companies (Zipf 1.1)."""
    chance = random.Random(20261123)
    words = sorted({first + last for first in _FIRST for last in _LAST})
    chance.shuffle(words)
    frequent = list(accumulate(1 / (rank + 10) for rank in range(1500)))
    sentences = [
        " ".join(chance.choices(words[:1500], cum_weights=frequent, k=8)) + chance.choice(_ENDS)
        for _ in range(5000)
    ]
    weights = list(accumulate(1 / (rank + 1) ** 1.1 for rank in range(len(COMPANIES))))
    monday = date(1900, 1, 1)
    for number in range(count):
        week, order = divmod(number, STORIES_A_WEEK)
        year, iso_week, _ = (monday + timedelta(weeks=week)).isocalendar()
        companies = dict.fromkeys(chance.choices(COMPANIES, cum_weights=weights, k=chance.randint(1, 4)))
        marked = [word for word in COMMON if chance.random() < 0.3]
        marked += [word for word in RARE if chance.random() < 0.005]
        title, *body = chance.choices(sentences, k=19)
        yield story_document(
            _story(f"{year}-W{iso_week:02}", order + 1, title, " ".join([*marked, *body]), list(companies))
        )


def _story(edition: str, order: int, title: str, body: str, companies: list[str]) -> Story:
    mentions = []
    for company in companies:
        body = f"{body} {company}"
        end = len(title) + 1 + len(body)
        mentions.append(Mention(company, company, (end - len(company), end)))
    return Story(
        id=f"{edition}-{order}",
        kind="app" if order == 1 else "story",
        title=title,
        body=body,
        language="ko",
        edition=edition,
        order=order,
        source_url=f"https://news.example/{edition}/{order}",
        mentions=tuple(mentions),
    )
