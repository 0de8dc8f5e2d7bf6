"""A text with its companies and figures, and the JSON of `jianbao read`."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings, strategies as st

from handlers.reading import as_json, number, read
from handlers.sample import sample_text
from store.catalogue import Catalogue, load
from store.model import Amount, Figure, Issue, Item, Mention, Problem

DATA = Path(__file__).parents[2] / "shared" / "data"
SEED = DATA / "seed_issue.txt"
shared = pytest.mark.skipif(not SEED.is_file(), reason="the shared data is not beside the repository")
MONEY = {"CNY", "KRW", "USD", "percent", "times", "people"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


def test_mentions_and_figures_stand_where_their_spans_say(catalogue: Catalogue) -> None:
    issue = read(sample_text(), catalogue)

    assert sum(len(item.mentions) for item in issue.items) >= 30
    for item in issue.items:
        whole = f"{item.title}\n{item.body}"
        for mention in item.mentions:
            assert whole[slice(*mention.span)] == mention.surface
        for figure in item.figures:
            assert whole[slice(*figure.span)]


def _worth(figure: Figure) -> tuple[str, Decimal, Decimal]:
    pair = figure.pair.value if figure.pair else None
    return figure.unit, figure.value or Decimal(0), pair or Decimal(0)


@shared
def test_the_sample_says_the_same_companies_and_figures_as_the_seed(catalogue: Catalogue) -> None:
    def told(text: str) -> list[tuple[set[str], list[Any]]]:
        return [
            (
                {mention.company for mention in item.mentions},
                sorted(_worth(figure) for figure in item.figures if figure.unit in MONEY),
            )
            for item in read(text, catalogue).items
        ]

    assert told(sample_text()) == told(SEED.read_text("utf-8"))


FIGURE = Figure(
    "652억 위안", Decimal(65200000000), "CNY", pair=Amount("10조 6426억 원", Decimal(10642600000000), "KRW")
)
ITEM = Item(
    order=1,
    kind="story",
    title="제목",
    body="글",
    source_url="https://n.example/a?utm_source=x",
    mentions=(
        Mention("tencent", "텐센트", (0, 3)),
        Mention("wechat", "위챗", (5, 7)),
        Mention("tencent", "腾讯", (9, 11)),
        Mention("tencent", "텐센트", (12, 15)),
    ),
    figures=(
        FIGURE,
        Figure("수백만", None, "count"),
        Figure("10~20%", Decimal(10), "percent", value_high=Decimal("20.5")),
    ),
)


def test_the_json_has_the_agreed_shape() -> None:
    problem = Problem(3, "problem.no_source", "제목")
    told = as_json("a.txt", Issue(8, "호", "2017-W47", (ITEM,), (problem,)), (problem,))

    assert told == {
        "file": "a.txt",
        "issue": {"number": 8, "title": "호", "week": "2017-W47"},
        "items": [
            {
                "order": 1,
                "kind": "story",
                "ad": False,
                "title": "제목",
                "body": "글",
                "source_url": "https://n.example/a?utm_source=x",
                "canonical_url": "https://n.example/a",
                "thumbnail_url": None,
                "companies": [
                    {"id": "tencent", "surfaces": ["텐센트", "腾讯"]},
                    {"id": "wechat", "surfaces": ["위챗"]},
                ],
                "figures": [
                    {
                        "raw": "652억 위안",
                        "value": 65200000000,
                        "unit": "CNY",
                        "pair": {"raw": "10조 6426억 원", "value": 10642600000000, "unit": "KRW"},
                        "subject": None,
                        "flag": None,
                    },
                    {
                        "raw": "수백만",
                        "value": None,
                        "unit": "count",
                        "pair": None,
                        "subject": None,
                        "flag": None,
                    },
                    {
                        "raw": "10~20%",
                        "value": 10,
                        "value_high": 20.5,
                        "unit": "percent",
                        "pair": None,
                        "subject": None,
                        "flag": None,
                    },
                ],
            }
        ],
        "problems": [{"line": 3, "reason": "problem.no_source", "detail": "제목"}],
    }
    assert '"value": 65200000000,' in json.dumps(told)


def test_a_figure_says_whose_it_is_and_what_is_odd_about_its_conversion() -> None:
    """Beside what is printed, never in its place."""
    body = (
        "텐센트의 매출은 652억 위안(10조 6426억 원)이다. 샤오미의 매출은 180억 위안(2조 9381억 원)이다."
        " 텐센트가 게임으로 번 돈은 268억 4400만 위안(약 4조 3013억 원)이다."
    )
    (item,) = cast("Any", as_json("a.txt", read(f"제목\n\n{body}", load()), ()))["items"]

    assert [figure["subject"] for figure in item["figures"]] == ["tencent", "xiaomi", "tencent"]
    assert [figure["flag"] for figure in item["figures"]] == [
        None,
        None,
        {"implied": 160.2332, "usual": 163.2289, "off": -0.0184, "instead": 4_382_000_000_000},
    ]
    assert item["figures"][2]["pair"]["value"] == 4_301_300_000_000


def test_a_file_that_could_not_be_read_has_no_items() -> None:
    assert as_json("a.txt", None, (Problem(0, "error.document_empty"),)) == {
        "file": "a.txt",
        "issue": None,
        "items": [],
        "problems": [{"line": 0, "reason": "error.document_empty"}],
    }


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Decimal("1E+3"), 1000),
        (Decimal("23.5"), 23.5),
        (Decimal(0), 0),
        (None, None),
        (Decimal("NaN"), None),
        (Decimal("1E+999999"), None),
    ],
)
def test_a_number_is_whole_where_the_amount_is(value: Decimal | None, told: float | None) -> None:
    found = number(value)

    assert found == told
    assert type(found) is type(told)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_is_read_and_printable(catalogue: Catalogue, text: str) -> None:
    json.dumps(as_json("a", read(text, catalogue), ()), allow_nan=False)
