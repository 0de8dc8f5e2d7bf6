"""A table that is handed in: what it would change, and everything wrong with it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings, strategies as st

from handlers.alias_file import LARGEST, brought
from store.catalogue import COLUMNS
from store.name_changes import NameChange, written
from store.names import Names

ADD = NameChange("add", "tencent", ko=("펭귄제국",))


def test_what_is_so_already_is_left_out(tmp_path: Path) -> None:
    """The shipped table handed in whole changes nothing."""
    names = Names(tmp_path)
    shipped = (Path(__file__).parents[1] / "store" / "data" / "companies.tsv").read_bytes()

    assert brought(shipped, "companies.tsv", names).changes == ()
    found = brought(written([ADD, ADD]).encode(), "x.tsv", names)
    assert (found.changes, found.errors) == ((ADD,), ())


def test_a_name_that_two_have_is_said_with_its_line(tmp_path: Path) -> None:
    """It is taken in, because a table cannot be asked."""
    rows = ["\t".join(COLUMNS), "fresh\tcompany\t\t\t\t프레시 | 메이투안"]
    found = brought("\n".join(rows).encode(), "x.tsv", Names(tmp_path))

    assert [change.company for change in found.changes] == ["fresh"]
    assert [(line, doubt.name.text, doubt.companies) for line, doubt in found.shared] == [
        (2, "메이투안", ("meituan",))
    ]


def test_errors_come_in_the_order_of_lines(tmp_path: Path) -> None:
    """Those of reading and those of sense together."""
    text = written([ADD, NameChange("add", "nobody", ko=("가나",))]) + "what\n"
    text += written([NameChange("merge", "wechat", "nobody")]).splitlines()[1]
    found = brought(text.encode(), "x.tsv", Names(tmp_path))

    assert found.changes == ()
    assert [error.args_for_words["line"] for error in found.errors] == ["3", "4", "5"]


def test_a_table_that_is_too_large_or_no_text_is_refused(tmp_path: Path) -> None:
    """Before anything is done with it."""
    names = Names(tmp_path)

    assert brought(b"x" * (LARGEST + 1), "x.tsv", names).errors
    assert brought(b"a\nb\xff", "x.tsv", names).errors[0].args_for_words["line"] == "2"


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_a_crash(data: bytes) -> None:
    """Whatever is sent is a table or an error."""
    names = Names(Path("nowhere"))
    for sent in (data, written([ADD]).encode() + data):
        found = brought(sent, "x.tsv", names)
        assert found.errors or all(change.company for change in found.changes)
