"""The pages of docs/gallery show what the bot says today."""

from __future__ import annotations

from pathlib import Path

from tests.gallery.__main__ import PAGES, pages
from tests.gallery.scenes import TYPED


async def test_the_pages_are_what_a_subscriber_sees_now(tmp_path: Path) -> None:
    for name, text in (await pages(tmp_path)).items():
        kept = (PAGES / name).read_text("utf-8")
        assert kept == text, f"docs/gallery/{name} is out of date: make gallery, and look at it"
        assert text.count("<h2>") >= len(TYPED) + 3
