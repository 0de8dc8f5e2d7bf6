"""What reading shows of its decisions: every candidate, what it was held for, and the rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from bot.reading_cli import read_files
from handlers.decision import Decision
from handlers.errors import Refusal
from handlers.explain import SHOWN, decisions, explain, explained
from handlers.figures import figures
from handlers.mentions import mentions
from handlers.message import Bullets, Heading, Note
from handlers.words import texts
from store.bundle import Store
from store.catalogue import load
from store.model import LANGUAGES, Item, Language
from tests.asks import a_store, an_ask

CATALOGUE = load()


def judged(text: str) -> dict[str, Decision]:
    return {decision.surface: decision for decision in decisions("", text, CATALOGUE)}


@pytest.mark.parametrize(
    ("text", "surface", "taken", "rule"),
    [
        ("메이투안이 왔다", "메이투안", True, "sure"),
        ("비보(vivo)가 왔다", "비보", True, "gloss"),
        ("비야디·니오·샤오펑이 모였다", "니오", True, "list"),
        ("腾讯、阿里等公司", "阿里", True, "list"),
        ("추천 알리고즘", "알리", False, "tail"),
        ("로스비보 소식", "비보", False, "inside"),
        ("没有道理", "有道", False, "everyday"),
        ("새로운 투자 소식", "투자", False, "no_cue"),
        ("사진=텐센트\n글", "텐센트", False, "credit"),
        ("값은 20만 위안이다", "20만 위안", True, "unit"),
        ("값은 $30 이다", "$30", True, "sign"),
        ("20~30만원 한다", "20~30만원", True, "range"),
        ("버전 5.0 나옴", "5.0", False, "no_unit"),
        ("약 3파운드", "약 3파운드", False, "other_money"),
        ("10위안(1900원)이다", "1900원", False, "pair"),
    ],
)
def test_the_rule_that_decided_is_named(text: str, surface: str, taken: bool, rule: str) -> None:
    decision = judged(text)[surface]
    assert (decision.taken, decision.rule) == (taken, rule)


@given(
    st.text(alphabet="메이투안비보알리阿里蔚来与和(vivo) ·、，。0123456789만억위안원%~$c-\n", max_size=120)
)
@settings(max_examples=60, deadline=None)
def test_what_is_explained_as_taken_is_what_is_read(text: str) -> None:
    """One decision, told twice: spans of mentions and figures are those of the taken candidates."""
    taken = [one for one in decisions("", text, CATALOGUE) if one.taken]
    assert [one.means for one in taken if one.kind == "name"] == [
        mention.company for mention in mentions("", text, CATALOGUE)
    ]
    assert {(one.start, one.end) for one in taken if one.kind == "figure"} == {
        figure.span for figure in figures("", text)
    }
    assert all(f"\n{text}"[one.start : one.end].split() == one.surface.split() for one in taken)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_its_words(language: Language) -> None:
    """The rules that the code names stand in the words, and no others."""
    sources = "".join(
        (Path(__file__).parents[1] / "handlers" / f"{name}.py").read_text("utf-8")
        for name in ("aliases", "cues", "figures", "mentions", "pairs")
    )
    for key in texts(language):
        if key.startswith(("explain.name.", "explain.figure.")):
            assert f'"{key.rpartition(".")[2]}"' in sources, key


def test_places_count_lines_and_columns_of_an_item() -> None:
    item = Item(order=3, kind="story", title="제목", body="첫 줄\n둘째 샤오미 줄")
    (line,) = explained([item], CATALOGUE, "ko")
    assert line.startswith("3:3:4  샤오미 → 샤오미: 담음")


def test_read_prints_a_line_for_each_candidate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("텐센트가 5억 위안을 벌었고 알리고즘은 아니다.", "utf-8")
    assert read_files([str(path)], as_json=False, language="en", explain=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":", 1)[0] for line in lines] == [str(path)] * 3
    assert [": kept, " in line for line in lines] == [True, True, False]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.library.close()
    store.ledger.close()


async def test_the_command_shows_candidates_and_says_how_many_more(store: Store) -> None:
    reply = await explain(an_ask("/explain " + "샤오미 " * (SHOWN + 2), admin=True), store)
    head, listed, more = reply.blocks
    assert isinstance(head, Heading)
    assert isinstance(listed, Bullets)
    assert isinstance(more, Note)
    assert len(listed.lines) == SHOWN
    assert reply.whisper


async def test_without_a_text_the_command_says_what_to_type(store: Store) -> None:
    with pytest.raises(Refusal) as refused:
        await explain(an_ask("/explain", admin=True), store)
    assert refused.value.key == "explain.usage"
