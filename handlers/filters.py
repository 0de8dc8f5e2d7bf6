"""What narrows a search: company:NAME from:DATE to:DATE, written in any of the three languages."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from handlers.answer import excerpt
from handlers.errors import Refusal
from handlers.words import say
from store.bundle import Store
from store.model import Company, Language

_NAMES = {
    **dict.fromkeys(("company", "회사", "기업", "公司", "企业"), "company"),
    **dict.fromkeys(("from", "since", "부터", "从", "自", "從"), "from"),
    **dict.fromkeys(("to", "until", "까지", "到", "至"), "to"),
}
_FILTER = re.compile(
    rf"(?<!\S)(?P<name>{'|'.join(_NAMES)}) ?[:：] ?"
    r"(?P<value>\"[^\"]*\"|“[^”]*”|「[^」]*」|\d{4}년 ?\d{1,2}월(?: ?\d{1,2}일)?|\S*)",
    re.IGNORECASE,
)
_WEEK = re.compile(r"(\d{4})-?w(\d{1,2})", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:[-./年년] ?(\d{1,2})(?:[-./月월] ?(\d{1,2})[日일]?|[月월]?)|[年년]?)")


@dataclass(frozen=True, slots=True)
class Filters:
    """`words` without the filters; `first` and `last` as the library takes them, "" = open;
    `since` and `until` as they are shown and typed again.
    """

    words: str
    company: Company | None = None
    first: str = ""
    last: str = ""
    since: str = ""
    until: str = ""

    def typed(self) -> str:
        """Words and filters as a command takes them; a company by its id."""
        named = f"company:{self.company.id}" if self.company else ""
        since = f"from:{self.since}" if self.since else ""
        until = f"to:{self.until}" if self.until else ""
        return " ".join(filter(None, (self.words, named, since, until)))

    def shown(self, language: Language) -> str:
        """ " · 회사: 메이투안 · 2017-11부터"; "" without filters."""
        pieces = []
        if self.company:
            pieces.append(say("search.of_company", language, name=self.company.name(language)))
        if self.since:
            pieces.append(say("search.since", language, date=self.since))
        if self.until:
            pieces.append(say("search.until", language, date=self.until))
        return "".join(f" · {piece}" for piece in pieces)


def read_filters(text: str, store: Store) -> Filters:
    """The words and filters of a search. The last of two equal filters counts.

    Refusal, naming the filter and its value with an example, when a value cannot be read.
    """
    text = " ".join(text.split())
    given = {
        _NAMES[match["name"].lower()]: (match["name"], _bare(match["value"]))
        for match in _FILTER.finditer(text)
    }
    words = " ".join(_FILTER.sub(" ", text).split())
    company = _company(*given["company"], store) if "company" in given else None
    first, since = _bound(*given["from"], _first_day) if "from" in given else ("", "")
    last, until = _bound(*given["to"], _last_day) if "to" in given else ("", "")
    if first and last and _monday_or_day(first) > _monday_or_day(last):
        raise Refusal("search.backwards", first=since, last=until)
    return Filters(words, company, first, last, since, until)


def _bare(value: str) -> str:
    return value.strip('"“”「」').strip()


def _company(name: str, value: str, store: Store) -> Company:
    look = store.catalogue.find(value)
    if look.status == "found" and (found := store.catalogue.get(look.ids[0])):
        return found
    if look.status == "ambiguous":
        ids = ", ".join(f"{name}:{company_id}" for company_id in look.ids[:4])
        raise Refusal("search.which_company", given=excerpt(value), choices=ids)
    meant = store.catalogue.get(look.suggestions[0]) if look.suggestions else store.catalogue.get("meituan")
    example = f"{name}:{meant.id if meant else 'meituan'}"
    raise Refusal("search.bad_company", filter=name, given=excerpt(value), example=example)


def _bound(name: str, value: str, edge: Callable[[int, int | None, int | None], date]) -> tuple[str, str]:
    """(bound, as shown) of "2017", "2017-11", "2017-11-22", "2017-W47", "2017年11月22日"."""
    try:
        if match := _WEEK.fullmatch(value):
            date.fromisocalendar(int(match[1]), int(match[2]), 1)
            week = f"{match[1]}-W{int(match[2]):02}"
            return week, week
        if match := _DAY.fullmatch(value):
            year, month, day = int(match[1]), *(int(part) if part else None for part in match.group(2, 3))
            shown = "-".join([match[1], *(f"{part:02}" for part in (month, day) if part is not None)])
            return edge(year, month, day).isoformat(), shown
    except ValueError:
        pass
    raise Refusal("search.bad_date", filter=name, given=excerpt(value), example=f"{name}:2017-11-22")


def _first_day(year: int, month: int | None, day: int | None) -> date:
    return date(year, 1 if month is None else month, 1 if day is None else day)


def _last_day(year: int, month: int | None, day: int | None) -> date:
    month = 12 if month is None else month
    begin = date(year, month, 1 if day is None else day)
    return begin if day is not None else date(year, month, monthrange(year, month)[1])


def _monday_or_day(bound: str) -> str:
    """A bound as a day that compares with another's: weeks by their Monday."""
    match = _WEEK.fullmatch(bound)
    return date.fromisocalendar(int(match[1]), int(match[2]), 1).isoformat() if match else bound
