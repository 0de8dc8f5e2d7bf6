"""/ask: the sentences that answer, the figure first, and nothing that is not in the store."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from handlers.message import Card, Heading, Reply, Text
from handlers.reading import read
from store.bundle import Store
from store.catalogue import load
from store.model import LANGUAGES, Story
from tests.asks import a_store, an_ask, anyone, buttons, plain, told
from tests.build import an_edition
from tests.news import a_newsroom

SEED = Path(__file__).parents[1] / ".." / "shared" / "data" / "seed_issue.txt"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return a_newsroom(tmp_path_factory.mktemp("press"))


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The store that holds the sample issue."""
    from handlers.ingest import apply, plan
    from tests.build import NOON

    if not SEED.exists():
        pytest.skip("no shared/data/seed_issue.txt beside the repository")
    found = a_store(tmp_path_factory.mktemp("seed"))
    issue = read(SEED.read_text("utf-8"), load())
    apply(plan(issue, found.library, now=NOON, source="seed"), found.library)
    return found


def first_line(reply: Reply) -> str:
    block = reply.blocks[0]
    assert isinstance(block, Heading | Text)
    return block.text if isinstance(block, Heading) else "".join(run.text for run in block.line)


def said(reply: Reply) -> list[str]:
    """The sentences that the cards show, without the ellipsis of a cut."""
    shown = []
    for block in reply.blocks:
        if isinstance(block, Card):
            text = next(each for each in block.blocks if isinstance(each, Text))
            shown.append("".join(run.text for run in text.line).strip("…"))
    return shown


def holds(story: Story, sentence: str) -> bool:
    return " ".join(sentence.split()) in " ".join(story.body.split())


@pytest.mark.parametrize(
    ("question", "figure", "story"),
    [
        ("텐센트 3분기 매출은?", "652억 위안 (10조 6426억 원)", "2017-W46-1"),
        ("What was Tencent's revenue in Q3?", "652억 위안 (10조 6426억 원)", "2017-W46-1"),
        ("腾讯第三季度营收是多少？", "652억 위안 (10조 6426억 원)", "2017-W46-1"),
        ("텐센트 광고 매출은 얼마인가요?", "69억 위안", "2017-W46-1"),
        ("텐센트 순이익 알려줘", "180억 위안", "2017-W46-1"),
        ("How many users does WeChat have?", "9억 8000만 명", "2017-W46-1"),
        ("微信有多少用户", "9억 8000만 명", "2017-W46-1"),
        ("美团罚款多少", "20만 위안 (3264만 원)", "2017-W47-1"),
        ("메이투안의 벌금은 얼마야?", "20만 위안 (3264만 원)", "2017-W47-1"),
        ("샤오미의 인도 시장 점유율은 몇 퍼센트?", "23.5%", "2017-W47-2"),
        ("小米在印度的市场份额是多少", "23.5%", "2017-W47-2"),
        ("징둥 3분기 매출은?", "837亿元", "2017-W47-3"),
    ],
)
async def test_a_figure_question_gets_the_figure_first(
    store: Store, question: str, figure: str, story: str
) -> None:
    """As printed, with its printed conversion; below it the sentence, the story and the link."""
    reply = await told(store, f"/ask {question}")
    assert first_line(reply) == figure
    assert f"/story {story}" in buttons(reply).values()
    assert f"https://news.example/{story}" in plain(reply)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("블루고고는 왜 해산했나요?", "블루고고가 결국 해산했다."),
        ("When did Bluegogo shut down?", "블루고고가 결국 해산했다."),
        ("모바이크는 누구와 제휴를 맺었나?", "모바이크는 은행과 제휴를 맺었다."),
        ("누가 배달 수수료를 내렸나?", "어러머와 메이투안이 배달 수수료를 내렸다."),
        ("京东在哪里启用仓储机器人？", "京东在上海启用仓储机器人。"),
    ],
)
async def test_another_question_gets_the_sentence(store: Store, question: str, sentence: str) -> None:
    assert said(await told(store, f"/ask {question}"))[0] == sentence


UNANSWERABLE = (
    "텐센트 직원 수는?",
    "텐센트 4분기 매출은?",
    "텐센트 2015년 매출은?",
    "텐센트 인도 매출은?",
    "메이투안 매출은?",
    "위챗 매출은?",
    "바이두 순이익은 얼마인가요?",
    "메이투안 창업자는 누구?",
    "메이투안 이용자는 몇 명?",
    "테슬라 3분기 매출은?",
    "애플 시가총액은?",
    "오늘 서울 날씨 어때?",
    "What is the weather in Beijing?",
    "How many employees does Alibaba have?",
    "阿里巴巴有多少员工",
    "小米手机价格多少",
    "샤오미 일본 점유율은?",
    "When did ByteDance launch TikTok?",
    "화웨이 매출은 얼마?",
    "김치찌개 만드는 법은?",
    "滴滴罚款多少",
    "Who founded Meituan?",
    "百度市值多少",
    "Who won the world cup in 2018?",
    "샤오미 기업가치는?",
    "텐센트 테슬라 지분은 몇 퍼센트?",
    "京东上市时间是什么时候？",
    "모바이크 보증금은 얼마?",
)


@pytest.mark.parametrize("question", UNANSWERABLE)
async def test_what_is_not_in_the_store_is_said_to_be_missing(store: Store, question: str) -> None:
    """A company that is known for something else, another quarter, another country, another world."""
    reply = await told(store, f"/ask {question}")
    assert reply.tags["status"] == "none"
    assert first_line(reply).startswith("저장된 이야기에 답이 없습니다")
    assert said(reply) == []


ANSWERED_BY_THE_SEED = {
    "텐센트 3분기 순이익은 얼마인가요?": "180억 위안",
    "텐센트 게임 매출은 얼마야?": "268억 4400만 위안",
    "What is Tencent's Q3 revenue?": "652억 위안",
    "微信用户有多少": "9.8억 명",
    "위챗 이용자는 얼마나 늘었나?": "15.8%",
    "美团罚款多少": "20만 위안",
    "What is Xiaomi's market share in India?": "23.5%",
    "알리바바는 가오신유통 지분을 얼마나 인수했나?": "36.16%",
    "小红书有多少用户": "5000만 명",
    "闲鱼有多少卖家": "1600만 명",
    "아이플라이텍 로봇은 몇 점을 받았나?": "465점",
    "배틀그라운드 이용자는 몇 명?": "1300만 명",
    "샹환지는 투자를 얼마나 받았나요?": "1.1억 위안",
    "샤오밍 보증금 연체액은?": "5000만 위안",
    "여우미 매출은 얼마?": "165억 원",
}
MISSING_FROM_THE_SEED = (
    "바이두 매출은?", "알리바바 순이익은?", "텐센트 직원 수는?", "京东第三季度营收", "위챗 매출은?",
    "시엔위 상장은 언제?", "모바이크 보증금은 얼마?", "샤오홍슈 기업가치는?",
    "디디추싱 벌금은 얼마인가요?", "텐센트 4분기 매출은?",
)  # fmt: skip


async def test_the_sample_issue_answers_what_it_holds_and_no_more(seeded: Store) -> None:
    for question, figure in ANSWERED_BY_THE_SEED.items():
        assert (await told(seeded, f"/ask {question}")).tags.get("figure") == figure, question
    for question in MISSING_FROM_THE_SEED:
        assert (await told(seeded, f"/ask {question}")).tags["status"] == "none", question


async def test_every_sentence_shown_stands_in_its_story(store: Store, seeded: Store) -> None:
    """Word for word; so does the figure. Whatever is asked."""
    asked = [
        *ANSWERED_BY_THE_SEED,
        *UNANSWERABLE,
        "텐센트?",
        "공유자전거는 어떻게 됐나?",
        "드론은?",
    ]
    for library in (store, seeded):
        stories = list(library.library.all_stories())
        for question in asked:
            reply = await told(library, f"/ask {question}")
            for sentence in said(reply):
                assert any(holds(story, sentence) for story in stories), sentence
            if figure := reply.tags.get("figure"):
                bodies = " ".join(" ".join(story.body.split()) for story in stories)
                assert figure.replace("\u00a0", " ") in bodies.replace("\u00a0", " ")


async def test_a_company_alone_gets_what_is_newest_of_it(store: Store) -> None:
    reply = await told(store, "/ask 메이투안 소식은?")
    assert reply.tags["status"] == "about"
    assert "메이투안" in said(reply)[0]
    assert buttons(reply)["메이투안"] == "/company id:meituan"


async def test_a_missing_answer_says_how_much_is_known_and_what_to_press(store: Store) -> None:
    reply = await told(store, "/ask 메이투안 이용자는 몇 명?")
    assert "메이투안이 나오는 이야기 2개" in plain(reply)
    assert "/company id:meituan" in buttons(reply).values()
    assert "화웨이는 아직 어떤 이야기에도" in plain(await told(store, "/ask 화웨이 매출은?"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_answer_is_in_the_readers_language_and_the_sentence_in_its_own(
    store: Store, language: str
) -> None:
    reply = await told(store, "/ask 텐센트 3분기 매출은?", language=language)
    assert first_line(reply) == "652억 위안 (10조 6426억 원)"
    assert ("RMB 65.2bn" in plain(reply)) == (language == "en")
    assert ("652亿元" in plain(reply)) == (language == "zh")
    assert "매출 652억 위안(10조 6426억 원)에 순이익 180억 위안을 남겼다." in said(reply)
    assert (await told(store, "/ask Tesla?", language=language)).tags["status"] == "none"


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("텐센트 3분기 매출은?", "figure"), ("美团罚款多少", "figure"),
        ("How many users does WeChat have", "figure"),
        ("왜 블루고고는 해산했나", "stories"), ("who opened stores in India?", "stories"),
    ],
)  # fmt: skip
async def test_a_plain_question_in_a_private_chat_is_answered(store: Store, typed: str, tag: str) -> None:
    assert tag in (await told(store, typed)).tags
    from handlers.answer import answer

    assert await answer(an_ask(typed, private=False), store, manages=anyone) is None


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("메이투안", "메이투안 (美团, Meituan)"),
        ("메이투안?", "메이투안 (美团, Meituan)"),
        ("배달 수수료", "‘배달 수수료’ 검색 결과 1개"),
    ],
)
async def test_names_and_words_go_where_they_went(store: Store, typed: str, first: str) -> None:
    assert first_line(await told(store, typed)) == first


async def test_a_question_that_says_nothing_is_told_how(store: Store) -> None:
    assert "/ask 텐센트" in plain(await told(store, "/ask 얼마인가요?"))
    assert "/ask 질문" in plain(await told(store, "/ask"))
    assert "너무 깁니다" in plain(await told(store, "/ask " + "왜 " * 150))


async def test_a_story_of_one_endless_sentence_is_cut_around_the_words(tmp_path: Path) -> None:
    from tests.build import a_story

    story = a_story(body="가나 " * 20_000 + "드론이 창고에서 난다 " + "다라 " * 20_000, companies=())
    store = a_store(tmp_path, (an_edition("2017-W47", (story,)), (story,)))
    reply = await told(store, "/ask 드론은 어디에서 나나?")
    assert len(said(reply)[0]) <= 602
    assert "드론" in said(reply)[0]


@given(st.text(max_size=150))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_question_makes_it_fail_or_invent(store: Store, question: str) -> None:
    reply = await told(store, f"/ask {question}")
    assert "failed" not in reply.tags
    for sentence in said(reply):
        assert any(holds(story, sentence) for story in store.library.all_stories())
