"""/figures: the ledger of a company."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from handlers.errors import Refusal
from handlers.figures import figures
from handlers.figures_cmd import SIZE, read_book, read_wanted
from handlers.mentions import mentions
from handlers.sample import sample_text
from store.bundle import Store
from store.catalogue import load
from store.model import Language, Story
from tests.asks import a_store, buttons, plain, titles, told
from tests.build import a_story, an_edition


def a_read_story(story_id: str, title: str, body: str) -> Story:
    """A story with what the readers find in it."""
    named, printed = mentions(title, body, load()), figures(title, body)
    return a_story(story_id, title=title, body=body, companies=(), mentions=named, figures=printed)


@pytest.fixture
def sample(tmp_path: Path) -> Store:
    """A store that holds the sample issue as an editor would import it."""
    from handlers.reading import read

    issue = read(sample_text(), load())
    stories = tuple(
        a_story(
            f"2017-W47-{item.order}", kind=item.kind, title=item.title, body=item.body, companies=(),
            mentions=item.mentions, figures=item.figures, source_url=item.source_url,
        )
        for item in issue.items
    )  # fmt: skip
    return a_store(tmp_path, (an_edition("2017-W47", stories, number=8, content_hash="sample"), stories))


async def test_the_ledger_holds_what_is_printed_its_sentence_its_story_and_what_is_odd(sample: Store) -> None:
    reply = await told(sample, "/figures 텐센트")
    text = plain(reply)

    assert text.splitlines()[0] == "텐센트의 숫자"
    assert "652억 위안(10조 6426억 원)\n매출은 652억 위안(10조 6426억 원)으로" in text
    assert "268억 4400만 위안(약 4조 3013억 원)" in text
    assert "⚠ 환산이 1.8% 다릅니다" in text
    assert "약 4조 3820억 원" in text
    assert text.count("⚠") == 1
    assert "8호 · 2017년 11월 넷째 주" in text
    assert buttons(reply)["1번 읽기"] == "/story 2017-W47-7"
    assert reply.tags["company"] == "tencent"


async def test_figures_of_others_stay_out_and_those_of_nobody_come_last(sample: Store) -> None:
    """WeChat's are a press away; what speaks of nobody stands under its own line."""
    book = read_book("tencent", sample)
    owns = [row.own for row in book.rows]
    assert owns == sorted(owns, reverse=True)
    assert book.others["wechat"] == 4
    assert "9.8억 명" not in {row.figure.raw for row in book.rows}

    reply = await told(sample, "/figures 텐센트")
    assert buttons(reply)["위챗 숫자 4개"] == "/figures id:wechat"
    assert "9.8억 명" in plain(await told(sample, "/figures 위챗"))
    last = await told(sample, "/figures id:tencent page 2", pressed=True)
    assert "텐센트가 나온 이야기의 숫자" in plain(last)
    assert "1300만 명" in plain(last)
    assert last.replace


async def test_what_the_bot_computes_stands_apart_and_is_marked(sample: Store) -> None:
    """Only where the text prints no conversion, at the rate of its own issue."""
    text = plain(await told(sample, "/figures 샹환지"))

    assert "1.1억 위안\n" in text
    assert "봇 계산: 약 179억 6000만 원" in text
    assert "‘봇 계산’은 이야기에 적힌 값이 아니라" in text


@pytest.mark.parametrize(
    ("language", "ours"),
    [("en", "Computed by the bot: about KRW 17.96bn"), ("zh", "机器人计算：约 179.6亿韩元")],
)
async def test_the_ledger_speaks_three_languages(sample: Store, language: Language, ours: str) -> None:
    """The printed form stays in its sentence whatever the reader's language."""
    text = plain(await told(sample, "/figures xianghuanji", client_language=language))

    assert ours in text
    assert "1.1억 위안" in text


async def test_a_currency_adds_a_column_where_the_issue_has_the_rate(sample: Store) -> None:
    text = plain(await told(sample, "/figures 텐센트 krw"))
    assert "봇 계산: 약 10조 6400억 원" in text
    assert "봇 계산: 약 4조 3820억 원" in text

    text = plain(await told(sample, "/figures 텐센트 usd"))
    assert "5개는 같은 호에 달러화 환산이 없어 계산하지 못했습니다." in text
    assert "봇 계산: 약" not in text.replace("봇 계산으로", "")


@pytest.mark.parametrize(
    ("typed", "company", "currency", "page"),
    [
        ("텐센트", "tencent", "", None),
        ("텐센트 원화", "tencent", "KRW", None),
        ("Tencent USD page 2", "tencent", "USD", 2),
        ("id:tencent cny", "tencent", "CNY", None),
        ("腾讯 人民币", "tencent", "CNY", None),
        ("JD.com", "jd", "", None),
        ("텐센트 2", "tencent", "", 2),
        ("텐센트  달러 3", "tencent", "USD", 3),
        ("Qihoo 360", "qihoo-360", "", None),
    ],
)
def test_the_last_word_is_a_currency_unless_the_name_has_it(
    sample: Store, typed: str, company: str, currency: str, page: int | None
) -> None:
    wanted = read_wanted(typed, sample)
    assert (wanted.look.ids, wanted.currency, wanted.page) == ((company,), currency, page)


async def test_a_currency_that_is_none_of_ours_is_refused_with_an_example(sample: Store) -> None:
    reply = await told(sample, "/figures 텐센트 gbp")
    assert "cny, krw, usd" in plain(reply)
    assert "/figures 텐센트 krw" in plain(reply)


@given(st.text(max_size=40), st.sampled_from(["", " krw", " gbp", " page 9", " 7", " usd 2쪽"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_understood_or_refused(sample: Store, typed: str, tail: str) -> None:
    """Never more than one of the known currencies, never a page that is no number."""
    try:
        wanted = read_wanted(typed + tail, sample)
    except Refusal:
        return
    assert wanted.currency in {"", "KRW", "CNY", "USD"}
    assert wanted.page is None or wanted.page >= 0


async def test_names_are_met_as_by_the_company_command(sample: Store) -> None:
    """Unknown, ambiguous, none: each with what to press, and that leads to figures."""
    unknown = await told(sample, "/figures meitun")
    assert "/figures id:meituan" in buttons(unknown).values()
    ambiguous = next(
        name
        for company in sample.catalogue.companies.values()
        for name in company.ko
        if sample.catalogue.find(name).status == "ambiguous"
    )
    asked = await told(sample, f"/figures {ambiguous}")
    assert asked.tags["status"] == "ambiguous"
    assert all(command.startswith("/figures id:") for command in buttons(asked).values())
    assert "/figures 회사" in plain(await told(sample, "/figures"))
    assert [miss.query for miss in sample.ledger.misses()] == ["meitun"]


async def test_no_figures_is_an_answer(tmp_path: Path) -> None:
    story = a_story(companies=("meituan",))
    store = a_store(tmp_path, (an_edition(stories=(story,)), (story,)))

    assert "메이투안이 나온 이야기 1개에 숫자가 없습니다." in plain(await told(store, "/figures 메이투안"))
    assert "아직 텐센트의 이야기가 없습니다" in plain(await told(store, "/figures 텐센트"))
    empty = a_store(tmp_path / "empty")
    assert "아직 발행된 소식이 없" in plain(await told(empty, "/figures 텐센트"))


async def test_pages_hold_every_figure_once_newest_first(tmp_path: Path) -> None:
    weeks = []
    for week in range(1, 20):
        story = a_read_story(f"2017-W{week:02}-1", f"{week}주", f"텐센트는 {week}억 위안을 벌었다.")
        weeks.append((an_edition(story.edition, (story,), number=week), (story,)))
    store = a_store(tmp_path, *weeks)

    seen: list[str] = []
    command = "/figures 텐센트"
    while command:
        reply = await told(store, command, pressed=True)
        assert len(titles(reply)) - 1 <= SIZE
        seen += titles(reply)[1:]
        command = buttons(reply).get("다음 쪽", "")
    assert [title.split(". ")[1] for title in seen] == [f"{week}주" for week in range(19, 0, -1)]
    assert "목록이 바뀌었습니다" in plain(await told(store, "/figures 텐센트 page 99"))
