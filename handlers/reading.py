"""A document's text into an Issue with its companies and figures, and that as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from handlers import newsletter
from handlers.conversions import Conversions, Flag, conversions
from handlers.figures import figures
from handlers.mentions import mentions
from handlers.newsletter.links import canonical_url
from handlers.subjects import subjects
from store.catalogue import Catalogue, load
from store.model import Amount, Figure, Issue, Item, Mention, Problem


def read(text: str, catalogue: Catalogue, *, name: str = "") -> Issue:
    """The issue a text holds, every item with its mentions and figures.

    Never raises, in time linear in the text. `name` is the file's name, which may carry a date.
    """
    issue = newsletter.split(text, name=name)
    return replace(issue, items=tuple(_labelled(item, catalogue) for item in issue.items))


def _labelled(item: Item, catalogue: Catalogue) -> Item:
    return replace(
        item,
        mentions=mentions(item.title, item.body, catalogue),
        figures=figures(item.title, item.body),
    )


def as_json(file: str, issue: Issue | None, problems: Sequence[Problem]) -> dict[str, object]:
    """What `jianbao read --json` prints for one file; `issue` None when it could not be read.

    `value` is a JSON number (whole where it is whole) or null; `value_high` stands only where a
    range has an upper end. `subject` is the company that a figure speaks of, null where the text
    leaves it open; `flag` why its conversion is out of line. The issue's own problems follow
    `problems`, each once.
    """
    items = issue.items if issue else ()
    rates = conversions(figure for item in items for figure in item.figures)
    odd = dict.fromkeys((*problems, *(issue.problems if issue else ())))
    named = issue is not None and (issue.number is not None or issue.week is not None or bool(issue.title))
    return {
        "file": file,
        "issue": {"number": issue.number, "title": issue.title, "week": issue.week}
        if issue and named
        else None,
        "items": [_item(item, rates) for item in items],
        "problems": [_problem(problem) for problem in odd],
    }


def _item(item: Item, rates: Conversions) -> dict[str, object]:
    of = subjects(item.title, item.body, item.mentions, item.figures, load())
    return {
        "order": item.order,
        "kind": item.kind,
        "ad": item.ad,
        "title": item.title,
        "body": item.body,
        "source_url": item.source_url,
        "canonical_url": canonical_url(item.source_url),
        "thumbnail_url": item.thumbnail_url,
        "companies": _companies(item.mentions),
        "figures": [
            {**_figure(figure), "subject": subject, "flag": _flag(rates.flag(figure))}
            for figure, subject in zip(item.figures, of, strict=True)
        ],
    }


def _companies(found: Sequence[Mention]) -> list[dict[str, object]]:
    """Each company once, in the order of first mention, with every spelling it was named by."""
    surfaces: dict[str, dict[str, None]] = {}
    for mention in found:
        surfaces.setdefault(mention.company, {})[mention.surface] = None
    return [{"id": company, "surfaces": list(spellings)} for company, spellings in surfaces.items()]


def _figure(figure: Figure) -> dict[str, object]:
    told: dict[str, object] = {"raw": figure.raw, "value": number(figure.value)}
    if figure.value_high is not None:
        told["value_high"] = number(figure.value_high)
    return {**told, "unit": figure.unit, "pair": _pair(figure.pair)}


def _flag(flag: Flag | None) -> dict[str, object] | None:
    """Why a printed conversion is out of line with the issue's others; ours, and never printed."""
    if flag is None:
        return None
    told = {"implied": flag.implied, "usual": flag.usual, "off": flag.off, "instead": flag.instead.value}
    return {name: number(None if value is None else round(value, 4)) for name, value in told.items()}


def _pair(pair: Amount | None) -> dict[str, object] | None:
    return {"raw": pair.raw, "value": number(pair.value), "unit": pair.unit} if pair else None


def _problem(problem: Problem) -> dict[str, object]:
    told: dict[str, object] = {"line": problem.line, "reason": problem.reason}
    return {**told, "detail": problem.detail} if problem.detail else told


def number(value: Decimal | None) -> int | float | None:
    """A JSON number: whole where the amount is, null where it is vague or beyond all numbers."""
    if value is None or not value.is_finite() or value.adjusted() > 30:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
