"""`make second-opinion`: the bot against other people's Slack and Telegram.

    python -m tests.second_opinion [slack] [telegram]

Prints a line a check. What is known to be read differently, and by whom wrongly, is in KNOWN and
docs/second-opinion.md; anything else that differs makes it fail. What cannot be had is skipped.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tests.second_opinion import slack, telegram
from tests.second_opinion.emulators import NotHereError

Opinions = Callable[[Path], AsyncIterator[tuple[str, bool, str]]]
WHOM: dict[str, Opinions] = {"slack": slack.opinions, "telegram": telegram.opinions}
KNOWN = {
    "slack: a token that is not one is refused",
    "telegram: a delivery carries the secret it was set with",
}


async def ask(name: str, opinions: Opinions) -> int:
    """How many unknown differences there are."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        try:
            async for what, same, seen in opinions(Path(folder)):
                known = f"{name}: {what}" in KNOWN
                word = "same" if same else "known" if known else "DIFFERS"
                print(f"{word:8}{name}: {what}" + ("" if same else f" ({seen})"))
                wrong += not same and not known
        except NotHereError as reason:
            print(f"skipped {name}: {reason}")
    return wrong


def main(names: list[str]) -> int:
    wrong = sum(asyncio.run(ask(name, WHOM[name])) for name in names or WHOM)
    print(f"{wrong} unknown differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
