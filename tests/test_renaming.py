"""Changes played over a catalogue: what companies are afterwards, and what makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.catalogue import Catalogue, CatalogueError
from store.model import Company, Ticker
from store.name_changes import NameChange
from store.renaming import applied, effective

PATH = Path("names.tsv")


def a_catalogue() -> Catalogue:
    return Catalogue(
        [
            Company("boss", "company", ko=("보스",), en=("Boss",)),
            Company(
                "acme",
                "company",
                ko=("아크메", "애크미"),
                en=("Acme",),
                zh_hans=("顶点",),
                zh_hant=("頂點",),
                tickers=(Ticker("1", "HKEX"),),
                parent="boss",
                risky=("顶点",),
            ),
            Company("toy", "app", en=("Toy",), parent="acme"),
            Company("trio", "group", en=("Trio",)),
        ],
        members={"trio": ("boss", "acme")},
        pinyin={"acme": ("dingdian",)},
        not_names=("顶点站",),
    )


def after(*changes: NameChange) -> Catalogue:
    return applied(a_catalogue(), changes, PATH)


def test_added_names_stand_behind_those_that_were_there() -> None:
    """The preferred name stays the first; risky is noted; the old catalogue is untouched."""
    before = a_catalogue()
    change = NameChange("add", "acme", ko=("새이름", "아크메"), risky=("새이름",), sector="toys")
    found = applied(before, [change], PATH).get("acme")

    assert found is not None
    assert found.ko == ("아크메", "애크미", "새이름")
    assert found.risky == ("顶点", "새이름")
    assert found.sector == "toys"
    assert before.companies["acme"].ko == ("아크메", "애크미")


def test_a_new_company_is_found_by_its_names() -> None:
    """A later line may name it as a parent or add to it."""
    catalogue = after(
        NameChange("new", "fresh", ko=("프레시",)),
        NameChange("add", "fresh", en=("Fresh",), parent="boss"),
        NameChange("new", "fresh", en=("Freshly",)),
    )

    assert catalogue.find("프레시").ids == catalogue.find("freshly").ids == ("fresh",)
    assert [child.id for child in catalogue.products_of("boss")] == ["acme", "fresh"]


def test_a_removed_name_is_gone_in_every_spelling() -> None:
    """Look-ups fold spaces and traditional characters, so removing does."""
    catalogue = after(NameChange("remove", "acme", zh_hans=("頂點",), tickers=(Ticker("1", "HKEX"),)))
    found = catalogue.companies["acme"]

    assert (found.zh_hans, found.zh_hant, found.risky, found.tickers) == ((), (), (), ())
    assert catalogue.find("顶点").status == "none"


def test_a_merge_moves_everything_that_a_company_has() -> None:
    """Names, codes, products, places in groups, pinyin, and the id itself."""
    catalogue = after(NameChange("merge", "acme", "boss"))
    boss = catalogue.companies["boss"]

    assert "acme" not in catalogue.companies
    assert boss.ko == ("보스", "아크메", "애크미")
    assert boss.tickers == (Ticker("1", "HKEX"),)
    assert boss.risky == ("顶点",)
    assert catalogue.companies["toy"].parent == "boss"
    assert catalogue.members["trio"] == ("boss",)
    assert catalogue.pinyin == {"boss": ("dingdian",)}
    assert catalogue.find("acme").ids == catalogue.find("id:acme").ids == ("boss",)
    assert catalogue.get("acme") == boss
    assert catalogue.not_names == ("顶点站",)


def test_a_parent_can_be_merged_into_what_is_below_it() -> None:
    """However far below: nobody becomes his own ancestor."""
    catalogue = after(NameChange("merge", "boss", "toy"))

    assert catalogue.companies["toy"].parent is None
    assert catalogue.companies["acme"].parent == "toy"


def test_merges_add_up() -> None:
    """An id merged twice means where it went in the end, for later lines, too."""
    catalogue = after(
        NameChange("merge", "toy", "acme"),
        NameChange("merge", "acme", "boss"),
        NameChange("merge", "toy", "boss"),
        NameChange("add", "toy", ko=("장난감",)),
    )

    assert catalogue.moved == {"toy": "boss", "acme": "boss"}
    assert catalogue.find("장난감").ids == ("boss",)


@pytest.mark.parametrize(
    "change",
    [
        NameChange("add", "nobody", ko=("가",), line=7),
        NameChange("add", "acme", parent="nobody", line=7),
        NameChange("add", "boss", parent="toy", line=7),
        NameChange("remove", "toy", en=("Toy",), line=7),
        NameChange("merge", "nobody", "boss", line=7),
        NameChange("merge", "boss", "nobody", line=7),
        NameChange("new", "g", ko=("그",), members=("nobody",), line=7),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(change: NameChange) -> None:
    """An unknown company, a circle of parents, a company without a name."""
    with pytest.raises(CatalogueError) as caught:
        after(change)

    assert caught.value.args_for_words["line"] == "7"


def test_two_names_of_one_company_cannot_be_merged() -> None:
    """They are merged already."""
    with pytest.raises(CatalogueError, match="one company already"):
        after(NameChange("merge", "acme", "boss"), NameChange("merge", "boss", "acme"))


def test_only_what_changes_something_counts() -> None:
    """What is so already is left out, what makes no sense is said."""
    same = NameChange("add", "acme", ko=("아크메",))
    fresh = NameChange("add", "acme", ko=("새것",))
    wrong = NameChange("add", "nobody", ko=("가",), line=4)

    kept, errors = effective(a_catalogue(), [same, fresh, fresh, wrong], PATH)
    _, circle = effective(a_catalogue(), [NameChange("add", "boss", parent="toy", line=2)], PATH)

    assert kept == (fresh,)
    assert [error.args_for_words["line"] for error in errors] == ["4"]
    assert [error.args_for_words["line"] for error in circle] == ["2"]
