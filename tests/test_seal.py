"""Sealed texts: opened by any key, sealed by the first, and never changed unnoticed."""

from __future__ import annotations

import pytest

from store.seal import Seal, SealError, make_key

ONE, TWO = make_key(), make_key()


def test_what_is_sealed_can_be_opened_and_does_not_show() -> None:
    seal = Seal((ONE,))
    sealed = seal.close("xoxb-비밀")

    assert seal.open(sealed) == "xoxb-비밀"
    assert "xoxb" not in sealed
    assert sealed != seal.close("xoxb-비밀")


def test_the_first_key_seals_and_every_key_opens() -> None:
    old = Seal((ONE,)).close("x")
    both = Seal((TWO, ONE))

    assert both.open(old) == "x"
    assert Seal((TWO,)).open(both.close("y")) == "y"
    assert Seal((TWO,)).open(both.again(old)) == "x"
    assert (both.print == Seal((TWO,)).print, both.print == Seal((ONE,)).print) == (True, False)
    assert both.print not in TWO


def test_another_key_or_a_changed_text_opens_nothing() -> None:
    sealed = Seal((ONE,)).close("x")
    for seal, text in ((Seal((TWO,)), sealed), (Seal((ONE,)), sealed[:-4] + "AAA="), (Seal((ONE,)), "x")):
        with pytest.raises(SealError):
            seal.open(text)
        with pytest.raises(SealError):
            seal.again(text)


@pytest.mark.parametrize("keys", [(), ("short",), (ONE, "x" * 44)])
def test_what_is_no_key_is_refused(keys: tuple[str, ...]) -> None:
    with pytest.raises(SealError):
        Seal(keys)
