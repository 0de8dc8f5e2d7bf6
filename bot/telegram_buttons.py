"""Buttons as Telegram takes them: sound, once, and in rows that a narrow telephone shows whole."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.telegram_text import clean, safe_url
from handlers.message import Button

ROW = 8
CARD_ROW = 3
_ROW_WIDTH = 40  # columns that stay readable on a narrow telephone, a Hangul syllable being two
_LABEL = 40
_PADDING = 3  # columns around a label


def usable(buttons: Iterable[Button]) -> Iterator[Button]:
    """Buttons that Telegram takes: with a command or a sound address, and a short label."""
    for button in buttons:
        url = safe_url(button.url)
        if not button.command and not url:
            continue
        label = " ".join(clean(button.label).split()) or button.command or url
        label = label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"
        command = "" if url else button.command.encode("utf-8", "replace").decode()
        yield replace(button, label=label, url=url, command=command)


def once(buttons: Iterable[Button], said: set[tuple[str, str]]) -> list[Button]:
    """The first button of everything that is not `said` yet; it is, then."""
    first: list[Button] = []
    for button in buttons:
        doing = (button.command, button.url)
        if doing not in said:
            said.add(doing)
            first.append(button)
    return first


def short(buttons: Sequence[Button]) -> list[Button]:
    """Labels that leave room for three in a row; where two would become one, both stay whole."""
    labels = [_clipped(button.label) for button in buttons]
    return [
        button if labels.count(label) > 1 else replace(button, label=label)
        for button, label in zip(buttons, labels, strict=True)
    ]


def _clipped(label: str) -> str:
    most = _ROW_WIDTH // CARD_ROW - _PADDING
    if _columns(label) <= most:
        return label
    while _columns(label) > most - 1:
        label = label[:-1]
    return f"{label.rstrip()}…"


def in_rows(buttons: Iterable[Button], *, most: int = ROW) -> Iterator[tuple[Button, ...]]:
    """Rows of buttons whose labels stay whole: all of a row are as wide as its widest."""
    row: list[Button] = []
    for button in buttons:
        widest = max(_columns(one.label) + _PADDING for one in (*row, button))
        if row and (widest * (len(row) + 1) > _ROW_WIDTH or len(row) == most):
            yield tuple(row)
            row = []
        row.append(button)
    if row:
        yield tuple(row)


def _columns(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in label)
