"""What speaks against a name, before it is added."""

from __future__ import annotations

import pytest

from handlers.alias_doubts import careful, doubts, holders
from handlers.alias_words import Named, named
from store.catalogue import Catalogue, load
from store.model import Company


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("펭귄제국", []),
        ("메이투안", ["taken"]),
        ("meituan", ["taken"]),
        ("시장", ["everyday"]),
        ("市場", ["everyday"]),
        ("Cloud", ["everyday"]),
        ("旧金山", ["everyday"]),
        ("곰", ["short"]),
        ("XY", ["short"]),
        ("1234", ["short"]),
        ("시장 risky", []),
        ("투자", ["taken", "everyday"]),
    ],
)
def test_a_doubtful_name_is_known_by_its_kind(text: str, kinds: list[str]) -> None:
    """Another company's name, an everyday word of any of the three languages, a scrap."""
    assert [doubt.kind for doubt in doubts([named(text)], "tencent", load())] == kinds


def test_a_companys_own_name_is_no_other_companys() -> None:
    """And an id that was merged is a name of what it became."""
    assert doubts([Named("텅쉰", "ko")], "tencent", load()) == ()
    catalogue = Catalogue([Company("a", "company", en=("Alpha",))], moved={"beta": "a"})
    assert holders("Beta", catalogue) == holders("alpha", catalogue) == ("a",)


def test_only_words_become_risky() -> None:
    """A name that another company has is ambiguous anyway."""
    names = [Named("펭귄제국", "ko"), Named("메이투안", "ko"), Named("시장", "ko")]

    assert [name.risky for name in careful(names, doubts(names, "tencent", load()))] == [False, False, True]
