"""/company: the card, and what stands in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.company import read_wanted
from handlers.figures import figures
from handlers.mentions import mentions
from handlers.message import Button, Buttons
from store.bundle import Store
from store.catalogue import load
from store.model import Language, Mention, Story, Subscriber
from tests.asks import CHAT, Week, a_store, buttons, plain, titles, told
from tests.build import a_story, an_edition


def a_month(company: str, count: int) -> list[Week]:
    """Editions of one story each about a company, 2017-W01 and on."""
    weeks: list[Week] = []
    for week in range(1, count + 1):
        story = a_story(f"2017-W{week:02}-1", title=f"{week}주 이야기", companies=(company,))
        weeks.append((an_edition(story.edition, (story,), number=week), (story,)))
    return weeks


def one_week(*stories: Story) -> Week:
    return an_edition(stories[0].edition, stories, number=8), stories


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path, *a_month("meituan", 23))


@pytest.mark.parametrize(
    ("language", "names", "count"),
    [
        ("ko", "메이투안 (美团, Meituan)", "이야기 23개 중 최신 5개입니다."),
        ("en", "Meituan (美团, 메이투안)", "The newest 5 of 23 stories."),
        ("zh", "美团（Meituan，메이투안）", "共 23 篇报道，这是最新的 5 篇。"),
    ],
)
async def test_the_card_begins_with_all_names_and_how_much_there_is(
    store: Store, language: Language, names: str, count: str
) -> None:
    assert plain(await told(store, "/company meituan", client_language=language)).splitlines()[:2] == [
        names,
        count,
    ]


async def test_the_newest_five_stories_stand_first_to_last(store: Store) -> None:
    reply = await told(store, "/company 메이투안")
    assert titles(reply)[1:] == [
        f"{place}. {week}주 이야기" for place, week in enumerate(range(23, 18, -1), start=1)
    ]
    assert "news.example (1번) <https://news.example/2017-W23-1>" in plain(reply)
    assert "23호 · 2017년 6월 둘째 주" in plain(reply)
    assert buttons(reply)["1번 읽기"] == "/story 2017-W23-1"


async def test_listing_and_products_are_named(store: Store) -> None:
    text = plain(await told(store, "/company 메이투안"))
    assert "HKEX 3690" in text
    assert "모바이크" in text


@pytest.mark.parametrize(
    ("typed", "shown", "said"), [("50", 20, True), ("0", 1, True), ("20", 20, False), ("3", 3, False)]
)
async def test_the_count_is_clamped_to_twenty_and_the_clamp_is_said(
    store: Store, typed: str, shown: int, said: bool
) -> None:
    reply = await told(store, f"/company 메이투안 {typed}")
    assert len(titles(reply)) - 1 == shown
    assert (f"{typed}개 대신 {shown}개" in plain(reply)) is said


async def test_more_walks_page_by_page_to_the_end_and_back(store: Store) -> None:
    seen: list[str] = []
    command = "/company 메이투안 10"
    for forward in ("메이투안 더 보기", "다음 쪽", None):
        reply = await told(store, command, pressed=True)
        seen += titles(reply)[1:]
        assert (forward in buttons(reply)) if forward else ("다음 쪽" not in buttons(reply))
        command = buttons(reply).get(forward or "", "")
    assert seen == [f"{place}. {24 - place}주 이야기" for place in range(1, 24)]
    assert reply.replace
    assert buttons(reply)["이전 쪽"] == "/company id:meituan 10 page 2"
    assert not (await told(store, "/company 메이투안", pressed=True)).replace


async def test_a_page_past_the_end_shows_the_last_and_says_so(store: Store) -> None:
    reply = await told(store, "/company id:meituan page 99", pressed=True)
    assert "목록이 바뀌었습니다" in plain(reply)
    assert titles(reply)[-1] == "23. 1주 이야기"


async def test_following_turns_the_follow_button_round(store: Store) -> None:
    assert buttons(await told(store, "/company 메이투안"))["메이투안 팔로우"] == "/follow id:meituan"
    store.ledger.put_subscriber(Subscriber(CHAT, follows=("meituan",)))
    assert buttons(await told(store, "/company 메이투안"))["메이투안 팔로우 취소"] == "/unfollow id:meituan"


async def test_an_unknown_name_is_answered_with_the_nearest_and_noted(store: Store) -> None:
    reply = await told(store, "/company meitun")
    assert "‘meitun’이라는 회사를 찾지 못했습니다" in plain(reply)
    assert "/company id:meituan" in buttons(reply).values()
    assert len(buttons(reply)) <= 3
    await told(store, "/company meitun")
    assert [(miss.query, miss.count) for miss in store.ledger.misses()] == [("meitun", 2)]


async def test_a_name_like_no_other_is_answered_with_what_there_is(store: Store) -> None:
    reply = await told(store, "/company qqqwwwzz")
    assert "호 23개" in plain(reply)
    assert set(buttons(reply).values()) == {"/search qqqwwwzz", "/companies"}


async def test_an_ambiguous_name_is_never_guessed(store: Store) -> None:
    ambiguous = next(
        name
        for company in store.catalogue.companies.values()
        for name in company.en + company.ko + company.zh_hans
        if store.catalogue.find(name).status == "ambiguous"
    )
    look = store.catalogue.find(ambiguous)
    reply = await told(store, f"/company {ambiguous} 3")
    assert list(buttons(reply).values()) == [f"/company id:{company} 3" for company in look.ids]
    assert plain(reply).count("이야기 ") == len(look.ids)
    assert len(set(buttons(reply))) == len(look.ids)


async def test_a_known_company_without_stories_can_be_followed(store: Store) -> None:
    reply = await told(store, "/company baidu")
    assert plain(reply).splitlines()[:2] == [
        "바이두 (百度, Baidu)",
        "아직 바이두의 이야기가 없습니다. 팔로우해 두시면 소식이 실릴 때 맨 위에서 보여 드립니다.",
    ]
    assert buttons(reply) == {"바이두 팔로우": "/follow id:baidu"}
    store.ledger.put_subscriber(Subscriber(CHAT, follows=("baidu",)))
    assert "팔로우하고 계시니" in plain(await told(store, "/company baidu"))


async def test_stories_of_products_follow_where_there_is_room(tmp_path: Path) -> None:
    both = a_story("2017-W47-1", title="둘 다", companies=("meituan", "mobike"))
    product = a_story("2017-W47-2", title="자전거", companies=("mobike",))
    store = a_store(tmp_path, one_week(both, product))
    reply = await told(store, "/company meituan")
    assert titles(reply)[1:] == ["1. 둘 다", "2. 자전거"]
    assert "메이투안의 제품과 계열 이야기" in plain(reply)
    assert buttons(reply)["모바이크 2개"] == "/company id:mobike"
    assert buttons(await told(store, "/company mobike"))["메이투안 1개"] == "/company id:meituan"
    assert titles(await told(store, "/company meituan 1"))[1:] == ["1. 둘 다"]


async def test_the_sentence_shown_is_the_one_that_names_the_company(tmp_path: Path) -> None:
    body = "첫 문장은 다른 회사를 말하고 길다. 둘째 문장은 메이투안의 일을 말한다."
    at = len("제목\n") + body.index("메이투안")
    mention = Mention("meituan", "메이투안", (at, at + 4))
    story = a_story("2017-W47-1", title="제목", body=body, mentions=(mention,), companies=())
    store = a_store(tmp_path, one_week(story))
    assert "둘째 문장은 메이투안의 일을 말한다." in plain(await told(store, "/company meituan"))


async def test_an_empty_store_says_so_and_tells_admins_what_to_do(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    for command in (
        "/company 메이투안",
        "/search 배달",
        "/latest",
        "/digest 8",
        "/editions",
        "/story 1",
        "/app",
        "/companies",
    ):
        assert plain(await told(store, command)) == "아직 발행된 소식이 없어 보여 드릴 것이 없습니다."
        assert "/import" in plain(await told(store, command, admin=True))


async def test_without_a_name_the_usage_stands_with_an_example(store: Store) -> None:
    text = plain(await told(store, "/company"))
    assert "/company 회사 [개수]" in text
    assert "/company 메이투안 10" in text


@pytest.mark.parametrize(
    ("typed", "company", "count", "page"),
    [
        ("메이투안", "meituan", None, None),
        ("메이투안 10", "meituan", 10, None),
        ("메이투안 10개", "meituan", 10, None),
        ("id:meituan 5 page 2", "meituan", 5, 2),
        ("메이투안 2쪽", "meituan", None, 2),
        ("Qihoo 360", "qihoo-360", None, None),
        ("Qihoo 360 3", "qihoo-360", 3, None),
        ("360", "qihoo-360", None, None),
        ("3690", "meituan", None, None),
    ],
)
def test_a_number_is_a_count_unless_the_name_has_it(
    store: Store, typed: str, company: str, count: int | None, page: int | None
) -> None:
    wanted = read_wanted(typed, store)
    assert (wanted.look.ids, wanted.count, wanted.page) == ((company,), count, page)


async def test_no_answer_has_an_empty_row_of_buttons(store: Store) -> None:
    for command in (
        "/company 메이투안",
        "/company qq",
        "/search 이야기",
        "/story 1",
        "/app",
        "/companies",
        "/editions",
    ):
        for block in (await told(store, command)).blocks:
            assert not isinstance(block, Buttons) or block.buttons
            assert all(
                isinstance(button, Button) and button.command for button in getattr(block, "buttons", ())
            )


def a_told_story(story_id: str, title: str, body: str) -> Story:
    """A story with what the readers find in it."""
    named, printed = mentions(title, body, load()), figures(title, body)
    return a_story(story_id, title=title, body=body, companies=(), mentions=named, figures=printed)


@pytest.fixture
def told_store(tmp_path: Path) -> Store:
    return a_store(
        tmp_path,
        one_week(
            a_told_story(
                "2017-W47-1",
                "텐센트 게임",
                "텐센트의 매출은 652억 위안(10조 6426억 원)이다. 알리바바가 9000억 위안을 썼다."
                " 텐센트의 이익은 180억 위안(2조 9381억 원)이다. 사고로 700만 명이 몰렸다.",
            ),
            a_told_story(
                "2017-W47-2", "다른 글", "텐센트의 게임 매출은 268억 4400만 위안(4조 3013억 원)이다."
            ),
        ),
    )


async def test_key_figures_are_its_own_with_what_they_count_and_what_is_odd(told_store: Store) -> None:
    """None that speaks of another company; the stories below do not say them again."""
    text = plain(await told(told_store, "/company 텐센트"))

    assert "주요 숫자\n652억 위안(10조 6426억 원) · 텐센트의 매출은" in text
    assert "268억 4400만 위안(4조 3013억 원) · 텐센트의 게임 매출은 ⚠ 환산 1.8% 차이" in text
    assert "9000억 위안" not in text.split("1. 텐센트 게임")[0]
    assert "숫자: " not in text
    assert "700만 명" in plain(await told(told_store, "/company 알리바바"))


async def test_who_appears_with_it_stands_in_a_line_and_on_buttons(told_store: Store) -> None:
    reply = await told(told_store, "/company 텐센트")

    assert "함께 나온 회사: 알리바바 1" in plain(reply)
    assert buttons(reply)["알리바바와 함께 나온 이야기 1개"] == "/with id:tencent, id:alibaba"


async def test_the_buttons_lead_from_following_to_figures_and_trend(store: Store) -> None:
    """In this order; a company without a story has nothing to show."""
    (last,) = [
        block for block in (await told(store, "/company 메이투안")).blocks if isinstance(block, Buttons)
    ]
    assert [button.command for button in last.buttons][:4] == [
        "/follow id:meituan",
        "/figures id:meituan",
        "/trend id:meituan",
        "/company id:meituan page 2",
    ]
    assert "텐센트 숫자" not in buttons(await told(store, "/company 텐센트"))
    assert "메이투안 숫자" not in buttons(await told(store, "/company id:meituan page 2"))
