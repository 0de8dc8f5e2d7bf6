"""A short piece of proofs 13 and 14 of python -m tests.chaos: poisoned feeds and forbidden addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import addresses, poisoned_feeds as poison

# One of each family that ends at once, whatever the machine is doing.
_SOME = {
    *(
        "laughs-10",
        "quadratic-50000",
        "doctype-0",
        "attributes-title-10000",
        "author-8000-97",
        "comments-1000",
    ),
    *(
        "comments-1000",
        "deep-html-100000",
        "entries-5000",
        "title-1000000",
        "sign-0",
        "reference-1",
        "date-0",
        "date-8",
    ),
    *("address-0", "json-0", "json-3", "bomb-20000000", "bomb-file-20000000", "gzip-in-gzip", "coding-br-2"),
    *("reset", "loop", "long-length", "negative-length", "redirect-0", "redirect-5", "status-410", "bytes-0"),
    *("status-429", "bytes-21", "mutant-1"),
}


@pytest.mark.allow_hosts([f"127.0.0.{number}" for number in range(1, 34)])
def test_poisoned_feeds_harm_nobody_else(tmp_path: Path) -> None:
    """Each ends, with a reason or bounded; the good ones beside them are read."""
    told = poison.run(tmp_path, seed=1, only=_SOME.__contains__, good=12)

    assert told.wrong == [], str(told)
    assert told.count == len(_SOME)
    assert told.reasons["laughs-10"] == told.reasons["doctype-0"] == "error.feed_entities"
    assert told.reasons["bomb-20000000"] == "error.fetch_too_large"
    assert told.reasons["bomb-file-20000000"] == "error.feed_too_large"
    assert told.reasons["redirect-5"] == "error.fetch_port"
    assert told.reasons["loop"] == "error.fetch_redirects"
    assert told.reasons["title-1000000"] == told.reasons["date-0"] == ""


def test_there_are_enough_poisons_and_spellings() -> None:
    """What the long proofs say they try, they have."""
    assert len(poison.cases(1)) >= 200
    assert len(set(addresses.spellings())) >= 5_000


def test_no_spelling_of_a_forbidden_address_is_connected_to() -> None:
    """Neither directly nor behind a redirect nor after a change of mind."""
    told = addresses.run(150, 3)

    assert told.wrong == [], str(told)
    assert set(told.ways) == {"direct", "redirected", "by the page door", "rebinding"}
