"""store/mend.py: the one byte that is wrong is found, and nothing is made up."""

from __future__ import annotations

import orjson
from hypothesis import given, settings, strategies as st

from store.mend import entry, line, mend

texts = st.lists(st.text('가나 "\\\n0[a', max_size=30), min_size=1, max_size=4)


def lines(values: list[str]) -> bytearray:
    rows = enumerate(values, 7)
    return bytearray(b"".join(line(orjson.dumps([number, [], [text]])) for number, text in rows))


@given(values=texts, where=st.integers(0, 10_000), flip=st.integers(1, 255))
@settings(max_examples=100, deadline=None)
def test_any_changed_byte_of_a_line_is_found(values: list[str], where: int, flip: int) -> None:
    """In the text, its number, its newline or its CRC, whatever it has become."""
    good = lines(values)
    first = good.index(b"\n") + 1
    bad = bytearray(good)
    place = where % first
    bad[place] ^= flip

    start, found = 0, mend(bad, 0, 7)
    assert found == (place, good[place])
    bad[found[0]] = found[1]
    assert entry(bad, start, first - 1) == [7, [], [values[0]]]


@given(values=texts, junk=st.binary(min_size=2, max_size=6), where=st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_more_than_one_changed_byte_is_not_mended_into_something_else(
    values: list[str], junk: bytes, where: int
) -> None:
    """Either it was one byte after all, or there is nothing to be done."""
    good = lines(values)
    bad = bytearray(good)
    place = where % max(1, good.index(b"\n") - len(junk))
    bad[place : place + len(junk)] = junk
    found = mend(bad, 0, 7)
    if found is not None:
        bad[found[0]] = found[1]
        assert bad == good


def test_a_line_that_is_whole_but_has_another_number_is_not_mended() -> None:
    """A line was lost or swapped; that is not a changed byte."""
    assert mend(lines(["a", "b"]), 0, 8) is None


def test_a_byte_far_into_a_long_line_is_found() -> None:
    """An edition is some sixty thousand bytes."""
    good = lines(["가" * 20_000])
    bad = bytearray(good)
    bad[31_000] ^= 0x10
    assert mend(bad, 0, 7) == (31_000, good[31_000])
