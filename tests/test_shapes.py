"""Every failure shape, numbered, on the transports that ship: proof 4 (tests/chaos/shapes.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.shapes import SHAPES, Platform, Report, Shape, judge, one, skipped

PLATFORMS: tuple[Platform, ...] = ("telegram", "slack")
CASES = [
    pytest.param(platform, shape, id=f"{platform} {shape.no} {shape.name}")
    for platform in PLATFORMS
    for shape in SHAPES
    if not skipped(platform, shape)
]


def test_shapes_are_numbered_in_order() -> None:
    assert [shape.no for shape in SHAPES] == list(range(1, len(SHAPES) + 1))


@pytest.mark.parametrize(("platform", "shape"), CASES)
async def test_no_outcome_says_more_than_is_known(platform: Platform, shape: Shape, tmp_path: Path) -> None:
    report = Report(platform)
    outcome, kept = await one(platform, shape, tmp_path)

    judge(report, shape, outcome, kept)

    assert report.wrong == []
