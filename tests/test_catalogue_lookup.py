"""Look-up of what a person types, on a small catalogue of our own and on the shipped one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from store.catalogue import Catalogue, load
from store.lookup import LONGEST_QUERY
from store.model import Company, Ticker
from store.spelling import squash
from tests.queries import dev_queries

SHIPPED = load()

SMALL = Catalogue(
    [
        Company(
            "haneul",
            "company",
            ko=("하늘배달", "하늘 배달"),
            en=("Haneul Delivery Group",),
            zh_hans=("天空外卖",),
            zh_hant=("天空外賣",),
            tickers=(Ticker("0042", "HKEX"), Ticker("SKYD", "NASDAQ"), Ticker("600042", "SSE")),
        ),
        Company("haneul-pay", "app", ko=("하늘페이",), en=("Haneul Pay",), parent="haneul"),
        Company("ori-phone", "company", ko=("오리",), en=("Ori",), sector="smartphone", risky=("오리",)),
        Company("ori-bike", "company", ko=("오리",), en=("Oribike",), sector="bike sharing", risky=("오리",)),
        Company("pair", "group", ko=("하오",), en=("Hao",)),
        Company("most", "agency", en=("Ministry",)),
        Company("other", "company", en=("Most",)),
    ],
    members={"pair": ("haneul", "ori-phone")},
    pinyin={"haneul": ("tiankongwaimai",)},
)


@pytest.mark.parametrize(
    "query",
    [
        *(
            "하늘배달",
            "하늘 배달",
            " 하늘  배달 ",
            "하늘배달의",
            "하늘배달에서는",
            "하늘배달이",
            "하늘배달 그룹",
        ),
        *("HANEUL delivery group", "haneul delivery", "Haneul Delivery's", "Haneul Delivery’s"),
        *("haneul-delivery, inc.", "ｈａｎｅｕｌ　ｄｅｌｉｖｅｒｙ"),
        *("天空外卖", "天空外賣", "天空外卖公司", "「天空外卖」"),
        *("tiankongwaimai", "Tian Kong Wai Mai", "tiānkōng wàimài"),
        *("42", "0042", "00042", "0042.HK", "42 HK", "HKG:0042", "hkex: 42", "HK0042"),
        *("$SKYD", "skyd", "SKYD.US", "NASDAQ:SKYD"),
        *("600042", "600042.SH", "sh600042", "SSE:600042", "600042.SS"),
        *("id:haneul", "haneul", "하늘배달 2.0", "하늘배달3", "haneul delivery X2", "Haneul Delivery-SW"),
        *("하늘배달(天空外卖)", "天空外卖 / Haneul Delivery"),
    ],
)
def test_every_habit_of_writing_finds_the_company(query: str) -> None:
    """Language, case, width, spacing, particles, possessives, legal forms, pinyin, tickers, versions."""
    look = SMALL.find(query)

    assert (look.status, look.ids, look.query) == ("found", ("haneul",), query)


@pytest.mark.parametrize(
    "query", ["0042.SZ", "NYSE:SKYD", "600042.HK", "SZSE:600042", "id:nobody", "id:", "43"]
)
def test_a_code_counts_only_on_its_own_exchange(query: str) -> None:
    """A listing that does not exist finds nothing."""
    assert SMALL.find(query).status == "none"


def test_two_companies_under_one_spelling_are_both_offered() -> None:
    """Ambiguity is never guessed."""
    look = SMALL.find("오리")

    assert (look.status, set(look.ids)) == ("ambiguous", {"ori-phone", "ori-bike"})


def test_two_names_that_disagree_are_both_offered() -> None:
    """A bracket that names somebody else is not overruled."""
    assert set(SMALL.find("하늘배달(Haneul Pay)").ids) == {"haneul", "haneul-pay"}


def test_a_nickname_for_several_offers_itself_and_them() -> None:
    """A group answers with its members."""
    assert SMALL.find("하오").ids == ("pair", "haneul", "ori-phone")


def test_an_everyday_word_with_a_verbs_ending_is_no_company() -> None:
    """ "그리고" is "and", not Gree with a particle; "지리의" can be meant."""
    assert SHIPPED.find("그리고").status == "none"
    assert SHIPPED.find("나타나").status == "none"
    assert SHIPPED.find("무시하고").status == "none"
    assert SHIPPED.find("지리의").ids == ("geely",)


def test_an_id_beats_another_companys_name() -> None:
    """Buttons carry ids, so an id must never turn into something else."""
    assert SMALL.find("most").ids == ("most",)
    assert SMALL.find("MOST").ids == ("most",)


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("하늘배덜", "haneul"),
        ("하늘배다", "haneul"),
        ("하능배달", "haneul"),
        ("늘배달", "haneul"),
        ("haneul delivary", "haneul"),
        ("hanuel pay", "haneul-pay"),
        ("하늘페이히", "haneul-pay"),
        ("tiankongwaimei", "haneul"),
        ("하늘배달 주가", "haneul"),
    ],
)
def test_a_typo_is_suggested_and_not_taken(query: str, meant: str) -> None:
    """One wrong letter, syllable or order: the company meant comes first, as a question."""
    look = SMALL.find(query)

    assert (look.status, look.ids) == ("none", ())
    assert look.suggestions[0] == meant


@pytest.mark.parametrize(
    "query",
    [
        *("", "   ", "\n", "\x00", "하늘배달\x00", "\ud83d", "😀", "ㅋㅋㅋ", "?!", "12345", "' OR 1=1 --"),
        *("x" * 10_000, "하" * 10_000),
    ],
)
def test_odd_input_finds_nothing(query: str) -> None:
    """Neither an answer nor an error."""
    look = SMALL.find(query)

    assert (look.status, look.ids, look.query) == ("none", (), query)


@given(st.text(max_size=LONGEST_QUERY + 20))
@settings(max_examples=100, deadline=None)
def test_any_text_gets_an_answer_that_keeps_its_word(query: str) -> None:
    """The number of ids fits the status; every id is known; at most three suggestions."""
    look = SMALL.find(query)

    assert {"found": len(look.ids) == 1, "ambiguous": len(look.ids) > 1, "none": not look.ids}[look.status]
    assert {*look.ids, *look.suggestions} <= set(SMALL.companies)
    assert len(look.suggestions) <= 3


@given(st.sampled_from(sorted(SHIPPED.companies)), st.sampled_from(["", "의", "는", "에서는", "까지"]))
@settings(max_examples=100, deadline=None)
def test_every_korean_name_is_found_with_a_particle_too(company_id: str, particle: str) -> None:
    """The company is among the answers, whatever hangs on its name."""
    company = SHIPPED.companies[company_id]
    for name in company.ko:
        if len(name) > 1 and "가" <= name[-1] <= "힣":
            assert company_id in SHIPPED.find(name + particle).ids


def test_every_name_of_the_shipped_catalogue_finds_its_company() -> None:
    """Each spelling, as it is and squashed; each id; each ticker."""
    for company in SHIPPED.companies.values():
        assert SHIPPED.find(f"id:{company.id}").ids == (company.id,)
        for name in SHIPPED.names(company):
            assert {company.id} & set(SHIPPED.find(name).ids) or SHIPPED.get(name.lower()), name
            assert company.id in SHIPPED.index.named(squash(name)), name
        for ticker in company.tickers:
            assert company.id in SHIPPED.find(f"{ticker.exchange}:{ticker.code}").ids


@pytest.mark.parametrize(
    "query", ["네이버", "중국", "안녕하세요", "三星", "Samsung", "소나무", "今天天气", "hello world"]
)
def test_unrelated_words_find_nothing(query: str) -> None:
    """No company is guessed from an everyday word."""
    assert SHIPPED.find(query).status == "none"


def test_the_measured_queries_come_out_right() -> None:
    """At least 0.98 of the development queries that lie beside the repository."""
    rows = dev_queries()
    if not rows:
        pytest.skip("no shared/data/queries_dev.tsv beside the repository")
    wrong = [row for row in rows if not row.is_right(SHIPPED.find(row.query))]

    assert len(wrong) <= len(rows) * 0.02, wrong


@pytest.mark.parametrize(
    ("query", "company_id"),
    [
        ("3690HK", "meituan"),
        ("3690-HK", "meituan"),
        ("港股3690", "meituan"),
        ("홍콩 3690", "meituan"),
        ("BABA-US", "alibaba"),
        ("sz002594", "byd"),
        ("핀뚜오두오", "pdd"),
        ("시아오펑", "xpeng"),
        ("쌰오미", "xiaomi"),
        ("티엔마오", "tmall"),
        ("씨에이티엘", "catl"),
        ("비와이디", "byd"),
        ("Geely Auto", "geely"),
        ("BYD코리아", "byd"),
        ("美团的", "meituan"),
        ("比亚迪汽车", "byd"),
        ("Qwen2.5-Max", "qwen"),
        ("비보가", "vivo"),
    ],
)
def test_habits_of_typing_find_the_company(query: str, company_id: str) -> None:
    """Exchanges in words and signs, two ways to write Pinyin, letters spelled out, trades behind names."""
    assert SHIPPED.find(query).ids == (company_id,)


@pytest.mark.parametrize(
    "query",
    [
        "비보이",
        "거리차",
        "현대자동차",
        "애플코리아",
        "오오오",
        "베이징",
        "미디어",
        "hello",
        "can",
        "중국网",
        "나스닥",
    ],
)
def test_words_that_name_nobody_find_nothing(query: str) -> None:
    assert SHIPPED.find(query).status == "none"
