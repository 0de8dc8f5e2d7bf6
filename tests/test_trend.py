"""/trend: what is counted, what is said, what is drawn, and what is said instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from handlers import trend as module
from handlers.message import Reply
from handlers.trend import read_trend
from store.bundle import Store
from store.errors import StoreError
from store.model import Language
from tests.asks import Week, a_store, buttons, plain, titles, told
from tests.build import a_story, an_edition

PNG = b"\x89PNG\r\n\x1a\n"


def a_week_of(week: str, counts: Mapping[str, int]) -> Week:
    """An edition with so many stories of each company, and one of somebody else's."""
    names = [company for company, count in counts.items() for _ in range(count)] + ["oppo"]
    stories = [a_story(f"{week}-{at}", companies=(name,)) for at, name in enumerate(names, start=1)]
    return an_edition(week, stories), stories


def weeks(first: int, *counts: Mapping[str, int]) -> list[Week]:
    return [a_week_of(f"2017-W{first + at:02}", each) for at, each in enumerate(counts)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Five weeks, the third of them without a story of anybody we ask for."""
    return a_store(
        tmp_path,
        *weeks(
            43,
            {"meituan": 1, "didi": 2},
            {"meituan": 4, "mobike": 2},
            {},
            {"meituan": 2, "didi": 1},
            {"meituan": 3, "bytedance": 1},
        ),
    )


def png_of(reply: Reply) -> bytes:
    assert reply.file is not None
    assert reply.file.content_type == "image/png"
    return reply.file.data


@pytest.mark.parametrize(
    ("language", "title", "dates", "facts"),
    [
        ("ko", "메이투안: 한 주의 이야기 수", "2017년 10월 23일–11월 26일 · 5주",
         "첫 주 1개 → 마지막 주 3개 · 가장 많은 주 6개(10월 30일)"),
        ("en", "Meituan: stories a week", "23 Oct–26 Nov 2017 · 5 weeks",
         "First week 1 → last week 3 · most in a week 6 (30 Oct)"),
        ("zh", "美团 · 每周报道数", "2017年10月23日–11月26日 · 5 周",
         "第一周 1 篇 → 最后一周 3 篇 · 最多的一周 6 篇（10月30日）"),
    ],
)  # fmt: skip
async def test_the_line_its_ends_and_its_peak_are_said_in_the_readers_language(
    store: Store, language: Language, title: str, dates: str, facts: str
) -> None:
    reply = await told(store, "/trend meituan", client_language=language)
    assert titles(reply) == [title]
    assert dates in plain(reply)
    assert facts in plain(reply)
    assert "1, 6, 0, 2, 3" in plain(reply)


async def test_the_picture_is_a_png_with_words_for_who_cannot_see_it(store: Store) -> None:
    pytest.importorskip("resvg_py", reason="the extra `charts` is not installed")
    reply = await told(store, "/trend 메이투안 대 디디")
    assert png_of(reply).startswith(PNG)
    assert reply.file is not None
    assert reply.file.name == "trend-meituan-didi.png"
    assert "꺾은선 그래프" in reply.file.alt
    assert "메이투안 1에서 3까지, 최고 6" in reply.file.alt
    assert "디디추싱 2에서 0까지, 최고 2" in reply.file.alt


async def test_products_count_for_their_company_each_story_once_and_it_is_said(tmp_path: Path) -> None:
    both = a_story("2017-W46-1", companies=("meituan", "mobike"))
    only = a_story("2017-W46-2", companies=("mobike",))
    other = a_story("2017-W47-1", companies=("meituan",))
    store = a_store(
        tmp_path,
        (an_edition("2017-W46", (both, only)), (both, only)),
        (an_edition("2017-W47", (other,)), (other,)),
    )
    text = plain(await told(store, "/trend 메이투안"))
    assert "첫 주 2개 → 마지막 주 1개" in text
    assert "메이투안에는 제품·계열(모바이크)의 이야기도 들어 있습니다." in text
    within = plain(await told(store, "/trend 메이투안 vs 모바이크"))
    assert "모바이크의 이야기는 메이투안에도 들어 있습니다." in within


async def test_two_editions_of_a_week_are_one_point(tmp_path: Path) -> None:
    first, second = a_week_of("2017-W46", {"meituan": 1}), a_week_of("2017-W46-b", {"meituan": 2})
    store = a_store(tmp_path, first, second, a_week_of("2017-W47", {"meituan": 1}))
    assert "첫 주 3개 → 마지막 주 1개" in plain(await told(store, "/trend 메이투안"))


async def test_weeks_without_an_edition_are_left_out_and_it_is_said(store: Store, tmp_path: Path) -> None:
    assert "점선" not in plain(await told(store, "/trend 메이투안"))
    gapped = a_store(
        tmp_path / "b", a_week_of("2017-W40", {"meituan": 1}), a_week_of("2017-W47", {"meituan": 2})
    )
    text = plain(await told(gapped, "/trend 메이투안"))
    assert "2주" in text
    assert "점선" in text


async def test_the_time_asked_for_is_clamped_and_longer_ones_are_offered(tmp_path: Path) -> None:
    long = a_store(tmp_path, *weeks(1, *({"meituan": at % 3} for at in range(30))))
    usual = await told(long, "/trend 메이투안")
    assert "12주" in plain(usual)
    assert buttons(usual)["26주 보기"] == "/trend id:meituan 26"
    assert "26주" in plain(await told(long, "/trend 메이투안 26"))
    assert "1주 대신 2주" in plain(await told(long, "/trend 메이투안 1"))
    far = await told(long, "/trend 메이투안 500주")
    assert "500주 대신 104주" in plain(far)
    assert "30주" in plain(far)
    assert not any("주 보기" in label for label in buttons(far))


@pytest.mark.parametrize(
    ("typed", "ids", "count"),
    [
        ("메이투안", ["meituan"], None),
        ("메이투안 26", ["meituan"], 26),
        ("메이투안 26주", ["meituan"], 26),
        ("Meituan vs Didi 8 weeks", ["meituan", "didi"], 8),
        ("메이투안vs디디", ["meituan", "didi"], None),
        ("메이투안 대 디디 대 텐센트", ["meituan", "didi", "tencent"], None),
        ("메이투안, 디디, 26", ["meituan", "didi"], 26),
        ("美团和滴滴", ["meituan", "didi"], None),
        ("美团、滴滴、腾讯 20周", ["meituan", "didi", "tencent"], 20),
        ("메이투안과 디디", ["meituan", "didi"], None),
        ("메이투안 디디", ["meituan", "didi"], None),
        ("id:meituan vs id:didi 52", ["meituan", "didi"], 52),
        ("Qihoo 360", ["qihoo-360"], None),
        ("메이투안 vs 치후 360", ["meituan", "qihoo-360"], None),
    ],
)  # fmt: skip
def test_names_and_weeks_are_read_as_people_write_them(
    store: Store, typed: str, ids: list[str], count: int | None
) -> None:
    wanted = read_trend(typed, store)
    assert [look.ids[0] for look in wanted.looks if look.status == "found"] == ids
    assert len(wanted.looks) == len(ids)
    assert wanted.weeks == count


async def test_a_fourth_company_is_left_out_and_named(store: Store) -> None:
    reply = await told(store, "/trend 메이투안, 디디, 바이트댄스, 텐센트")
    assert "3곳까지" in plain(reply)
    assert "뺀 회사: 텐센트" in plain(reply)
    assert reply.tags["companies"] == "meituan didi bytedance"


async def test_a_fourth_name_that_is_no_company_spoils_nothing(store: Store) -> None:
    reply = await told(store, "/trend 메이투안, 디디, 바이트댄스, 오포, zzqqxx")
    assert reply.tags["companies"] == "meituan didi bytedance"


async def test_one_company_under_two_names_is_one_line(store: Store) -> None:
    assert (await told(store, "/trend 메이투안 vs 美团")).tags["companies"] == "meituan"


async def test_a_company_without_stories_beside_one_with_some_is_a_line_of_nothing(store: Store) -> None:
    text = plain(await told(store, "/trend 메이투안 vs 텐센트"))
    assert "0, 0, 0, 0, 0" in text
    assert "이 기간에는 이야기가 없습니다." in text


async def test_without_any_story_it_says_so_and_draws_nothing(store: Store) -> None:
    reply = await told(store, "/trend 텐센트")
    assert plain(reply).startswith("아직 텐센트의 이야기가 없어")
    assert reply.file is None


async def test_without_a_story_lately_it_says_when_the_newest_was_and_offers_more_time(
    tmp_path: Path,
) -> None:
    store = a_store(tmp_path, *weeks(30, {"mobike": 1}, *({} for _ in range(14))))
    reply = await told(store, "/trend 메이투안")
    assert "최근 12주에는 메이투안의 이야기가 없습니다. 마지막 이야기는 2017년 7월 24일–30일에" in plain(
        reply
    )
    assert reply.file is None
    assert buttons(reply)["26주 보기"] == "/trend id:meituan 26"


async def test_one_week_alone_is_no_line_and_it_says_so(tmp_path: Path) -> None:
    store = a_store(tmp_path, a_week_of("2017-W47", {"meituan": 2}))
    reply = await told(store, "/trend 메이투안")
    assert "한 주(2017년 11월 20일–26일)뿐" in plain(reply)
    assert "메이투안: 이야기 2개" in plain(reply)
    assert reply.file is None


async def test_an_ambiguous_name_offers_the_whole_question_with_each_company(store: Store) -> None:
    reply = await told(store, "/trend 오포 vs 메이투안 26")
    assert set(buttons(reply).values()) == {
        "/trend id:oppo vs id:meituan 26",
        "/trend id:ofo vs id:meituan 26",
    }
    assert reply.file is None


async def test_a_typo_offers_the_question_again_and_an_unknown_name_leads_on(store: Store) -> None:
    assert "/trend id:meituan vs id:didi" in buttons(await told(store, "/trend meituan vs didii")).values()
    assert "/search zzqqxx" in plain(await told(store, "/trend zzqqxx"))
    assert [miss.query for miss in store.ledger.misses(limit=5)][:1]


async def test_a_store_that_only_reads_answers_an_unknown_name_as_well(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> None:
        raise StoreError

    monkeypatch.setattr(store.ledger, "note_miss", closed)
    assert "찾지 못했습니다" in plain(await told(store, "/trend zzqqxx"))


async def test_without_the_extra_the_answer_is_text_and_tells_administrators_how_to_get_pictures(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "can_draw", lambda: False)
    reply = await told(store, "/trend 메이투안")
    assert reply.file is None
    assert "1, 6, 0, 2, 3" in plain(reply)
    assert "resvg-py" not in plain(reply)
    assert plain(await told(store, "/trend 메이투안", admin=True)).count("resvg-py") == 1


async def test_a_picture_that_cannot_be_drawn_costs_nobody_the_answer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> bytes:
        raise ValueError("no font")

    monkeypatch.setattr(module, "can_draw", lambda: True)
    monkeypatch.setattr(module, "png", broken)
    reply = await told(store, "/trend 메이투안")
    assert reply.file is None
    assert "1, 6, 0, 2, 3" in plain(reply)


async def test_without_a_name_it_explains_itself_and_an_empty_store_says_so(tmp_path: Path) -> None:
    empty = a_store(tmp_path)
    assert titles(await told(empty, "/trend")) == ["/trend 회사 [vs 회사] [주]"]
    assert "아직 발행된 소식이" in plain(await told(empty, "/trend 메이투안"))


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read(text: str) -> None:
    wanted = read_trend(text.strip() or "x", _SHARED)
    assert wanted.looks


class _Bare:
    """A store of which only the catalogue is asked."""

    def __init__(self) -> None:
        from store.catalogue import load

        self.catalogue = load()


_SHARED: Store = _Bare()  # type: ignore[assignment]
