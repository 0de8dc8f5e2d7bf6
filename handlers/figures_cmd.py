"""/figures: every figure that the stories print of a company, newest first, with what the bot adds apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from handlers.amounts import figure_text
from handlers.answer import arguments, excerpt
from handlers.cards import company_row, read_button, source_note
from handlers.company import is_spelling, not_one
from handlers.currencies import MONEY
from handlers.errors import Refusal
from handlers.figure_notes import about, column, figures_of, flag_text, issue_conversions, spoken_of
from handlers.language import reply_language
from handlers.lookup import first, moved_note, pager, require_stories, row_of, small, take_page, window
from handlers.message import Ask, Block, Bullets, Button, Card, Heading, Line, Reply, bold, line
from handlers.start import explained
from handlers.words import say
from store.bundle import Store
from store.catalogue import Look
from store.model import Company, Figure, Language, Story

SIZE = 8
"""Figures on a page: what a phone shows in two screens."""
NEWEST = 200
"""Stories looked through; a company with more is told so."""
_PRODUCTS = 4  # buttons of companies below it that the same stories give figures of

_CURRENCIES = {
    **dict.fromkeys(("krw", "원", "원화", "won", "韩元", "韩币", "韓元"), "KRW"),
    **dict.fromkeys(("cny", "rmb", "위안", "위안화", "yuan", "元", "人民币", "人民幣"), "CNY"),
    **dict.fromkeys(("usd", "달러", "dollar", "dollars", "美元", "$"), "USD"),
}
_PAGE = re.compile(r"[0-9]{1,4}")
_OTHER_CURRENCY = re.compile(
    r"(?:eur|jpy|hkd|gbp|twd|aud|cad|chf|sgd|inr|유로|엔|엔화|홍콩달러|파운드|euros?|yen|pounds?|欧元|日元|港元|英镑)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked: the name, its look-up, the currency to compute in ("" = none), the page."""

    name: str
    look: Look
    currency: str
    page: int | None


@dataclass(frozen=True, slots=True)
class _View:
    """How rows are shown: for whom, and in which currency beside the printed one ("" = none)."""

    store: Store
    language: Language
    currency: str

    def ours(self, row: Row) -> str:
        rates = issue_conversions(row.story.edition, self.store)
        return column(row.figure, self.currency, rates, self.language)


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of the ledger; `own` = it speaks of the company, else its story only names it."""

    story: Story
    figure: Figure
    own: bool


@dataclass(frozen=True, slots=True)
class Book:
    """A company's figures, newest first, its own before the others; `others` counts the figures of
    the same stories that speak of another company; `whole` = every story was looked through.
    """

    rows: tuple[Row, ...]
    others: Counter[str]
    whole: bool


async def figures(ask: Ask, store: Store) -> Reply:
    """The ledger of the company meant, a page of it; or what to type instead."""
    language = reply_language(ask, store)
    if not arguments(ask):
        return explained("figures", language)
    require_stories(ask, store)
    wanted = read_wanted(arguments(ask), store)
    if wanted.look.status != "found":
        return not_one(ask, store, wanted.look, wanted.name, language, verb="figures")
    found = store.catalogue.get(wanted.look.ids[0])
    assert found is not None
    book = read_book(found.id, store)
    view = _View(store, language, wanted.currency)
    return _page(ask, found, book, wanted, view) if book.rows else _none(found, book, view)


def read_wanted(text: str, store: Store) -> Wanted:
    """The name, currency and page in "메이투안 krw", "id:tencent usd page 2" or "腾讯 2".

    Refuses a currency that is none of ours behind a name that is a company.
    """
    name, page = take_page(" ".join(text.split()))
    look = store.catalogue.find(name)
    rest, _, last = name.rpartition(" ")
    if rest and page is None and _PAGE.fullmatch(last) and not is_spelling(name, look, store):
        name, page = rest, int(last)
        look = store.catalogue.find(name)
        rest, _, last = name.rpartition(" ")
    if look.status != "none" or not rest:
        return Wanted(name, look, "", page)
    if currency := _CURRENCIES.get(last.lower()):
        return Wanted(rest, store.catalogue.find(rest), currency, page)
    if _OTHER_CURRENCY.match(last) and store.catalogue.find(rest).status == "found":
        raise Refusal("figures.bad_currency", given=excerpt(last), example=f"/figures {rest} krw")
    return Wanted(name, look, "", page)


def read_book(company: str, store: Store) -> Book:
    """All figures of the newest stories that name a company."""
    page = store.library.stories_about(company, limit=NEWEST)
    own: list[Row] = []
    loose: list[Row] = []
    others: Counter[str] = Counter()
    for story in page.stories:
        mine, nobodys = figures_of(story, company, store.catalogue)
        own += [Row(story, figure, own=True) for figure in mine]
        loose += [Row(story, figure, own=False) for figure in nobodys]
        others.update(each for each in spoken_of(story, store.catalogue) if each not in {None, company})
    return Book((*own, *loose), others, whole=len(page.stories) == page.total)


def _page(ask: Ask, found: Company, book: Book, wanted: Wanted, view: _View) -> Reply:
    language = view.language
    at = window(len(book.rows), wanted.page, SIZE)
    shown = book.rows[at.offset : at.offset + SIZE]
    total, last = len(book.rows), at.offset + len(shown)
    key = "figures.range" if at.pages > 1 else "figures.all"
    blocks: list[Block] = [
        Heading(say("figures.title", language, name=found.name(language))),
        small(key, language, total=total, count=total, first=at.offset + 1, last=last),
        *moved_note(at, language),
    ]
    if not book.whole:
        blocks.append(small("figures.newest", language, count=NEWEST))
    blocks += [*_cards(shown, found, view), *_notes(shown, view)]
    command = f"/figures id:{found.id}" + (f" {wanted.currency.lower()}" if wanted.currency else "")
    paging = pager(command, at, language)
    blocks += row_of((*paging, *company_row([found], language), *_below(book, found, view)))
    tags = {"company": found.id, "figures": str(total)}
    return Reply(tuple(blocks), language, replace=ask.pressed and wanted.page is not None, tags=tags)


def _cards(shown: Sequence[Row], found: Company, view: _View) -> list[Block]:
    """The figures story by story; those that speak of nobody below their own line."""
    blocks: list[Block] = []
    number = 0
    for own, rows in groupby(shown, key=lambda row: row.own):
        if not own:
            blocks.append(first("figures.loose", view.language, name=found.name(view.language)))
        for _, of_story in groupby(rows, key=lambda row: row.story.id):
            number += 1
            blocks.append(_card(tuple(of_story), number, view))
    return blocks


def _card(rows: Sequence[Row], number: int, view: _View) -> Card:
    """A story's figures, a line each, under its title, day and source."""
    story = rows[0].story
    edition = view.store.library.edition(story.edition)
    note = source_note(story, edition, view.language, number=number)
    lines = Bullets(tuple(_line(row, view) for row in rows))
    return Card(
        line(bold(f"{number}. {story.title}")), (note, lines), (read_button(story, number, view.language),)
    )


def _line(row: Row, view: _View) -> Line:
    """The figure for its reader; its sentence as printed; ours, marked; what is odd about its conversion."""
    flag = issue_conversions(row.story.edition, view.store).flag(row.figure)
    extra = [about(row.figure), view.ours(row)]
    if flag is not None:
        extra.append(f"⚠ {flag_text(flag, view.language)}")
    return line(bold(figure_text(row.figure, view.language)), "".join(f"\n{text}" for text in extra if text))


def _notes(shown: Sequence[Row], view: _View) -> list[Block]:
    """Which amounts have no rate into the currency asked for; what "computed" means."""
    notes: list[Block] = []
    lacking = [
        row for row in shown
        if view.currency and row.figure.unit in MONEY - {view.currency}
        and row.figure.value is not None and not view.ours(row)
    ]  # fmt: skip
    if lacking:
        name = say(f"figures.{view.currency.lower()}", view.language)
        notes.append(small("figures.no_rate", view.language, count=len(lacking), currency=name))
    if any(map(view.ours, shown)):
        notes.append(small("figures.how", view.language))
    return notes


def _below(book: Book, found: Company, view: _View) -> list[Button]:
    """The figures of what belongs to the company, in the same stories."""
    family = set(view.store.catalogue.family(found.id))
    known = [
        (each, count)
        for company, count in book.others.most_common()
        if company in family and (each := view.store.catalogue.get(company))
    ]
    return [
        Button(
            say("figures.of", view.language, name=each.name(view.language), count=count),
            f"/figures id:{each.id}",
        )
        for each, count in known[:_PRODUCTS]
    ]


def _none(found: Company, book: Book, view: _View) -> Reply:
    total = view.store.library.company_counts().get(found.id, 0)
    key = "figures.none" if total else "company.none"
    said = first(key, view.language, name=found.name(view.language), count=total)
    buttons = (*company_row([found], view.language), *_below(book, found, view))
    blocks: tuple[Block, ...] = (said, *row_of(buttons))
    return Reply(blocks, view.language, tags={"company": found.id, "figures": "0"})
