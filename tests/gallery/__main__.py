"""python -m tests.gallery: writes docs/gallery, pages of what a subscriber sees on each platform."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.gallery import slack, telegram
from tests.gallery.scenes import Scene, on_slack, on_telegram

PAGES = Path(__file__).parents[2] / "docs" / "gallery"

_STYLE = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK KR", sans-serif; max-width: 48em; margin: 2em auto;
  padding: 0 1em; }
h1 { font-size: 1.3em; } h2 { font-size: 1em; margin-top: 2.2em; color: #333; }
"""


def page(title: str, style: str, scenes: Iterable[Scene]) -> str:
    """One page, with nothing to fetch."""
    body = "\n".join(scene.html() for scene in scenes)
    return (
        f'<!doctype html>\n<html lang="ko"><head><meta charset="utf-8"><title>{title}</title>\n'
        f"<style>{_STYLE}{style}</style></head>\n<body>\n<h1>{title}</h1>\n{body}</body></html>\n"
    )


async def pages(folder: Path) -> dict[str, str]:
    """Every page by its file's name; `folder` is where the stores of this walk may lie."""
    return {
        "telegram.html": page("Jianbao, Telegram", telegram.STYLE, await on_telegram(folder / "telegram")),
        "slack.html": page("Jianbao, Slack", slack.STYLE, await on_slack(folder / "slack")),
    }


def main() -> None:
    PAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in asyncio.run(pages(Path(folder))).items():
            (PAGES / name).write_text(text, encoding="utf-8")
            sys.stdout.write(f"{PAGES / name}\n")


if __name__ == "__main__":
    main()
