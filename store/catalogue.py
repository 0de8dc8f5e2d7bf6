"""The catalogue: which companies, apps and agencies there are, and every way to write them.

Its facts are store/data/companies.tsv, a table a person edits in a spreadsheet; pinyin.tsv beside
it is derived. Nothing heavy is imported to load it: one answer on the command line needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path

from store.errors import StoreError
from store.lookup import Index, Look
from store.model import Company, Ticker

__all__ = ["COLUMNS", "Catalogue", "CatalogueError", "Look", "load"]

DATA = Path(__file__).with_name("data")
COLUMNS = (
    "id", "kind", "sector", "parent", "members", "korean", "english", "simplified", "traditional", "tickers",
    "risky",
)  # fmt: skip
KINDS = frozenset({"company", "app", "product", "agency", "group"})


class CatalogueError(StoreError):
    """A line of the catalogue cannot be read. args: path, line (from 1), reason."""

    key = "error.catalogue"


class Catalogue:
    """Companies by id and by every spelling. Immutable; a look-up builds its index when first asked."""

    def __init__(
        self,
        companies: Iterable[Company],
        members: Mapping[str, tuple[str, ...]] | None = None,
        pinyin: Mapping[str, tuple[str, ...]] | None = None,
        not_names: Iterable[str] = (),
        moved: Mapping[str, str] | None = None,
    ) -> None:
        """`moved`: ids that are no more, to the id that stands for each since they were merged."""
        self.companies: Mapping[str, Company] = {company.id: company for company in companies}
        self.members: Mapping[str, tuple[str, ...]] = dict(members or {})
        self.pinyin: Mapping[str, tuple[str, ...]] = dict(pinyin or {})
        self.not_names: tuple[str, ...] = tuple(not_names)
        self.moved: Mapping[str, str] = dict(moved or {})

    def get(self, company_id: str) -> Company | None:
        """A company by its id, or by one that was merged into it, exactly."""
        return self.companies.get(self.moved.get(company_id, company_id))

    def find(self, query: str) -> Look:
        """What a person means by `query`, in any script and habit of writing; never guesses."""
        look = self.index.find(query)
        if look.status == "none" and self.moved:
            now = self.moved.get(query.strip().removeprefix("id:").strip().lower())
            return Look(query, "found", (now,)) if now else look
        return look

    def products_of(self, company_id: str) -> tuple[Company, ...]:
        """What directly belongs to a company, in the order of the catalogue."""
        return tuple(self.companies[child] for child in self._children.get(company_id, ()))

    def family(self, company_id: str) -> tuple[str, ...]:
        """Its id and the ids of everything below it, nearest first; () when it is unknown."""
        if company_id not in self.companies:
            return ()
        found = [company_id]
        for known in found:
            found.extend(child for child in self._children.get(known, ()) if child not in found)
        return tuple(found)

    def names(self, company: Company) -> tuple[str, ...]:
        """Every spelling of a company, each once, Korean first."""
        return tuple(dict.fromkeys((*company.ko, *company.en, *company.zh_hans, *company.zh_hant)))

    @cached_property
    def index(self) -> Index:
        """The look-up index over all names."""
        return Index(self.companies, self.members, self.pinyin)

    @cached_property
    def _children(self) -> Mapping[str, tuple[str, ...]]:
        children: dict[str, tuple[str, ...]] = {}
        for company in self.companies.values():
            if company.parent:
                children[company.parent] = (*children.get(company.parent, ()), company.id)
        return children


def load(path: Path | None = None) -> Catalogue:
    """The catalogue of a folder that holds companies.tsv; without a path the shipped one.

    Raises CatalogueError naming the line when a file is missing or a line is broken.
    """
    return _shipped() if path is None else _read(path)


@cache
def _shipped() -> Catalogue:
    return _read(DATA)


def _read(folder: Path) -> Catalogue:
    path = folder / "companies.tsv"
    companies: dict[str, Company] = {}
    members: dict[str, tuple[str, ...]] = {}
    lines: dict[str, int] = {}
    for number, cells in _rows(path, COLUMNS):
        company = _company(path, number, cells)
        if company.id in companies:
            raise CatalogueError(path=path, line=number, reason=f"id {company.id} stands twice")
        companies[company.id], lines[company.id] = company, number
        if listed := names_in(cells[4]):
            members[company.id] = listed
    for company in companies.values():
        for other in (company.parent, *members.get(company.id, ())):
            if other and other not in companies:
                raise CatalogueError(
                    path=path, line=lines[company.id], reason=f"no company has the id {other}"
                )
    refuse_circles(path, companies, lines)
    return Catalogue(
        companies.values(), members, _pinyin(folder / "pinyin.tsv"), _words(folder / "not_names.tsv")
    )


def _company(path: Path, number: int, cells: list[str]) -> Company:
    ident, kind, sector, parent, _, ko, en, hans, hant, tickers, risky = cells
    if not ident or ident != ident.strip().lower() or " " in ident:
        raise CatalogueError(path=path, line=number, reason=f"bad id {ident!r}")
    if kind not in KINDS:
        raise CatalogueError(
            path=path, line=number, reason=f"kind {kind!r} is none of {', '.join(sorted(KINDS))}"
        )
    company = Company(
        id=ident,
        kind=kind,
        ko=names_in(ko),
        en=names_in(en),
        zh_hans=names_in(hans),
        zh_hant=names_in(hant),
        tickers=tuple(ticker_in(path, number, text) for text in names_in(tickers)),
        parent=parent or None,
        sector=sector,
        risky=names_in(risky),
    )
    names = {*company.ko, *company.en, *company.zh_hans, *company.zh_hant}
    if not names:
        raise CatalogueError(path=path, line=number, reason="a company without a name")
    if stray := [name for name in company.risky if name not in names]:
        raise CatalogueError(path=path, line=number, reason=f"risky {stray[0]!r} is none of its names")
    return company


def ticker_in(path: Path, number: int, text: str) -> Ticker:
    """ "HKEX:3690" as a Ticker; CatalogueError naming the line for anything else."""
    exchange, colon, code = text.partition(":")
    if not (exchange and colon and code):
        raise CatalogueError(path=path, line=number, reason=f"ticker {text!r} is not EXCHANGE:CODE")
    return Ticker(code=code, exchange=exchange)


def refuse_circles(path: Path, companies: Mapping[str, Company], lines: Mapping[str, int]) -> None:
    """CatalogueError with the company's line where somebody is its own ancestor."""
    for company in companies.values():
        seen, parent = {company.id}, company.parent
        while parent:
            if parent in seen:
                raise CatalogueError(path=path, line=lines[company.id], reason="parents run in a circle")
            seen.add(parent)
            parent = companies[parent].parent


def _pinyin(path: Path) -> dict[str, tuple[str, ...]]:
    if not path.exists():
        return {}
    return {cells[0]: names_in(cells[1]) for _, cells in _rows(path, ("id", "pinyin"))}


def _words(path: Path) -> tuple[str, ...]:
    if not path.exists():
        return ()
    return tuple(cells[0] for _, cells in _rows(path, ("words",)))


def _rows(path: Path, columns: tuple[str, ...]) -> Iterable[tuple[int, list[str]]]:
    """The table's lines as (line number, cells); the first line must name the columns.

    A spreadsheet may leave a byte order mark, empty cells at the end cut off, and empty lines.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(path=path, line=0, reason=str(error)) from error
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not any(cells):
            continue
        if number == 1:
            if tuple(cells) != columns:
                raise CatalogueError(path=path, line=1, reason=f"the first line must be: {' '.join(columns)}")
            continue
        if len(cells) > len(columns):
            raise CatalogueError(path=path, line=number, reason=f"{len(cells)} cells, not {len(columns)}")
        yield number, cells + [""] * (len(columns) - len(cells))


def names_in(cell: str) -> tuple[str, ...]:
    """The list in a cell, which " | " separates."""
    return tuple(name for part in cell.split("|") if (name := part.strip()))
