"""Plays changes of names over a catalogue: a new Catalogue, the old one untouched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from store.catalogue import Catalogue, CatalogueError, refuse_circles
from store.model import Company
from store.name_changes import NameChange, name_key

_T = TypeVar("_T")


def applied(catalogue: Catalogue, changes: Iterable[NameChange], path: Path) -> Catalogue:
    """The catalogue after these changes, in their order.

    What a change asks for that is so already has no effect. Raises CatalogueError naming `path` and the
    change's line where it speaks of a company that is not there, or would leave nonsense behind.
    """
    draft = _Draft(catalogue, path)
    for change in changes:
        draft.take(change)
    return draft.finished()


def effective(
    catalogue: Catalogue, changes: Iterable[NameChange], path: Path
) -> tuple[tuple[NameChange, ...], tuple[CatalogueError, ...]]:
    """Those of the changes that would change something, and an error for every one that makes no sense."""
    draft = _Draft(catalogue, path)
    kept: list[NameChange] = []
    errors: list[CatalogueError] = []
    for change in changes:
        before = draft.looks(change)
        try:
            draft.take(change)
        except CatalogueError as error:
            errors.append(error)
            continue
        if draft.looks(change) != before:
            kept.append(change)
    if not errors:
        try:
            draft.finished()
        except CatalogueError as error:
            errors.append(error)
    return tuple(kept), tuple(errors)


class _Draft:
    """A catalogue while it is being changed."""

    def __init__(self, catalogue: Catalogue, path: Path) -> None:
        self.catalogue, self.path = catalogue, path
        self.companies = dict(catalogue.companies)
        self.members = dict(catalogue.members)
        self.pinyin = dict(catalogue.pinyin)
        self.moved = dict(catalogue.moved)
        self.lines: dict[str, int] = {}

    def take(self, change: NameChange) -> None:
        verbs = {"new": self._new, "add": self._add, "remove": self._remove, "merge": self._merge}
        verbs[change.verb](change)

    def looks(self, change: NameChange) -> tuple[object, ...]:
        """What a change could change."""
        company_id = self.moved.get(change.company, change.company)
        return (self.companies.get(company_id), self.members.get(company_id), len(self.moved))

    def finished(self) -> Catalogue:
        for company in self.companies.values():
            for other in (company.parent, *self.members.get(company.id, ())):
                if other and other not in self.companies:
                    raise self._error(self.lines.get(company.id, 0), f"no company has the id {other}")
        lines = {company_id: self.lines.get(company_id, 0) for company_id in self.companies}
        refuse_circles(self.path, self.companies, lines)
        return Catalogue(
            self.companies.values(), self.members, self.pinyin, self.catalogue.not_names, self.moved
        )

    def _error(self, line: int, reason: str) -> CatalogueError:
        return CatalogueError(path=self.path, line=line, reason=reason)

    def _known(self, company_id: str, change: NameChange) -> Company:
        found = self.companies.get(self.moved.get(company_id, company_id))
        if found is None:
            raise self._error(change.line, f"no company has the id {company_id}")
        self.lines[found.id] = change.line
        return found

    def _new(self, change: NameChange) -> None:
        if change.company not in self.companies and change.company not in self.moved:
            self.companies[change.company] = Company(change.company, change.kind or "company")
        self._add(change)

    def _add(self, change: NameChange) -> None:
        company = self._known(change.company, change)
        self.companies[company.id] = replace(
            company,
            kind=change.kind or company.kind,
            sector=change.sector or company.sector,
            parent=self.moved.get(change.parent, change.parent) or company.parent,
            ko=_once(company.ko, change.ko),
            en=_once(company.en, change.en),
            zh_hans=_once(company.zh_hans, change.zh_hans),
            zh_hant=_once(company.zh_hant, change.zh_hant),
            risky=_once(company.risky, change.risky),
            tickers=_once(company.tickers, change.tickers),
        )
        if change.members:
            self.members[company.id] = tuple(self.moved.get(each, each) for each in change.members)

    def _remove(self, change: NameChange) -> None:
        company = self._known(change.company, change)
        gone = {name_key(name) for name in change.names}

        def left(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name for name in names if name_key(name) not in gone)

        without = replace(
            company,
            ko=left(company.ko),
            en=left(company.en),
            zh_hans=left(company.zh_hans),
            zh_hant=left(company.zh_hant),
            risky=left(company.risky),
            tickers=tuple(ticker for ticker in company.tickers if ticker not in change.tickers),
        )
        if not self.catalogue.names(without):
            raise self._error(change.line, f"{company.id} would be left without a name")
        self.companies[company.id] = without
        if spelled := self.pinyin.get(company.id):
            self.pinyin[company.id] = tuple(name for name in spelled if name_key(name) not in gone)

    def _merge(self, change: NameChange) -> None:
        if change.company in self.moved:
            return
        gone, kept = self._known(change.company, change), self._known(change.into, change)
        if gone.id == kept.id:
            raise self._error(change.line, f"{change.company} and {change.into} are one company already")
        above = self._above(kept)
        parent = gone.parent if gone.id in above else kept.parent
        del self.companies[gone.id]
        self.companies[kept.id] = replace(
            kept,
            parent=None if parent == kept.id else parent,
            ko=_once(kept.ko, gone.ko),
            en=_once(kept.en, gone.en),
            zh_hans=_once(kept.zh_hans, gone.zh_hans),
            zh_hant=_once(kept.zh_hant, gone.zh_hant),
            risky=_once(kept.risky, gone.risky),
            tickers=_once(kept.tickers, gone.tickers),
        )
        self._follow(gone.id, kept.id)

    def _above(self, company: Company) -> list[str]:
        found: list[str] = []
        parent = company.parent
        while parent and parent not in found:
            found.append(parent)
            parent = self.companies[parent].parent if parent in self.companies else None
        return found

    def _follow(self, gone: str, kept: str) -> None:
        """Everything that named the company that is no more names the other."""
        for company in tuple(self.companies.values()):
            if company.parent == gone and company.id != kept:
                self.companies[company.id] = replace(company, parent=kept)
        pinyin = _once(self.pinyin.get(kept, ()), self.pinyin.pop(gone, ()))
        if pinyin:
            self.pinyin[kept] = pinyin
        theirs = self.members.pop(gone, ())
        if theirs:
            self.members[kept] = _once(self.members.get(kept, ()), theirs)
        for group, listed in tuple(self.members.items()):
            swapped = tuple(dict.fromkeys(kept if each == gone else each for each in listed))
            self.members[group] = tuple(each for each in swapped if each != group)
        self.moved |= {old: kept for old, now in self.moved.items() if now == gone} | {gone: kept}


def _once(held: tuple[_T, ...], more: tuple[_T, ...]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys((*held, *more)))
