"""The issue that ships with the program: real news of November 2017 in our own words."""

from __future__ import annotations

from importlib.resources import files


def sample_text() -> str:
    """A whole newsletter issue in Korean: number 8, week 2017-W47, fifteen items."""
    return files(__name__).joinpath("issue.txt").read_text(encoding="utf-8")
