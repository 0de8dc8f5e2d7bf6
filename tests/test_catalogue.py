"""The catalogue's tables: what loads, what is refused and how, and that derived files are up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.catalogue import COLUMNS, DATA, Catalogue, CatalogueError, load
from store.data.derive_pinyin import hanzi_table, pinyin_table
from store.model import Company, Ticker

HEADER = "\t".join(COLUMNS)


def folder_with(tmp_path: Path, *lines: str) -> Path:
    (tmp_path / "companies.tsv").write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return tmp_path


def row(ident: str, **cells: str) -> str:
    named = {"id": ident, "kind": "company", "english": ident.title()} | cells
    return "\t".join(named.get(column, "") for column in COLUMNS)


def test_a_line_becomes_a_company_with_every_cell_in_place(tmp_path: Path) -> None:
    """Every column of a line reaches the company."""
    line = row(
        "acme",
        kind="app",
        sector="toys",
        parent="boss",
        korean="아크메 | 애크미",
        english="Acme",
        simplified="顶点",
        traditional="頂點",
        tickers="HKEX:0700 | NYSE:ACM",
        risky="顶点",
    )
    catalogue = load(folder_with(tmp_path, row("boss"), line))

    assert catalogue.get("acme") == Company(
        id="acme",
        kind="app",
        ko=("아크메", "애크미"),
        en=("Acme",),
        zh_hans=("顶点",),
        zh_hant=("頂點",),
        tickers=(Ticker("0700", "HKEX"), Ticker("ACM", "NYSE")),
        parent="boss",
        sector="toys",
        risky=("顶点",),
    )


def test_what_a_spreadsheet_leaves_behind_does_no_harm(tmp_path: Path) -> None:
    """A byte order mark, Windows line ends, empty lines and cut-off cells are all read."""
    text = "\ufeff" + HEADER + "\r\n\r\nacme\tcompany\ttoys\t\t\t아크메\r\n\t\t\t\r\n"
    (tmp_path / "companies.tsv").write_bytes(text.encode())

    assert list(load(tmp_path).companies) == ["acme"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row("acme", kind="planet"), "kind"),
        (row("Ac me"), "bad id"),
        (row("acme", parent="nobody"), "nobody"),
        (row("acme", members="nobody"), "nobody"),
        (row("acme", tickers="3690"), "EXCHANGE:CODE"),
        (row("acme", english=""), "without a name"),
        (row("acme", risky="Everyday"), "none of its names"),
        (row("acme", parent="acme"), "circle"),
        (row("acme") + "\tmore", "cells"),
        (row("first"), "twice"),
    ],
)
def test_a_broken_line_is_reported_with_its_number(tmp_path: Path, line: str, reason: str) -> None:
    """The error names file, line and reason, for a person who edits the table."""
    with pytest.raises(CatalogueError) as caught:
        load(folder_with(tmp_path, row("first"), line))

    assert caught.value.key == "error.catalogue"
    assert caught.value.args_for_words["line"] == "3"
    assert reason in caught.value.args_for_words["reason"]
    assert "companies.tsv" in caught.value.args_for_words["path"]


def test_a_wrong_header_is_refused(tmp_path: Path) -> None:
    """Columns that moved would put facts in the wrong place."""
    (tmp_path / "companies.tsv").write_text("id\tname\n", encoding="utf-8")

    with pytest.raises(CatalogueError, match="first line"):
        load(tmp_path)


def test_a_missing_table_is_a_catalogue_error(tmp_path: Path) -> None:
    """No file, no traceback."""
    with pytest.raises(CatalogueError):
        load(tmp_path)


def test_the_shipped_catalogue_is_read_once() -> None:
    """Without a path the same object comes back."""
    assert load() is load()
    assert len(load().companies) > 400


def test_pinyin_and_hanzi_are_derived_from_what_stands_in_the_table() -> None:
    """Run `python -m store.data.derive_pinyin` after changing a Chinese name."""
    assert pinyin_table(load()) == (DATA / "pinyin.tsv").read_text(encoding="utf-8")
    assert hanzi_table() == (DATA / "hanzi.tsv").read_text(encoding="utf-8")


def test_family_is_a_company_and_everything_below_it() -> None:
    """Grandchildren are found, nearest first; nobody has no family."""
    catalogue = Catalogue(
        [
            Company("top", "company", en=("Top",)),
            Company("grandchild", "product", en=("Grandchild",), parent="child"),
            Company("child", "app", en=("Child",), parent="top"),
        ]
    )

    assert catalogue.family("top") == ("top", "child", "grandchild")
    assert [product.id for product in catalogue.products_of("top")] == ["child"]
    assert catalogue.family("nobody") == ()


def test_names_are_every_spelling_once() -> None:
    """A name that stands in two columns comes once."""
    company = Company(
        "ofo", "company", ko=("오포",), en=("ofo",), zh_hans=("ofo", "小黄车"), zh_hant=("小黃車",)
    )

    assert load().names(company) == ("오포", "ofo", "小黄车", "小黃車")


def test_importing_the_catalogue_pulls_in_nothing_heavy() -> None:
    """One answer on the command line must not wait for libraries it does not need."""
    import subprocess
    import sys

    code = (
        "import sys; from store.catalogue import load; load().find('메이투안');"
        "print([m for m in ('opencc', 'rapidfuzz', 'ahocorasick_rs', 'pypinyin') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=DATA.parents[1]
    )

    assert run.stdout.strip() == "[]"
