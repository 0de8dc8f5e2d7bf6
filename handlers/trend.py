"""/trend: how often companies come up, week by week, as a line in text and as a picture."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from handlers.answer import arguments, excerpt
from handlers.cards import company_row, names_line
from handlers.chart import MOST, Chart, Series, can_draw, png, svg
from handlers.company import note_miss, read_wanted
from handlers.dates import days_text, monday_of
from handlers.language import reply_language
from handlers.lookup import first, require_stories, row_of, small
from handlers.message import Ask, Block, Button, Buttons, File, Heading, Note, Reply, Run, Text, bold, line
from handlers.start import explained
from handlers.week_counts import Count, breaks, counted, day_text, known_weeks, span_text
from handlers.words import say
from store.bundle import Store
from store.catalogue import Catalogue, Look
from store.model import Company, Language

log = logging.getLogger(__name__)

USUAL, FEWEST, LONGEST = 12, 2, 104
"""Weeks: when none are asked for, at least, at most."""

_WIDER = (26, 52, 104)
_PRODUCTS = 3  # named; more are "…"
_HEARD = 26  # weeks that are still told one by one

_WEEKS = re.compile(r"(?:^|\s)(?P<weeks>\d{1,6})\s*(?:주간?|weeks?|wks?|w|周|週|个星期)$", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\s*(?:[,，、;；\n]|(?<![a-z])(?:vs|versus)(?![a-z])\.?)\s*"
    r"|\s+(?:대|와|과|랑|하고|그리고|and|&|和|与|與|跟|对|對|还是)\s+",
    re.IGNORECASE,
)
_GLUED = re.compile("[和与與跟]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked: a look-up of each name, and how many weeks (None = as usual)."""

    looks: tuple[Look, ...]
    weeks: int | None = None


async def trend(ask: Ask, store: Store) -> Reply:
    """Stories a week of up to three companies; who may be meant; or that there is none."""
    language = reply_language(ask, store)
    if not arguments(ask):
        return explained("trend", language)
    require_stories(ask, store)
    wanted = read_trend(arguments(ask), store)
    for at, look in enumerate(wanted.looks[:MOST]):
        if look.status != "found":
            return _unclear(ask, store, wanted, at, language)
    ids = tuple(dict.fromkeys(look.ids[0] for look in wanted.looks if look.status == "found"))
    companies = [found for id_ in ids[:MOST] if (found := store.catalogue.get(id_))]
    span = USUAL if wanted.weeks is None else min(LONGEST, max(FEWEST, wanted.weeks))
    weeks, more = known_weeks(store.library, span)
    counts = [counted(store, company, weeks) for company in companies]
    notes = _limits(wanted, span, ids[MOST:], store.catalogue, language)
    if not any(map(sum, (count.values for count in counts))):
        return _nothing(store, counts, weeks, notes, language, more=more)
    if len(weeks) == 1:
        return _one_week(store, counts, weeks[0], notes, language)
    blocks = _told(store, counts, weeks, language)
    file = await _picture(counts, weeks, language)
    if file is None and ask.admin:
        notes.append(small("trend.no_picture", language))
    blocks += [*notes, *row_of(_buttons(counts, span if more else None, language))]
    return Reply(tuple(blocks), language, file=file, tags=_tags(counts, weeks))


def read_trend(text: str, store: Store) -> Wanted:
    """The names and weeks in "메이투안 vs 디디 26", "美团和滴滴", "Meituan, Didi, 8 weeks".

    A number that is part of a name ("Qihoo 360") stays in it.
    """
    weeks = None
    if match := _WEEKS.search(text):
        text, weeks = text[: match.start()], int(match["weeks"])
    pieces = [piece for piece in _BETWEEN.split(text) if piece.strip()] or [text]
    if weeks is None and len(pieces) > 1 and re.fullmatch(r"\s*\d{1,3}\s*", pieces[-1]):
        weeks = int(pieces.pop())
    if weeks is None:
        last = read_wanted(pieces[-1], store)
        pieces[-1], weeks = last.name, last.count
    looks = [look for piece in pieces for look in _looks(piece.strip(), store.catalogue)]
    return Wanted(tuple(looks), weeks)


def _looks(piece: str, catalogue: Catalogue) -> list[Look]:
    """One name; or where that is none, several side by side or with a 和 between them."""
    look = catalogue.find(piece)
    if look.status != "none":
        return [look]
    for parts in (_GLUED.split(piece), piece.split()):
        each = [catalogue.find(part) for part in parts]
        if len(each) > 1 and all(found.status != "none" for found in each):
            return each
    return [look]


# saying it


def _told(store: Store, counts: Sequence[Count], weeks: Sequence[str], language: Language) -> list[Block]:
    dates = say("trend.span", language, days=span_text(weeks, language), count=len(weeks))
    rows = [Text(_row(count, weeks, language)) for count in counts]
    return [
        Heading(say("trend.title", language, names=_names(counts, language))),
        Note(line(dates)),
        *rows,
        *_counted_what(store, counts, language),
        *([small("trend.gaps", language)] if breaks(weeks) else []),
    ]


def _row(count: Count, weeks: Sequence[str], language: Language) -> tuple[Run, ...]:
    values, peak = count.values, count.peak
    facts = {
        "first": values[0],
        "last": values[-1],
        "most": values[peak],
        "day": day_text(weeks[peak], language),
    }
    said = say("trend.facts", language, **facts) if sum(values) else say("trend.quiet", language)
    each = say("trend.weeks", language, values=", ".join(map(str, values))) if len(values) <= _HEARD else ""
    return line(bold(count.company.name(language)), *(f"\n{words}" for words in (each, said) if words))


def _counted_what(store: Store, counts: Sequence[Count], language: Language) -> list[Note]:
    """Which products are in the numbers, and which stories are in two of them."""
    comma = say("lookup.comma", language)
    notes = []
    for count in counts:
        products = [store.catalogue.get(member) for member in count.members if member != count.company.id]
        names = [product.name(language) for product in products if product]
        if names:
            shown = comma.join(names[:_PRODUCTS]) + ("…" if len(names) > _PRODUCTS else "")
            company = count.company.name(language)
            notes.append(small("trend.with_products", language, name=company, products=shown))
    for count in counts:
        for other in counts:
            if other.company.id in store.catalogue.family(count.company.id)[1:]:
                own, within = other.company.name(language), count.company.name(language)
                notes.append(small("trend.within", language, name=own, company=within))
    return notes or [small("trend.counted", language)]


def _limits(
    wanted: Wanted, span: int, left: Sequence[str], catalogue: Catalogue, language: Language
) -> list[Block]:
    """What was asked and is not shown."""
    notes: list[Block] = []
    if left:
        names = [found.name(language) for id_ in left if (found := catalogue.get(id_))]
        joined = say("lookup.comma", language).join(names)
        notes.append(small("trend.too_many", language, limit=MOST, names=joined))
    if wanted.weeks is not None and wanted.weeks != span:
        notes.append(
            small("trend.clamped", language, given=wanted.weeks, least=FEWEST, most=LONGEST, weeks=span)
        )
    return notes


def _nothing(
    store: Store,
    counts: Sequence[Count],
    weeks: Sequence[str],
    notes: Sequence[Block],
    language: Language,
    *,
    more: bool,
) -> Reply:
    """No story in these weeks; where there are earlier ones, when the newest was."""
    names = _names(counts, language)
    newest = max((_newest(store, count.company) for count in counts), default="")
    monday = monday_of(newest)
    if monday is None:
        blocks: list[Block] = [first("trend.none", language, names=names)]
    else:
        day = days_text(monday, monday + timedelta(days=6), language)
        blocks = [first("trend.none_lately", language, names=names, count=len(weeks), day=day)]
    wider = len(weeks) if monday is not None and more else None
    blocks += [*notes, *row_of(_buttons(counts, wider, language))]
    return Reply(tuple(blocks), language, tags=_tags(counts, weeks))


def _newest(store: Store, company: Company) -> str:
    """The edition of the newest story about a company or what belongs to it; "" when there is none."""
    pages = (
        store.library.stories_about(member, limit=1).stories for member in store.catalogue.family(company.id)
    )
    return max((story.edition for page in pages for story in page), default="")


def _one_week(
    store: Store, counts: Sequence[Count], week: str, notes: Sequence[Block], language: Language
) -> Reply:
    """A single week is no line: its numbers in words."""
    rows = [
        Text(line(say("trend.one", language, name=count.company.name(language), count=count.values[0])))
        for count in counts
    ]
    blocks = (
        first("trend.one_week", language, days=span_text((week,), language)),
        *rows,
        *_counted_what(store, counts, language),
        *notes,
        *row_of(_buttons(counts, None, language)),
    )
    return Reply(blocks, language, tags=_tags(counts, (week,)))


def _unclear(ask: Ask, store: Store, wanted: Wanted, at: int, language: Language) -> Reply:
    """Which company a name means: buttons that ask the whole question again with it."""
    look = wanted.looks[at]
    name = excerpt(look.query)
    choices = [found for id_ in look.ids or look.suggestions if (found := store.catalogue.get(id_))]
    buttons = tuple(Button(names_line(each, language), _again(wanted, at, each)) for each in choices)
    if look.status == "ambiguous":
        asked = first("company.ambiguous", language, name=name)
        return Reply((asked, Buttons(buttons)), language, tags={"status": "ambiguous"})
    note_miss(ask, store, look.query)
    if buttons:
        blocks: tuple[Block, ...] = (first("company.unknown", language, name=name), Buttons(buttons))
    else:
        known = Button(say("button.companies", language), "/companies")
        blocks = (first("trend.unknown", language, name=name), Buttons((known,)))
    return Reply((*blocks, small("company.hint", language, name=name)), language, tags={"status": "none"})


def _again(wanted: Wanted, at: int, meant: Company) -> str:
    """The same question with one name settled."""
    names = [f"id:{look.ids[0]}" if look.status == "found" else look.query for look in wanted.looks[:MOST]]
    names[at] = f"id:{meant.id}"
    return _command(names, wanted.weeks)


def _command(names: Sequence[str], weeks: int | None) -> str:
    return f"/trend {' vs '.join(names)}" + (f" {weeks}" if weeks else "")


def _buttons(counts: Sequence[Count], shown: int | None, language: Language) -> list[Button]:
    """More weeks, where there are more than the `shown` ones, and the companies' cards."""
    ids = [f"id:{count.company.id}" for count in counts]
    wider = next((weeks for weeks in _WIDER if shown and weeks > shown), None)
    more = [Button(say("trend.button", language, count=wider), _command(ids, wider))] if wider else []
    return [*more, *company_row([count.company for count in counts], language)]


# drawing it


async def _picture(counts: Sequence[Count], weeks: Sequence[str], language: Language) -> File | None:
    """The chart as a file; None where it cannot be drawn, for which the text does."""
    if not can_draw():
        return None
    try:
        data = await asyncio.to_thread(png, svg(_chart(counts, weeks, language)))
    except (ImportError, OSError, ValueError):
        log.exception("a chart could not be drawn")
        return None
    name = "-".join(("trend", *(count.company.id for count in counts)))
    return File(f"{name[:80]}.png", data, "image/png", _alt(counts, weeks, language))


def _chart(counts: Sequence[Count], weeks: Sequence[str], language: Language) -> Chart:
    return Chart(
        title=say("trend.title", language, names=_names(counts, language)),
        short=say("trend.short", language),
        subtitle=span_text(weeks, language),
        labels=tuple(day_text(week, language) for week in weeks),
        series=tuple(Series(count.company.name(language), count.values) for count in counts),
        breaks=breaks(weeks),
    )


def _alt(counts: Sequence[Count], weeks: Sequence[str], language: Language) -> str:
    """The picture in words, short: everything else stands in the text."""
    each = (
        say("trend.alt_one", language, name=count.company.name(language), first=count.values[0],
            last=count.values[-1], most=max(count.values))
        for count in counts
    )  # fmt: skip
    return say(
        "trend.alt",
        language,
        days=span_text(weeks, language),
        lines=("" if language == "zh" else " ").join(each),
    )


def _names(counts: Sequence[Count], language: Language) -> str:
    return say("lookup.comma", language).join(count.company.name(language) for count in counts)


def _tags(counts: Sequence[Count], weeks: Sequence[str]) -> dict[str, str]:
    companies = " ".join(count.company.id for count in counts)
    return {"companies": companies, "weeks": str(len(weeks))}
