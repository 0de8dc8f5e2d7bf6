"""Pages of a list."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from handlers.lookup import pager, row_of, take_page, window


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("meituan page 2", ("meituan", 2)),
        ("page 2", ("", 2)),
        ("메이투안 2쪽", ("메이투안", 2)),
        ("메이투안 2 페이지", ("메이투안", 2)),
        ("美团 2页", ("美团", 2)),
        ("meituan", ("meituan", None)),
        ("meituan 2", ("meituan 2", None)),
        ("homepage 2", ("homepage 2", None)),
        ("", ("", None)),
    ],
)
def test_a_page_is_taken_off_the_end(typed: str, expected: tuple[str, int | None]) -> None:
    assert take_page(typed) == expected


@given(st.integers(0, 500), st.one_of(st.none(), st.integers(-5, 200)), st.integers(1, 20))
def test_a_window_always_lies_in_the_list(total: int, page: int | None, size: int) -> None:
    at = window(total, page, size)
    assert 1 <= at.page <= at.pages
    assert at.offset == (at.page - 1) * size
    assert at.offset < total or total == at.offset == 0
    assert at.moved is ((page or 1) > at.pages)


def test_the_ends_of_a_list_have_one_way_to_go() -> None:
    assert [button.command for button in pager("/x", window(30, 1, 10), "ko")] == ["/x page 2"]
    assert [button.command for button in pager("/x", window(30, 2, 10), "ko")] == ["/x page 1", "/x page 3"]
    assert [button.command for button in pager("/x", window(30, 3, 10), "ko")] == ["/x page 2"]
    assert pager("/x", window(3, 1, 10), "ko") == []
    assert row_of([]) == []
