"""/story and /app."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from handlers.figures import figures
from handlers.message import Picture
from store.bundle import Store
from store.model import Figure
from tests.asks import Week, a_store, buttons, plain, titles, told
from tests.build import a_story, an_edition

FIGURE = Figure("28.8억 위안", Decimal(2_880_000_000), "CNY")


def week(edition_id: str, number: int, app: str, company: str) -> Week:
    stories = (
        a_story(f"{edition_id}-1", kind="app", title=app, companies=(company,), source_url=None),
        a_story(
            f"{edition_id}-2",
            title=f"{number}호 둘째 이야기",
            body="첫 문단이다.\n\n둘째 문단이다.",
            companies=("alibaba", "tencent"),
            figures=(FIGURE,),
            published=datetime(2017, 11, 20, tzinfo=UTC),
        ),
    )
    return an_edition(edition_id, stories, number=number), stories


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(
        tmp_path,
        week("2017-W46", 7, "사진 앱 메이투", "meitu"),
        week("2017-W47", 8, "쇼핑 앱 샤오홍슈", "xiaohongshu"),
    )


@pytest.mark.parametrize("typed", ["2017-W47-2", "2017-w47-2", "2017-W47-02", "2", "2번"])
async def test_a_story_is_found_by_id_or_by_its_number_in_the_newest_edition(
    store: Store, typed: str
) -> None:
    assert (await told(store, f"/story {typed}")).tags["story"] == "2017-W47-2"


async def test_a_story_stands_whole_with_figures_source_companies_and_edition(store: Store) -> None:
    reply = await told(store, "/story 2017-W46-2")
    lines = plain(reply).splitlines()
    assert lines[0] == "7호 둘째 이야기"
    assert lines[1] == "7호 · 2017년 11월 20일 · news.example <https://news.example/2017-W46-2>"
    assert "첫 문단이다." in lines
    assert "28.8억 위안" in lines
    assert buttons(reply) == {
        "알리바바": "/company id:alibaba", "텐센트": "/company id:tencent", "7호 전체": "/digest 2017-W46",
        "👍 좋았어요": "/vote 2017-W46-2 up", "👎 별로예요": "/vote 2017-W46-2 down",
    }  # fmt: skip


async def test_a_number_the_newest_edition_lacks_is_answered_with_its_range(store: Store) -> None:
    assert plain(await told(store, "/story 9")).endswith("1번부터 2번까지 있습니다.")


async def test_an_unknown_id_leads_to_its_edition_or_to_the_newest(store: Store) -> None:
    there = await told(store, "/story 2017-W46-9")
    assert "2017-W46-1부터 2017-W46-2까지" in plain(there)
    assert buttons(there)["7호 전체"] == "/digest 2017-W46"
    nowhere = await told(store, "/story 뭐지")
    assert "‘뭐지’라는 이야기가 없습니다" in plain(nowhere)
    assert "/story 2017-W47-1" in plain(nowhere)


async def test_without_an_id_the_usage_stands(store: Store) -> None:
    assert "/story 번호|id" in plain(await told(store, "/story"))


async def test_a_reader_of_another_language_is_told_what_the_text_is_in(store: Store) -> None:
    assert "In Korean" in plain(await told(store, "/story 2", client_language="en"))


async def test_only_the_address_of_a_picture_is_shown_as_one(tmp_path: Path) -> None:
    stories = (
        a_story("2017-W47-1", thumbnail_url="https://img.example/a.PNG?w=1", companies=()),
        a_story("2017-W47-2", thumbnail_url="https://img.example/page.html", source_url=None, companies=()),
    )
    store = a_store(tmp_path, (an_edition("2017-W47", stories), stories))
    pictured, linked = [await told(store, f"/story {number}") for number in (1, 2)]
    assert any(isinstance(block, Picture) for block in pictured.blocks)
    assert not any(isinstance(block, Picture) for block in linked.blocks)
    assert "사진 <https://img.example/page.html>" in plain(linked)


async def test_the_app_of_the_week_comes_with_those_before(store: Store) -> None:
    reply = await told(store, "/app")
    assert titles(reply) == ["앱: 쇼핑 앱 샤오홍슈"]
    assert "사진 앱 메이투 · 7호" in plain(reply)
    assert buttons(reply)["사진 앱 메이투"] == "/story 2017-W46-1"


@pytest.mark.parametrize("name", ["메이투", "Meitu", "美图", "사진"])
async def test_an_earlier_app_is_found_by_name(store: Store, name: str) -> None:
    assert (await told(store, f"/app {name}")).tags["story"] == "2017-W46-1"


async def test_an_app_never_featured_is_answered_with_those_that_were(store: Store) -> None:
    reply = await told(store, "/app 위챗")
    assert "‘위챗’이라는 앱을 소개한 적이 없습니다" in plain(reply)
    assert set(buttons(reply).values()) == {"/story 2017-W47-1", "/story 2017-W46-1"}


async def test_apps_are_listed_by_page(store: Store) -> None:
    assert titles(await told(store, "/app 1")) == ["소개한 앱 2개"]
    assert "목록이 바뀌었습니다" in plain(await told(store, "/app page 5"))


async def test_without_any_app_it_says_so(tmp_path: Path) -> None:
    stories = (a_story("2017-W47-1"),)
    store = a_store(tmp_path, (an_edition("2017-W47", stories), stories))
    assert "아직 소개한 앱이 없습니다" in plain(await told(store, "/app"))


async def test_a_conversion_out_of_line_is_told_with_why(tmp_path: Path) -> None:
    """Beside the figure as printed; the others have nothing to tell."""
    body = (
        "매출은 652억 위안(10조 6426억 원), 이익은 180억 위안(2조 9381억 원),"
        " 게임은 268억 위안(4조 3013억 원)이다."
    )
    story = a_story("2017-W47-1", body=body, figures=figures("", body), companies=())
    store = a_store(tmp_path, (an_edition("2017-W47", (story,)), (story,)))
    text = plain(await told(store, "/story 1"))

    assert "268억 위안(4조 3013억 원)\n⚠ 환산이 1.7% 다릅니다." in text
    assert "봇 계산으로 약 4조 3750억 원" in text
    assert text.count("⚠") == 1
