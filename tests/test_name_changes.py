"""The table of changes: what a person writes into it is read, what cannot be is said with its line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from store.catalogue import COLUMNS
from store.model import Ticker
from store.name_changes import TABLE, NameChange, is_id, is_name, name_key, read, same_name, written

PATH = Path("names.tsv")
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def row(**cells: str) -> str:
    named = {"change": "add", "id": "acme", "korean": "아크메"} | cells
    return "\t".join(named.get(column, "") for column in TABLE)


def table(*rows: str) -> str:
    return "\n".join(("\t".join(TABLE), *rows)) + "\n"


names = st.text(min_size=1, max_size=30).map(str.strip).filter(is_name)
lists = st.lists(names, max_size=3, unique=True).map(tuple)
ids = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,39}", fullmatch=True)
moments = st.none() | st.datetimes(
    min_value=datetime(2000, 1, 1),
    max_value=datetime(2100, 1, 1),
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=0))
people = st.sampled_from(["", "telegram:100/7", "slack:E1/T1/U1 names.tsv", "console:local/console"])


@st.composite
def changes(draw: st.DrawFn) -> NameChange:
    company, who, at = draw(ids), draw(people), draw(moments)
    if draw(st.booleans()):
        into = draw(ids.filter(lambda other: other != company))
        return NameChange("merge", company, into, who=who, at=at)
    ko, en, hans, hant = draw(lists), draw(lists), draw(lists), draw(lists)
    every = (*ko, *en, *hans, *hant)
    risky = tuple(dict.fromkeys(draw(st.lists(st.sampled_from(every), max_size=2)) if every else ()))
    return NameChange(
        "new" if every else "add",
        company,
        ko=ko,
        en=en,
        zh_hans=hans,
        zh_hant=hant,
        risky=risky,
        tickers=draw(st.sampled_from([(), (Ticker("0700", "HKEX"), Ticker("TCEHY", "OTC"))])),
        kind=draw(st.sampled_from(["", "app"])),
        sector=draw(st.sampled_from(["", "toys"])),
        parent=draw(st.just("") | ids),
        members=tuple(draw(st.lists(ids, max_size=2))),
        who=who,
        at=at,
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(changes(), max_size=5))
def test_what_is_written_is_read_again(held: list[NameChange]) -> None:
    """The file says everything that a change is, and a spreadsheet's ending of it does no harm."""
    text = written(held)

    assert read(text, PATH) == (tuple(held), ())
    assert read("\ufeff" + text.replace("\n", "\r\n"), PATH) == (tuple(held), ())
    assert written(read(text, PATH)[0]) == text


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_no_text_makes_reading_fail(text: str) -> None:
    """Whatever stands in the file, each line is a change or an error with its number."""
    for given_text in (text, table(text)):
        _, errors = read(given_text, PATH)
        lines = len(given_text.splitlines())
        assert all(1 <= int(error.args_for_words["line"]) <= lines for error in errors)


def test_a_line_becomes_a_change_with_every_cell_in_place() -> None:
    """Every column reaches the change, its moment in UTC."""
    text = table(
        row(
            when="2026-11-23T18:30:00+09:00",
            who="telegram:1/2",
            kind="app",
            sector="toys",
            parent="boss",
            members="a | b",
            english="Acme | ACME Toys",
            simplified="顶点",
            traditional="頂點",
            tickers="HKEX:0700",
            risky="顶点",
        )
    )

    (found,), errors = read(text, PATH)

    assert not errors
    assert found == NameChange(
        "add",
        "acme",
        ko=("아크메",),
        en=("Acme", "ACME Toys"),
        zh_hans=("顶点",),
        zh_hant=("頂點",),
        risky=("顶点",),
        tickers=(Ticker("0700", "HKEX"),),
        kind="app",
        sector="toys",
        parent="boss",
        members=("a", "b"),
        who="telegram:1/2",
        at=AT,
    )
    assert found.line == 2


def test_a_table_of_companies_is_a_table_of_new_ones() -> None:
    """The columns of companies.tsv alone are enough."""
    line = {"id": "acme", "kind": "app", "korean": "아크메"}
    text = "\t".join(COLUMNS) + "\n" + "\t".join(line.get(column, "") for column in COLUMNS) + "\n"

    (found,), errors = read(text, PATH)

    assert not errors
    assert found == NameChange("new", "acme", ko=("아크메",), kind="app")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row(change="rename"), "none of new, add, remove, merge"),
        (row(change=""), "none of new"),
        (row(id="Ac me"), "bad id"),
        (row(kind="planet"), "kind"),
        (row(korean="a\u200bb"), "cannot be a name"),
        (row(korean="x" * 61), "cannot be a name"),
        (row(korean="..."), "cannot be a name"),
        (row(risky="다른"), "none of the names"),
        (row(tickers="3690"), "EXCHANGE:CODE"),
        (row(when="yesterday"), "when"),
        (row(when="2026-11-23T09:00:00"), "when"),
        (row(into="boss"), "only a merge"),
        (row(change="merge", korean="", into="acme"), "another company"),
        (row(change="merge", into="boss"), "no names of its own"),
        (row(change="remove", kind="app"), "and nothing else"),
        (row(change="remove", korean=""), "names what is removed"),
        (row(change="new", korean=""), "without a name"),
        (row() + "\tmore", "cells"),
    ],
)
def test_a_broken_line_is_reported_with_its_number(line: str, reason: str) -> None:
    """The others are read all the same, so that one look at the errors is enough."""
    found, errors = read(table(row(id="first"), line, row(id="last")), PATH)

    assert [change.company for change in found] == ["first", "last"]
    assert [error.args_for_words["line"] for error in errors] == ["3"]
    assert reason in errors[0].args_for_words["reason"]


def test_columns_that_moved_are_refused_at_once() -> None:
    """Facts in the wrong cell would be worse than none."""
    found, errors = read("id\tname\nacme\t아크메\n", PATH)

    assert found == ()
    assert [error.args_for_words["line"] for error in errors] == ["1"]


def test_who_is_kept_on_one_line() -> None:
    """A line break in what a platform calls a person cannot start another line of the table."""
    change = NameChange("add", "acme", ko=("아크메",), who="x\ty\nz\u2028w")

    assert len(written([change]).splitlines()) == 2
    assert read(written([change]), PATH)[0][0].who == "x y z w"


def test_an_ident_tells_changes_apart() -> None:
    """Undo means one change and no other."""
    one, other = NameChange("add", "acme", ko=("가",), at=AT), NameChange("add", "acme", ko=("나",), at=AT)

    assert one.ident != other.ident
    assert one.ident == NameChange("add", "acme", ko=("가",), at=AT, line=9).ident


def test_names_are_the_same_as_a_look_up_sees_them() -> None:
    """Case, spaces, width and traditional characters make no other name."""
    assert same_name("알리바바 그룹", "알리바바그룹")
    assert same_name("ＪＤ.com", "jd com")
    assert same_name("騰訊", "腾讯")
    assert not same_name("메이투안", "메이퇀")
    assert name_key("騰訊 Inc.") == "腾讯inc"
    assert is_id("li-auto.2")
    assert not is_id("-x")
    assert not is_name(" 가")
