"""What /alias is asked to do: every habit of typing it, and what is said where it cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from handlers.alias_words import Named, Wanted, change_of, change_of_own, named, script_of, typed, wanted
from handlers.errors import Refusal
from store.model import Company
from store.name_changes import is_name


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("", Wanted("list")),
        ("  텐센트  ", Wanted("show", "텐센트")),
        ("undo 12ab34", Wanted("undo", "12ab34")),
        ("add a = 가", Wanted("add", "a", (Named("가", "ko"),))),
        ("삭제 a＝가", Wanted("remove", "a", (Named("가", "ko"),))),
        ("merge a into b", Wanted("merge", "a", into="b")),
        ("병합 위챗 → 텐센트", Wanted("merge", "위챗", into="텐센트")),
        ("合并 微信 > 腾讯", Wanted("merge", "微信", into="腾讯")),
        ("add a = 理想 risky zh", Wanted("add", "a", (Named("理想", "zh", risky=True),))),
        ('add a = "Zen en" en', Wanted("add", "a", (Named("Zen en", "en"),))),
        ("add a = Trip en ko", Wanted("add", "a", (Named("Trip", "ko"),))),
        ("add a = en", Wanted("add", "a", (Named("en", "en"),))),
        ("new x-1 = 가 | B | ", Wanted("new", "x-1", (Named("가", "ko"), Named("B", "en")))),
        ("add a\u00a0= 가\u3000나", Wanted("add", "a", (Named("가 나", "ko"),))),
    ],
)
def test_what_is_typed_is_understood(text: str, want: Wanted) -> None:
    """Sub-commands, signs and tokens of three languages."""
    assert wanted(text) == want


@pytest.mark.parametrize(
    ("text", "key", "found"),
    [
        ("ad a = 가", "alias.bad_verb", "ad"),
        ("add a 가", "alias.bad_add", "a 가"),
        ("add", "alias.bad_add", "add"),
        ("remove = 가", "alias.bad_remove", "= 가"),
        ("merge a into b into c", "alias.bad_merge", "a into b into c"),
        ("new A = 가", "alias.bad_id", "A"),
        ("add a = !!", "alias.bad_name", "!!"),
        ("add a = 가\x07나", "alias.bad_name", "가\x07나"),
        ("add a = 가 | 나", "alias.one_name", "|"),
        ("add a = '가' now", "alias.bad_token", "now"),
        ("new a = " + " | ".join("가" * n for n in range(1, 32)), "alias.bad_new", None),
    ],
)
def test_what_cannot_be_read_is_named(text: str, key: str, found: str | None) -> None:
    """With the words that say what to type instead."""
    with pytest.raises(Refusal) as caught:
        wanted(text)

    assert caught.value.key == key
    assert found is None or caught.value.words["found"] == found


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_nothing_typed_is_a_crash(text: str) -> None:
    """Every text is a wish or a Refusal, with and without a sub-command."""
    for line in (text, f"add {text}", f"add a = {text}", f"new a = {text}", f"merge {text} into b"):
        try:
            found = wanted(line).names
        except Refusal:
            continue
        assert all(is_name(name.text) for name in found)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30).map(lambda text: " ".join(text.split())).filter(is_name), st.booleans())
def test_a_button_says_the_name_as_it_was_typed(text: str, risky: bool) -> None:
    """A name goes through a button's command unchanged."""
    try:
        name = named(f"{text} risky" if risky else text)
    except Refusal:  # in quotation marks that hold more than a name and tokens
        return

    assert named(typed(name)) == name


def test_names_stand_in_the_cell_of_their_script() -> None:
    """A traditional Chinese name among the traditional ones."""
    change = change_of("add", "a", [Named("가", "ko"), Named("騰訊", "zh", risky=True), Named("腾讯", "zh")])

    assert (change.ko, change.zh_hans, change.zh_hant, change.risky) == (
        ("가",),
        ("腾讯",),
        ("騰訊",),
        ("騰訊",),
    )
    company = Company("a", "company", ko=("가", "나"), en=("B",))
    own = change_of_own("remove", company, ("나", "B"))
    assert (own.ko, own.en) == (("나",), ("B",))
    assert (script_of("위챗 WeChat"), script_of("QQ音乐"), script_of("QQ")) == ("ko", "zh", "en")
