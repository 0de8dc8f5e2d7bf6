"""Newsletter texts into issues: titles, sources, weeks, and what is refused."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from handlers.newsletter import MAX_TEXT, is_issue, split
from handlers.newsletter.dating import date_in, date_in_url, is_issue_line, nth_week, number_in, week_of
from handlers.newsletter.items import first_sentence
from handlers.newsletter.links import bare_url, canonical_url, markdown_links
from handlers.sample import sample_text
from store.model import Issue

DATA = Path(__file__).parents[2] / "shared" / "data"
SEED = DATA / "seed_issue.txt"
shared = pytest.mark.skipif(not SEED.is_file(), reason="the shared data is not beside the repository")

NBSP = "\u00a0"


def fold(text: str | None) -> str:
    return " ".join((text or "").split())


def pairs(issue: Issue) -> list[tuple[str, str | None]]:
    return [(fold(item.title), item.source_url) for item in issue.items if not item.ad]


def reasons(issue: Issue) -> list[tuple[int, str]]:
    return [(problem.line, problem.reason) for problem in issue.problems]


@shared
def test_the_seed_reads_as_fifteen_items_with_exact_titles_links_and_thumbnail() -> None:
    gold = json.loads((DATA / "gold_seed.json").read_text("utf-8"))["items"]
    issue = split(SEED.read_text("utf-8"), name="seed_issue.txt")

    assert [
        (item.order, item.kind, item.title, item.source_url, item.thumbnail_url) for item in issue.items
    ] == [
        (item["order"], item["kind"], item["title"], item["source_url"], item["thumbnail_url"])
        for item in gold
    ]
    assert (issue.number, issue.week, issue.language) == (8, "2017-W47", "ko")
    assert issue.title.startswith("[Tech in China] 8.")
    assert issue.problems == ()
    assert is_issue(issue)


@shared
def test_nothing_of_the_page_around_the_seed_is_content() -> None:
    issue = split(SEED.read_text("utf-8"))

    whole = "\n".join(f"{item.title}\n{item.body}" for item in issue.items)
    for chrome in ("brunch", "C.S.Lewis", "매거진의", "댓글여부", "afliean", "콰이", NBSP, "출처"):
        assert chrome not in whole


def layouts() -> list[Any]:
    path = DATA / "layouts" / "gold.json"
    names = sorted(json.loads(path.read_text("utf-8"))["files"]) if path.is_file() else []
    return names or [
        pytest.param("", marks=pytest.mark.skip(reason="the shared data is not beside the repository"))
    ]


@pytest.mark.parametrize("name", layouts())
def test_a_layout_that_real_newsletters_use_is_read(name: str) -> None:
    gold = json.loads((DATA / "layouts" / "gold.json").read_text("utf-8"))["files"][name]
    issue = split((DATA / "layouts" / f"{name}.txt").read_text("utf-8"))

    assert pairs(issue) == [(fold(item["title"]), item["source_url"]) for item in gold["items"]]


def test_the_sample_is_a_whole_issue() -> None:
    issue = split(sample_text())

    assert (issue.number, issue.week, len(issue.items)) == (8, "2017-W47", 15)
    assert [item.kind for item in issue.items] == ["app"] + ["story"] * 14
    assert sum(1 for item in issue.items if item.source_url) == 14
    assert issue.items[0].thumbnail_url
    assert issue.problems == ()
    assert is_issue(issue)


def bare_sentences(text: str) -> str:
    """Text without addresses, brackets with their content, names in quotation marks and numbers."""
    text = re.sub(r"https?://\S+", "\n", text.replace(NBSP, " "))
    text = re.sub(r"\([^()]*\)|<[^<>]*>|‘[^‘’]*’|'[^']*'", "§", text)
    return re.sub(r"\s+", " ", re.sub(r"[\d.,%]+", "#", text))


@shared
def test_no_sentence_of_the_sample_was_copied() -> None:
    seed = bare_sentences(SEED.read_text("utf-8"))
    ours = bare_sentences(sample_text())

    copied = {ours[at : at + 25] for at in range(len(ours) - 25) if ours[at : at + 25] in seed}

    assert copied == set()
    titles = {item.title for item in split(SEED.read_text("utf-8")).items}
    assert titles.isdisjoint(item.title for item in split(sample_text()).items)


ISSUE = f"""사이트 이름

주간 시험 소식 12호 (2020년 3월 18일)


가람전자, 새 공장을 연다

가람전자가 동쪽 도시에 새 공장을 지었다고 밝혔다. 문은 다음 달에 연다.

공사에는 두 해가 걸렸다.


내용 출처{NBSP}URL:{NBSP}{NBSP}https://news.example/2020-03-16/a?x=1&y=2


나래은행 누리집{NBSP}개편

나래은행이 누리집을 새로 꾸몄다고 한다. 글씨가 커졌다.


출처: https://news.example/b


이전글 지난 소식
작품 선택
"""


def test_heading_text_source_is_one_item_after_another() -> None:
    issue = split(ISSUE)

    assert pairs(issue) == [
        ("가람전자, 새 공장을 연다", "https://news.example/2020-03-16/a?x=1&y=2"),
        ("나래은행 누리집 개편", "https://news.example/b"),
    ]
    first = issue.items[0]
    assert first.body.split("\n\n")[1] == "공사에는 두 해가 걸렸다."
    assert first.line == 6
    assert (issue.number, issue.week) == (12, "2020-W12")


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    assert split("\ufeff" + ISSUE.replace("\n", "\r\n")) == split(ISSUE)


def test_syllables_taken_apart_are_read_as_whole_ones() -> None:
    assert split(unicodedata.normalize("NFD", ISSUE)) == split(ISSUE)


def test_an_address_on_the_line_below_its_label_is_the_source() -> None:
    assert pairs(split(ISSUE.replace("출처: https", "출처:\nhttps"))) == pairs(split(ISSUE))


@pytest.mark.parametrize("mark", ["{n}. {title}", "■ {title}", "## {title}", "**{title}**"])
def test_an_app_and_an_issue_line_above_marked_titles_are_kept(mark: str) -> None:
    text = sample_text()
    plain = split(text)
    for n, item in enumerate(plain.items[1:], 1):
        line = text.splitlines()[item.line - 1]
        text = text.replace(f"\n{line}\n", f"\n{mark.format(n=n, title=line.strip())}\n")
    issue = split(text)

    assert pairs(issue) == pairs(plain)
    assert (issue.number, issue.week, issue.items[0].kind) == (8, "2017-W47", "app")


def test_a_foreword_is_told_not_swallowed() -> None:
    foreword = "이번 호는 조금 늦게 나왔습니다. 기다려 주신 분들께 고맙다는 말씀을 드립니다. 곧 뵙겠습니다."
    text = f"주간 소식 3호\n\n{foreword}\n\n" + "".join(
        f"{n}. 제목 {n}\n글 {n}이다.\n출처: https://n.example/{n}\n" for n in (1, 2)
    )
    issue = split(text)

    assert [item.title for item in issue.items] == ["제목 1", "제목 2"]
    assert (3, "problem.left_over") in reasons(issue)


def test_blank_lines_may_be_missing() -> None:
    squeezed = "\n".join(line for line in ISSUE.splitlines() if line.strip())

    assert pairs(split(squeezed)) == pairs(split(ISSUE))


def test_a_story_without_a_source_among_sourced_ones_is_kept_and_told_with_its_line() -> None:
    text = ISSUE.replace("출처: https://news.example/b\n", "").replace("이전글 지난 소식\n작품 선택\n", "")
    third = "\n\n다온통신 요금 인하\n\n다온통신이 요금을 내리기로 했다고 발표했다.\n\n\n출처: https://news.example/c\n"
    issue = split(text.rstrip("\n") + "\n" + third)

    assert pairs(issue)[1:] == [
        ("나래은행 누리집 개편", None),
        ("다온통신 요금 인하", "https://news.example/c"),
    ]
    assert (16, "problem.no_source") in reasons(issue)


def test_a_source_whose_address_is_broken_is_told_not_guessed() -> None:
    issue = split(ISSUE.replace("출처: https://news.example/b", "출처 URL: htp//news example b"))

    assert pairs(issue)[1] == ("나래은행 누리집 개편", None)
    assert (21, "problem.source_without_address") in reasons(issue)


def test_an_address_without_any_text_invents_no_item() -> None:
    issue = split(ISSUE + "\n\n출처: https://news.example/d\n")

    assert len(issue.items) == 2 or all(item.title for item in issue.items)
    assert "https://news.example/d" not in {item.title for item in issue.items}


def test_a_second_source_is_reported() -> None:
    issue = split(
        ISSUE.replace(
            "출처: https://news.example/b", "출처: https://news.example/b\n출처: https://news.example/b2"
        )
    )

    assert pairs(issue)[1][1] == "https://news.example/b"
    assert (22, "problem.second_source") in reasons(issue)


def test_the_app_of_the_week_takes_the_title_of_the_post() -> None:
    text = (
        "누구나 쓰는 지도\n\n"
        "[이웃 나라 소식] 3. 5월 첫째 주\n\n"
        "이번 주에 만나 볼 앱은 두루지도다. 길을 잘 안다.\n\n"
        "썸네일 URL: https://i.example/a.png\n\n"
        "\n소식 하나\n\n"
        "글이 여기 있다. 끝이다.\n\n"
        "출처: https://n.example/2019/0503/a\n"
    )
    issue = split(text)

    assert [(item.kind, item.title, item.thumbnail_url) for item in issue.items] == [
        ("app", "누구나 쓰는 지도", "https://i.example/a.png"),
        ("story", "소식 하나", None),
    ]
    assert (issue.number, issue.week) == (3, "2019-W18")


def test_a_numbered_list_inside_a_story_is_no_items() -> None:
    listed = "공사에는 두 해가 걸렸다.\n\n1. 땅을 샀다.\n2. 벽을 세웠다.\n3. 지붕을 얹었다."
    issue = split(ISSUE.replace("공사에는 두 해가 걸렸다.", listed))

    assert len(issue.items) == 2
    assert "2. 벽을 세웠다." in issue.items[0].body


def test_english_and_chinese_labels_are_known() -> None:
    english = (
        "Weekly News, 3 May 2019\n\n"
        "A firm opens a plant\n\n"
        "The firm opened its plant on Friday.\nSource: https://n.example/1\n\n"
        "A bank moves\n\n"
        "The bank moved to the east.\nRead more: https://n.example/2\n"
    )
    chinese = (
        "本周简报 2019年5月3日\n\n"
        "公司开了新厂\n\n"
        "公司周五宣布新厂开业。\n来源：https://n.example/1\n\n"
        "银行搬家\n\n"
        "银行搬到了东边。\n原文链接：https://n.example/2\n"
    )

    assert pairs(split(english)) == [
        ("A firm opens a plant", "https://n.example/1"),
        ("A bank moves", "https://n.example/2"),
    ]
    assert pairs(split(chinese)) == [
        ("公司开了新厂", "https://n.example/1"),
        ("银行搬家", "https://n.example/2"),
    ]
    assert (split(english).language, split(chinese).language) == ("en", "zh")
    assert split(english).week == split(chinese).week == "2019-W18"


def test_numbered_sections_with_linked_titles_are_items() -> None:
    text = (
        "# 주간 링크 81호\n\n"
        "## 소식\n\n"
        "1、[첫 글](https://n.example/1)\n\n"
        "첫 글의 요약이다.\n\n"
        "2、[둘째 글](https://n.example/2)\n\n"
        "둘째 요약이다.\n\n"
        "## 도구\n\n"
        "1、[셋째 글](https://n.example/3)\n\n"
        "셋째 요약이다.\n"
    )
    issue = split(text)

    assert pairs(issue) == [
        (f"{name} 글", f"https://n.example/{n}") for n, name in ((1, "첫"), (2, "둘째"), (3, "셋째"))
    ]
    assert issue.number == 81


def test_an_article_is_one_item_and_no_issue_to_import() -> None:
    text = "가람전자가 새 공장을 열었다\n\n" + "가람전자는 월요일에 새 공장을 열었다고 밝혔다.\n" * 5
    issue = split(text)

    assert [item.title for item in issue.items] == ["가람전자가 새 공장을 열었다"]
    assert not is_issue(issue)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n\n \u00a0 ",
        "그냥 길게 이어지는 글이다. 제목도 출처도 없다. " * 20,
        "def main():\n    x = 1\n    return x\n\nclass A:\n    def f(self):\n        pass\n",
        "홈\n로그인\n회사 소개\n이용 약관\n",
        Path(__file__).read_text("utf-8"),
        '{"a": 1,\n"b": [1, 2, 3],\n"c": {}}\n',
    ],
    ids=["empty", "blank", "prose", "code", "menu", "python", "json"],
)
def test_what_is_no_issue_is_refused(text: str) -> None:
    assert not is_issue(split(text))


def test_text_beyond_the_limit_is_told_with_its_line() -> None:
    line = "가나다라마바사 아자차카타파하. " * 50 + "\n"
    issue = split(line * (MAX_TEXT // len(line) + 10))

    assert (MAX_TEXT // len(line) + 1, "problem.too_long") in reasons(issue)


@pytest.mark.parametrize(
    "text",
    ["http://a.b/" * 20_000, "[" * 200_000, "[a](http://b.c) " * 10_000, "출처: " * 50_000, "#1" * 100_000,
     "<!--" * 50_000, "1. a\n" * 5_000, "| [a](http://b.c) |\n" * 10_000, "](" * 100_000,
     "제목\n\n출처: http://a.b\n" * 2_000],
)  # fmt: skip
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    split(text)


MIXED = st.lists(
    st.sampled_from(
        ["제목", "본문이다. 둘째 문장이다.", "출처: https://n.example/2017/1121/1", "내용 출처 URL:",
         "1. 하나",
         "2) 둘", "■ 점",
         "- [글](https://n.example/a)", "# 머리", "**굵게**",
         "| a | [b](https://n.example) |", "---",
         "", "", "\u00a0", "```",
         "11월 넷째 주", "[소식] 8. 12월 다섯째 주",
         "#3가★★★나#2다★★★라#1마★★★바", "썸네일 URL: http://i.example/x.png",
         "매거진의 이전글",
         "2017년 13월 40일", "date: 2017-02-30", "99월 첫째 주", "http://[::1",
         "출처: http://[", "<!-- ", "이번 주의 앱은"]
    ),
    max_size=25,
).map("\n".join)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=400), MIXED))
def test_any_text_is_read_and_titles_and_addresses_stand_in_it(text: str) -> None:
    issue = split(text)

    plain = fold(text)
    assert [item.order for item in issue.items] == list(range(1, len(issue.items) + 1))
    for item in issue.items:
        assert item.source_url is None or item.source_url in plain
        assert item.title == item.title.strip()
        assert item.title or item.body
        assert 1 <= item.line <= len(text.splitlines()) + 1
    is_issue(issue)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://www.gov.cn/xinwen/2017-11/15/content_1.htm", "2017-11-15"),
        ("http://it.21cn.com/itnews/a/2017/1121/09/3.shtml", "2017-11-21"),
        ("http://money.163.com/17/1120/11/D3.html", "2017-11-20"),
        ("http://www.ikanchai.com/article/20171115/1.shtml", "2017-11-15"),
        ("https://n.example/2020/3/7/a", "2020-03-07"),
        ("https://www.leiphone.com/news/201711/6Gp.html", None),
        ("http://soft.yesky.com/457/416629957.shtml", None),
        ("https://n.example/article/20064023", None),
        (None, None),
    ],
)
def test_the_day_in_an_address(url: str | None, day: str | None) -> None:
    found = date_in_url(url)

    assert (found.isoformat() if found else None) == day


@pytest.mark.parametrize(
    ("header", "urls", "week"),
    [
        (["11월 넷째 주의 소식"], ["http://n.example/2017-11-22/a"], "2017-W47"),
        (["1월 첫째 주"], ["http://n.example/2017-12-30/a"], "2018-W01"),
        (["2018년 12월 5주차"], [], None),
        (["2018년 11월 5주"], [], "2018-W48"),
        (["3월 2주차"], [], None),
        (["200729 소식"], [], "2020-W31"),
        (["중국 소식(171024)"], [], "2017-W43"),
        (["2018년 6월 12일(화)"], ["http://n.example/2017-11-22/a"], "2018-W24"),
        (["科技日报 | 2026年3月12日"], [], "2026-W11"),
        (["2021年5月第二周"], [], "2021-W19"),
        (["Issue 7, second week of May 2021"], [], "2021-W19"),
        (["News of 26 April 2022"], [], "2022-W17"),
        (["Edition 2017-W47"], [], "2017-W47"),
        (["소식"], ["http://n.example/2017-11-20/a", "http://n.example/2017-11-26/b"], "2017-W47"),
        (["소식"], [], None),
    ],
)
def test_the_week_of_an_issue(header: list[str], urls: list[str], week: str | None) -> None:
    assert week_of(header, "", urls) == week


def test_the_file_name_may_carry_the_date() -> None:
    assert week_of(["소식"], "issue-2017-11-24.txt", []) == "2017-W47"
    assert (
        split("소식 모음\n\n하나\n\n글이다 여기.\n출처: https://n.example/a", name="2019-01-01/x.txt").week
        is None
    )


def test_a_week_belongs_to_the_month_of_its_thursday() -> None:
    thursday = nth_week(2017, 11, 4)

    assert thursday is not None
    assert thursday.isoformat() == "2017-11-23"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("[Tech in China] 8. 11월 넷째 주", 8),
        ("Issue 126, covering April", 126),
        ("科技爱好者周刊：第 81 期", 81),
        ("[250608] Weekly archive - 20회차", 20),
        ("제12호 소식", 12),
        ("Weekly #31", 31),
        ("2018년 6월 12일", None),
        ("매출 1.5배 늘었다", None),
        ("15개 부처", None),
    ],
)
def test_the_number_of_an_issue(text: str, number: int | None) -> None:
    assert number_in(text) == number


def test_a_headline_names_no_issue() -> None:
    assert not is_issue_line("샤오미, 매출 1000억 위안 돌파")
    assert is_issue_line("비즈니스 동향(3월 2주차)")
    assert date_in("매출 39644억") is None


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("글 https://n.example/1, 다음", "https://n.example/1"),
        ("(https://n.example/a_(b))", "https://n.example/a_(b)"),
        ("https://n.example/1입니다", "https://n.example/1"),
        ("https://n.example/wiki/샤오미.", "https://n.example/wiki/샤오미"),
        ("https://n.example/?a=b&c=1。", "https://n.example/?a=b&c=1"),
        ("<https://n.example/x>", "https://n.example/x"),
        ("http:// n.example", None),
        ("없음", None),
    ],
)
def test_an_address_ends_where_the_sentence_goes_on(text: str, url: str | None) -> None:
    found = bare_url(text)

    assert (found.url if found else None) == url


def test_markdown_links_nest_brackets() -> None:
    text = "[[a] b](https://n.example/x_(y)#:~:text=(Z)) ![p](https://n.example/i.png) [c]({https://n.example/c})"

    assert [(link.text, link.url) for link in markdown_links(text)] == [
        ("[a] b", "https://n.example/x_(y)#:~:text=(Z)"),
        ("", ""),
        ("c", "https://n.example/c"),
    ]


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("HTTP://N.Example:80/a?utm_source=x&b=1#frag", "http://n.example/a?b=1"),
        ("https://n.example", "https://n.example/"),
        ("https://n.example/?a=%20b&c=", "https://n.example/?a=%20b&c="),
        ("https://e.example/v2/click/AA/aHR0cHM6Ly9leGFtcGxlLm9yZy9uLzE", "https://example.org/n/1"),
        ("https://e.example/r?url=https%3A%2F%2Fn.example%2Fz", "https://n.example/z"),
        ("https://n.example/a&amp;b", "https://n.example/a&b"),
        ("ftp://n.example", None),
        ("http://[::1", None),
        (None, None),
    ],
)
def test_the_canonical_address(url: str | None, plain: str | None) -> None:
    assert canonical_url(url) == plain


def test_the_first_sentence_takes_its_closing_quotation_mark() -> None:
    assert first_sentence("그가 “간다.” 둘째다.") == ("그가 “간다.”", "둘째다.")
    assert first_sentence("第一句。第二句。") == ("第一句。", "第二句。")
    assert first_sentence("하나뿐") == ("하나뿐", "")


@pytest.mark.parametrize("below", [True, False])
def test_entries_that_name_their_parts_are_items(below: bool) -> None:
    """ "제목: … / URL: … / 요약: …", the address above or below its title."""
    address = "URL: https://example.org/n/{}"
    parts = ["제목: {}번 이야기", address] if below else [address, "제목: {}번 이야기"]
    entry = "\n".join([*parts, "핵심 내용: {}번 글의 내용입니다."])
    issue = split("주간 목록\n\n" + "\n\n".join(entry.format(n, n, n) for n in (1, 2, 3)))

    assert pairs(issue) == [(f"{n}번 이야기", f"https://example.org/n/{n}") for n in (1, 2, 3)]
    assert [item.body for item in issue.items] == [f"{n}번 글의 내용입니다." for n in (1, 2, 3)]


def test_a_heading_over_link_led_lines_names_a_section() -> None:
    """Its lines are items without titles; the others keep theirs."""
    text = "\n\n".join(
        [
            "# 科技周刊 第 3 期",
            "1、[甲公司发布新品](https://example.org/a)",
            "甲公司今天发布了一款新产品，价格尚未公布。",
            "2、**短消息**",
            *(f"- [来源{n}](https://example.org/s{n})说了第{n}件事情。" for n in (1, 2, 3)),
            "3、[乙公司融资](https://example.org/b)",
            "乙公司完成了新一轮融资，投资方没有公开。",
        ]
    )
    assert pairs(split(text)) == [
        ("甲公司发布新品", "https://example.org/a"),
        *(("", f"https://example.org/s{n}") for n in (1, 2, 3)),
        ("乙公司融资", "https://example.org/b"),
    ]


def test_a_title_of_the_contents_that_was_changed_below_is_still_found() -> None:
    titles = ["甲公司发布新款手机", "乙公司宣布裁员计划", "丙公司在香港上市"]
    changed = "乙公司宣布裁员计划，涉及三个部门"
    bodies = [
        f"{title}\n\n这里是第{n}条的正文内容，写得完整。"
        for n, title in enumerate([titles[0], changed, titles[2]])
    ]
    issue = split("早报\n\n" + "\n\n".join(titles) + "\n\n" + "\n\n".join(bodies))
    assert [item.title for item in issue.items] == [titles[0], changed, titles[2]]


def test_the_front_matter_names_a_lone_article() -> None:
    """Sections are no titles, and no paragraph is lost above them."""
    first = "A first paragraph that is long enough to be the text of an article and no heading at all."
    text = f"---\ntitle: Alpha raises $5m\n---\n{first}\n\n# In other news\n\nA second paragraph."
    (item,) = split(text).items
    assert item.title == "Alpha raises $5m"
    assert item.body.startswith("A first paragraph")
    assert item.body.endswith("A second paragraph.")


def test_entries_that_lead_into_the_page_are_no_items() -> None:
    text = (
        "## 목차\n\n- [1. 가나 소개](#a)\n- [2. 다라 소개](#b)\n\n"
        "## 1. 가나 소개 [↑](#top)\n\n가나는 새로 나온 서비스입니다.\n\n"
        "## 2. 다라 소개 [↑](#top)\n\n다라는 오래된 서비스입니다."
    )
    assert [item.title for item in split(text).items] == ["가나 소개", "다라 소개"]


@pytest.mark.parametrize("mark", ["[광고] ", "Sponsored: ", "【推广】", "(AD) "])
def test_a_title_that_says_it_is_paid_for_is_an_advertisement(mark: str) -> None:
    text = (
        f"첫째 제목\n첫째 글입니다.\n출처 : https://example.org/1\n\n"
        f"{mark}둘째 제목\n둘째 글입니다.\n출처 : https://example.org/2\n"
    )
    assert [item.ad for item in split(text).items] == [False, True]


@pytest.mark.parametrize("title", ["광고 시장이 커진다", "Adobe ships a tool", "AD는 약어다", "推广普通话"])
def test_a_title_about_advertising_is_a_story(title: str) -> None:
    text = (
        f"{title}\n글입니다.\n출처 : https://example.org/1\n\n둘째\n글입니다.\n출처 : https://example.org/2\n"
    )
    assert not any(item.ad for item in split(text).items)
