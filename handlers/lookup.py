"""What the look-up commands ask and say alike: an empty store, pages, small blocks of words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.errors import Refusal
from handlers.message import Ask, Button, Buttons, Note, Text, bold, line
from handlers.words import say
from store.bundle import Store
from store.model import Language

_PAGE = re.compile(
    r"(?:^|\s+)(?:page|쪽|页|p\.?)\s*(?P<page>\d{1,6})(?:쪽|页)?$|(?:^|\s+)(?P<other>\d{1,6})\s*(?:쪽|페이지|页)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Window:
    """A page of a list: `page` and `pages` from 1, `offset` of its first row, `moved` = the page
    asked for no longer exists and this is the last one.
    """

    page: int
    pages: int
    offset: int
    moved: bool = False


def require_stories(ask: Ask, store: Store) -> None:
    """Refuse, kindly, while nothing has been published."""
    if store.library.story_count() == 0:
        raise Refusal("lookup.empty_admin" if ask.admin else "lookup.empty")


def take_page(text: str) -> tuple[str, int | None]:
    """("meituan page 2") is ("meituan", 2): what stands before a page, and the page typed."""
    match = _PAGE.search(text)
    if match is None:
        return text, None
    return text[: match.start()].strip(), int(match["page"] or match["other"])


def window(total: int, page: int | None, size: int) -> Window:
    """The page of a list of `total` rows; one past the end becomes the last, 0 the first."""
    pages = max(1, -(-total // size))
    wanted = max(1, page or 1)
    shown = min(wanted, pages)
    return Window(shown, pages, (shown - 1) * size, moved=wanted > pages)


def pager(base: str, at: Window, language: Language, *, forward: str = "") -> list[Button]:
    """Previous and next (labelled `forward` where given): the same command with its page."""
    buttons = []
    if at.page > 1:
        buttons.append(Button(say("button.previous", language), f"{base} page {at.page - 1}"))
    if at.page < at.pages:
        buttons.append(Button(forward or say("button.next", language), f"{base} page {at.page + 1}"))
    return buttons


def row_of(buttons: Sequence[Button]) -> list[Buttons]:
    """The buttons as a block, where there are any."""
    return [Buttons(tuple(buttons))] if buttons else []


def moved_note(at: Window, language: Language) -> list[Note]:
    """Says that the list has changed, where it has."""
    return [small("lookup.past_end", language)] if at.moved else []


def first(key: str, language: Language, **words: object) -> Text:
    """The first line of an answer: the answer itself."""
    return Text(line(bold(say(key, language, **words))))


def told(key: str, language: Language, **words: object) -> Text:
    """A paragraph of these words."""
    return Text(line(say(key, language, **words)))


def small(key: str, language: Language, **words: object) -> Note:
    """Small print of these words."""
    return Note(line(say(key, language, **words)))
