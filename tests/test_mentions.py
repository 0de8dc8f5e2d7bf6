"""Which companies a text names, and which words only look like names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from handlers.mentions import mentions
from store.catalogue import load

CATALOGUE = load()


def named(text: str, title: str = "") -> set[str]:
    return {mention.company for mention in mentions(title, text, CATALOGUE)}


@pytest.mark.parametrize(
    ("text", "companies"),
    [
        ("어제 메이투안이 새 배달 로봇을 내놓았다.", {"meituan"}),
        ("화웨이에서는 말을 아꼈다. 텐센트까지 나섰다.", {"huawei", "tencent"}),
        ("샤오미폰과 딥시크발 충격이 겹쳤다.", {"xiaomi", "deepseek"}),
        ("알리바바그룹 홀딩스는 위챗페이를 받는다.", {"alibaba", "wechat-pay"}),
        ("中화웨이, 새 칩 공개", {"huawei"}),
        ("今天美團與京東方簽約。", {"meituan", "boe"}),
        ("Shares of JD.com and Meituan rose; Tencent-backed rivals fell.", {"jd", "meituan", "tencent"}),
        ("ＢＹＤ는 유럽에 공장을 세운다.", {"byd"}),
        ("Kakao\u00a0와\u00a0알리바바\u00a0클라우드가 손잡았다.", {"alibaba-cloud"}),
    ],
)
def test_names_are_found_with_what_hangs_on_them(text: str, companies: set[str]) -> None:
    """Particles, compounds, traditional characters, width, NO-BREAK SPACE."""
    assert named(text) == companies


@pytest.mark.parametrize(
    "text",
    [
        "추천 알리고즘을 손봤다.",
        "감독 안토니오는 떠났다.",
        "비보존과 로스비보가 상장한다.",
        "위의 표를 보라. 그리고 거리를 재라.",
        "해외 투자, 국내 투자 모두 늘었다.",
        "시인은 히말라야에 올랐다. 스마트 도시다.",
        "他说得并非没有道理，理想很丰满。",
        "她在旧金山买了小米粥，完美的早餐。",
        "事情已经板上钉钉，不同程度地改善。",
        "北京东城区的移动互联网浪潮。",
        "在竞争中通过考试，其中兴趣最重要。",
        "an honor to keep the smart red apple on a quark",
        "see https://www.baidu.com/meituan or mail info@tencent.com",
        '<img alt="x" src="https://alibaba.com/a.png" class="Baidu">',
        "왕이 외교부장은 쇼핑을 위한 소설을 썼다.",
    ],
)
def test_everyday_words_and_addresses_are_no_companies(text: str) -> None:
    """Nothing is named here."""
    assert named(text) == set()


@pytest.mark.parametrize(
    ("text", "companies"),
    [
        ("배달은 바이두(百度外卖)가 맡고, 나중에도 바이두가 한다.", {"baidu-waimai"}),
        ("진료 앱 위의(微医)가 나왔다. 위의는 무료다.", {"wedoctor"}),
        ("숙소 앱 투자(途家)를 보라.", {"tujia"}),
        ("외교부장 왕이(王毅)가 왔다. 왕이는 웃었다.", set()),
        ("‘루엔텍스 그룹’(润泰集团)이 판다.", {"ruentex"}),
        ("휴대폰은 오포(OPPO)가 만든다.", {"oppo"}),
        ("자전거는 오포(ofo)가 빌려준다.", {"ofo"}),
        ("폴더블폰을 파는 오포는 중국 회사다.", {"oppo"}),
        ("스마트폰은 비보 vivo 가 늘었다.", {"vivo"}),
    ],
)
def test_the_name_in_brackets_decides(text: str, companies: set[str]) -> None:
    """Hanzi or Latin beside a name tells which company is meant, or that none is."""
    assert named(text) == companies


@pytest.mark.parametrize(
    ("text", "companies"),
    [
        ("비야디·니오·샤오펑이 경쟁한다.", {"byd", "nio", "xpeng"}),
        ("继腾讯、阿里、字节、百度之后。", {"tencent", "alibaba", "bytedance", "baidu"}),
        ("비야디, 지커, 샤오펑 등 세 곳이다.", {"byd", "zeekr", "xpeng"}),
        ("알리익스프레스가 왔다. 알리에서 사는 이가 늘었다.", {"aliexpress"}),
        ("理想宣布降价，理想股价下跌。", {"li-auto"}),
        ("小米汽车昨日亮相，据说小米还有计划。", {"xiaomi-auto", "xiaomi"}),
        ("니오(NYSE: NIO) 주가가 뛰었다.", {"nio"}),
        ("The smartphone maker Honor said it would list.", {"honor"}),
        ("스타트업인 ‘키미’가 화제다.", {"kimi"}),
    ],
)
def test_a_risky_name_counts_with_a_cue(text: str, companies: set[str]) -> None:
    """Lists, another spelling, a ticker, or what only companies do."""
    assert named(text) == companies


@pytest.mark.parametrize(
    "text",
    [
        "텐센트, 투자 확대",
        "百度、移动互联网时代来临",
        "새 브랜드를 알리고 알리는 일은 알리페이가 한다.",
    ],
)
def test_a_list_must_go_on_as_a_list(text: str) -> None:
    """A noun after the word makes it part of a phrase; a verb is a verb."""
    assert named(text) <= {"tencent", "baidu", "alipay"}


@pytest.mark.parametrize(
    "text",
    [
        "사진=바이두",
        "공장 전경. /사진=바이두 제공",
        "발사 장면 (사진 출처 = 웨이보 갈무리)",
        "图源：小红书",
        "来源：36氪",
        "据新华社报道，天气转凉。",
        "신화통신은 27일 이같이 보도했다.",
        "欢迎关注我们的官方微信公众号：甲乙",
        "좋은 글이었다.\n\n웨이보",
    ],
)
def test_credits_sources_and_channels_are_no_subject(text: str) -> None:
    """Who took the picture or was first to report is not what the story is about."""
    assert named(text, "제목") == set()


def test_a_medium_that_is_the_subject_counts() -> None:
    """Media can be the story."""
    assert named("36커는 나스닥에서 상장 폐지된다") == {"36kr"}


def test_spans_cut_the_surface_out_of_title_and_body() -> None:
    """Offsets are into title, line break, body."""
    found = mentions("메이투안\u00a0실적", "텐센트(騰訊)와 ＢＹＤ", CATALOGUE)

    printed = "메이투안\u00a0실적\n텐센트(騰訊)와 ＢＹＤ"
    assert [printed[slice(*m.span)] for m in found] == [m.surface for m in found]
    assert [m.surface for m in found] == ["메이투안", "텐센트", "騰訊", "ＢＹＤ"]


PIECES = st.sampled_from(
    [
        *(
            "메이투안",
            "알리",
            "투자",
            "小米",
            "理想",
            "바이두(百度外卖)",
            "오포",
            "Honor",
            "는",
            "의",
            "、",
            "·",
            ", ",
            " ",
        ),
        *(
            "\n",
            "(",
            ")",
            "사진=",
            "\ud800",
            "İ",
            "旧金山",
            "https://a.b/",
            "발표",
            "旗下",
            "36氪",
            "🎉",
            "据",
        ),
    ]
)


@given(st.lists(PIECES, max_size=40), st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_and_every_span_is_true(pieces: list[str], title: str) -> None:
    """Never an error, spans in order and apart, surfaces as printed, companies known."""
    body = "".join(pieces)
    printed = f"{title}\n{body}"
    past = 0
    for mention in mentions(title, body, CATALOGUE):
        start, end = mention.span
        assert past <= start < end
        assert printed[start:end] == mention.surface
        assert mention.company in CATALOGUE.companies
        past = end


@pytest.mark.parametrize(
    ("text", "companies"),
    [
        ("宁德时代与蜂巢开始合作建厂。", {"catl", "svolt"}),
        ("Shares of BYD and Neta are up.", {"byd", "neta"}),
        ("长城 CGO 今天发言。", {"great-wall"}),
        ("荣耀Magic9 下周开售。", {"honor"}),
        ("自研的混元大模型已经上线。", {"hunyuan"}),
        ("对抗字节系产品并不容易。", {"bytedance"}),
        ("샤오미패드와 레드미노트9를 샀다.", {"xiaomi", "redmi"}),
        ("텐센트였던 곳, 화웨이라면 다르다.", {"tencent", "huawei"}),
        ("中兴起诉对手。", {"zte"}),
        ("相比快手，对手更慢。", {"kuaishou"}),
    ],
)
def test_words_beside_a_name_speak_for_it(text: str, companies: set[str]) -> None:
    """Names joined with a sure one, officers, model names, the endings of "to be"."""
    assert named(text) == companies


@pytest.mark.parametrize(
    "text",
    [
        "中国移动互联网用户继续增长。",  # China's mobile internet
        "流感病毒正在传播。",
        "大模型浪潮与资本热。",
        "비보이 대회가 열렸다.",  # a particle that cannot follow the name
        "화면을 본 뒤 알리지만 말자.",  # a verb's stem
        "36氪了解到，项目已经启动。",
        "Sources spoke to the South China Morning Post about it.",
        "본문\n\n爱范儿 | 原文链接 · 查看评论 · 新浪微博\n끝말",
    ],
)
def test_what_only_contains_a_name_is_none(text: str) -> None:
    assert named(text) == set()
