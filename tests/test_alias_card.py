"""How names and their changes are shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from handlers.alias_card import card, did, own_name, reading_note
from store.catalogue import Catalogue
from store.model import Company
from store.name_changes import NameChange
from store.names import Names, ReadMark
from tests.asks import a_store, an_ask, plain
from tests.build import NOON

SHIPPED = Catalogue(
    [
        Company("acme", "company", ko=("아크메",), en=("Acme", "ACME Toys")),
        Company("toy", "app", ko=("장난감",), en=("Toy",)),
    ]
)
WHO = {"who": "telegram:1/2", "at": NOON}
CHANGES = (
    NameChange("add", "acme", ko=("새이름",), risky=("새이름",), **WHO),  # type: ignore[arg-type]
    NameChange("remove", "acme", en=("ACME Toys",)),
    NameChange("merge", "toy", "acme", who="slack:T/U", at=NOON),
    NameChange("new", "fresh", ko=("프레시",), **WHO),  # type: ignore[arg-type]
)


def test_every_name_says_where_it_comes_from(tmp_path: Path) -> None:
    """Shipped, added, merged into it; what was removed is said, too."""
    names = Names(tmp_path, shipped=SHIPPED)
    names.extend(CHANGES)
    store = replace(a_store(tmp_path), names=names, catalogue=names.catalogue)
    company = names.catalogue.companies["acme"]

    shown = plain(card(company, store, names, "ko", ask=an_ask("/alias acme"))).splitlines()

    assert shown[0] == "아크메 (acme)"
    assert shown[1:4] == ["처음부터 있던 이름:", "한국어: 아크메", "영어: Acme"]
    assert shown[4] == "더한 이름:"
    stamp = "11월 23일(월) 21:00 KST"
    assert f"새이름(흔한 말) — telegram:1/2, {stamp}" in shown
    assert f"장난감 — toy 합칠 때, slack:T/U, {stamp}" in shown
    assert "ACME Toys — 누구인지 적혀 있지 않음, 시각이 적혀 있지 않음" in shown
    store.library.close()
    store.ledger.close()


def test_changes_are_told_in_a_few_words(tmp_path: Path) -> None:
    """Each kind, in each language's words; a long list is cut."""
    names = Names(tmp_path, shipped=SHIPPED)
    names.extend(CHANGES)

    assert [did(change, names.catalogue, "en") for change in CHANGES] == [
        "added to Acme (acme): 새이름 (everyday word)",
        "removed from Acme (acme): ACME Toys",
        "toy merged into Acme (acme)",
        "new company 프레시 (fresh): 프레시",
    ]
    many = NameChange("add", "acme", ko=tuple(f"이름{number}" for number in range(20)))
    assert did(many, names.catalogue, "ko").endswith("이름11 …")
    assert did(NameChange("add", "acme", sector="toys"), names.catalogue, "ko").endswith("toys")


def test_a_name_is_its_own_in_another_case_but_not_in_another_spacing() -> None:
    """As running text is read."""
    company = SHIPPED.companies["acme"]

    assert own_name(company, "acme toys")
    assert not own_name(company, "acmetoys")


def test_reading_is_told_while_it_goes_on_and_when_it_is_done(tmp_path: Path) -> None:
    """Nothing is told where nothing was ever read again."""
    names = Names(tmp_path, shipped=SHIPPED)
    store = a_store(tmp_path)

    assert reading_note(store, names, "en") == ()
    names.extend(CHANGES)
    assert "0 of 0" in reading_note(store, names, "en")[0].line[0].text
    names.mark = ReadMark(names.version, reread=12, changed=3, chats=2, finished_at=NOON.isoformat())
    told = [note.line[0].text for note in reading_note(store, names, "en")]
    assert told[0].startswith("12 stories re-read, 3 changed")
    assert "2 chats" in told[1]
    store.library.close()
    store.ledger.close()
