"""Floors of what grouping and ranking reach on the labelled entries; `python -m bench.newsroom` shows all."""

from __future__ import annotations

import pytest

from bench.newsroom import by_minhash, by_signs, by_title, labelled, rankings, score


@pytest.mark.parametrize(("part", "precision", "recall"), [("tuned", 0.98, 0.95), ("heldout", 0.93, 0.88)])
def test_grouping_keeps_its_floors_and_beats_simpler_ways(part: str, precision: float, recall: float) -> None:
    data = labelled(part)
    ours = score(by_signs(data.entries), data.story)
    assert ours.precision >= precision
    assert ours.recall >= recall
    for simpler in (by_title, by_minhash):
        assert ours.f1 > score(simpler(data.entries), data.story).f1 + 0.1


@pytest.mark.parametrize("part", ["tuned", "heldout"])
def test_the_labelled_set_is_large_and_in_three_languages(part: str) -> None:
    data = labelled(part)
    assert len(data.entries) >= 80
    assert {entry.language for entry in data.entries} == {"ko", "en", "zh"}
    stories = list(data.story.values())
    assert sum(1 for story in data.worth if stories.count(story) > 1) >= 25


@pytest.mark.parametrize("part", ["tuned", "heldout"])
def test_ranking_is_well_ahead_of_newest_first(part: str) -> None:
    found = rankings(labelled(part))
    assert found["jianbao"] >= 0.8
    assert found["jianbao"] > found["newest first"] + 0.2
