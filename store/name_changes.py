"""Changes to the catalogue's names, and the table they are kept in.

A line of names.tsv is one change: the columns of companies.tsv behind `when`, `who`, `change` and
`into`. Played over the shipped catalogue from the top to the bottom the lines make the catalogue in
use, and what a name owes its being there to is the line that says so. In the cells of names stands what
is added or removed; `risky` says which of the names added are also everyday words.

    new     a company of this id with these names (of a known id: as add)
    add     more names and tickers of a company; a kind, sector or parent that is given replaces
    remove  names and tickers that are no longer its own
    merge   the company stops being one: what it has goes `into` another, which its id then means
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, cast, get_args

from store.catalogue import COLUMNS, KINDS, CatalogueError, names_in, ticker_in
from store.model import Ticker
from store.spelling import plain_spaces, simplified_table, squash

Verb = Literal["new", "add", "remove", "merge"]
TABLE = ("when", "who", "change", "into", *COLUMNS)
LONGEST_NAME = 60

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class NameChange:
    """One change. `at` is whole seconds in UTC; `who` as in an AuditLine, behind which stands the name
    of the file that it came by, if any; "" when nobody is named.

    `line` is where it stands in its file, from 1, for errors alone.
    """

    verb: Verb
    company: str
    into: str = ""
    ko: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    zh_hans: tuple[str, ...] = ()
    zh_hant: tuple[str, ...] = ()
    risky: tuple[str, ...] = ()
    tickers: tuple[Ticker, ...] = ()
    kind: str = ""
    sector: str = ""
    parent: str = ""
    members: tuple[str, ...] = ()
    who: str = ""
    at: datetime | None = None
    line: int = field(default=0, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name in it."""
        return (*self.ko, *self.en, *self.zh_hans, *self.zh_hant)

    @property
    def ident(self) -> str:
        """Six characters that tell it from other changes."""
        return sha256(_row(self).encode()).hexdigest()[:6]


def is_id(text: str) -> bool:
    """Whether this can be a company's id: lower-case ASCII letters, digits, dots and dashes."""
    return _ID.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether this can be a name: at most 60 printing characters on one line, letters among them."""
    printing = text.isprintable() and "|" not in text and text == text.strip()
    return printing and len(text) <= LONGEST_NAME and bool(squash(text))


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one to a look-up: case, spaces, width and traditional Chinese folded."""
    return name_key(one) == name_key(other)


def name_key(name: str) -> str:
    """A name as look-ups compare it."""
    return squash(name).translate(simplified_table())


def written(changes: Iterable[NameChange]) -> str:
    """The whole file that holds these changes."""
    return "".join(f"{row}\n" for row in ("\t".join(TABLE), *map(_row, changes)))


def read(text: str, path: Path) -> tuple[tuple[NameChange, ...], tuple[CatalogueError, ...]]:
    """The changes in a table, and an error for every line that is none.

    The first line names the columns: those of names.tsv, or those of companies.tsv, where every line
    is then a company and its names ("new").
    """
    changes: list[NameChange] = []
    errors: list[CatalogueError] = []
    columns: Sequence[str] = ()
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        cells = [plain_spaces(cell).strip() for cell in line.split("\t")]
        if not any(cells):
            continue
        try:
            if not columns:
                columns = _columns(path, number, cells)
            else:
                changes.append(_change(path, number, columns, cells))
        except CatalogueError as error:
            errors.append(error)
            if not columns:
                break
    return tuple(changes), tuple(errors)


def _columns(path: Path, number: int, cells: Sequence[str]) -> Sequence[str]:
    if tuple(cells) not in {TABLE, COLUMNS}:
        reason = f"the first line must be: {' '.join(TABLE)} (or the last {len(COLUMNS)} of them)"
        raise CatalogueError(path=path, line=number, reason=reason)
    return tuple(cells)


def _row(change: NameChange) -> str:
    cells = {
        "when": change.at.astimezone(UTC).isoformat() if change.at else "",
        "who": " ".join(change.who.split()),
        "change": change.verb,
        "into": change.into,
        "id": change.company,
        "kind": change.kind,
        "sector": change.sector,
        "parent": change.parent,
        "members": _BETWEEN.join(change.members),
        "korean": _BETWEEN.join(change.ko),
        "english": _BETWEEN.join(change.en),
        "simplified": _BETWEEN.join(change.zh_hans),
        "traditional": _BETWEEN.join(change.zh_hant),
        "tickers": _BETWEEN.join(f"{ticker.exchange}:{ticker.code}" for ticker in change.tickers),
        "risky": _BETWEEN.join(change.risky),
    }
    return "\t".join(cells[column] for column in TABLE)


def _change(path: Path, number: int, columns: Sequence[str], cells: Sequence[str]) -> NameChange:
    """A line as a change. Raises CatalogueError with what is wrong with it."""
    if len(cells) > len(columns):
        raise CatalogueError(path=path, line=number, reason=f"{len(cells)} cells, not {len(columns)}")
    row = dict.fromkeys(TABLE, "") | dict(zip(columns, cells, strict=False))
    verb = row["change"] or ("new" if columns == COLUMNS else "")
    change = NameChange(
        verb=cast("Verb", verb),
        company=row["id"],
        into=row["into"],
        ko=names_in(row["korean"]),
        en=names_in(row["english"]),
        zh_hans=names_in(row["simplified"]),
        zh_hant=names_in(row["traditional"]),
        risky=names_in(row["risky"]),
        tickers=tuple(ticker_in(path, number, text) for text in names_in(row["tickers"])),
        kind=row["kind"],
        sector=row["sector"],
        parent=row["parent"],
        members=names_in(row["members"]),
        who=row["who"],
        at=_moment(path, number, row["when"]),
        line=number,
    )
    if reason := next(_wrong(change), ""):
        raise CatalogueError(path=path, line=number, reason=reason)
    return change


def _moment(path: Path, number: int, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass
    raise CatalogueError(
        path=path, line=number, reason=f"when: {text[:40]!r} is not like 2026-11-23T09:00:00+00:00"
    )


def _wrong(change: NameChange) -> Iterator[str]:
    """What is wrong with a line that needs no catalogue to see it."""
    if change.verb not in get_args(Verb):
        yield f"change: {change.verb[:40]!r} is none of {', '.join(get_args(Verb))}"
    if not is_id(change.company):
        yield f"bad id {change.company[:40]!r}"
    if change.kind and change.kind not in KINDS:
        yield f"kind {change.kind[:40]!r} is none of {', '.join(sorted(KINDS))}"
    if bad := [name for name in change.names if not is_name(name)]:
        yield f"{bad[0][:40]!r} cannot be a name"
    if stray := [name for name in change.risky if name not in change.names]:
        yield f"risky {stray[0][:40]!r} is none of the names in its line"
    yield from _unfit(change)


def _unfit(change: NameChange) -> Iterator[str]:
    """What does not go with the kind of change."""
    facts = bool(change.kind or change.sector or change.parent or change.members)
    if change.verb == "merge":
        if not is_id(change.into) or change.into == change.company:
            yield f"into: {change.into[:40]!r} is not the id of another company"
        if change.names or change.tickers or facts:
            yield "a merge has no names of its own"
        return
    if change.into:
        yield "only a merge goes into another company"
    if change.verb == "new" and not change.names:
        yield "a company without a name"
    if change.verb == "remove" and (facts or not (change.names or change.tickers)):
        yield "a removal names what is removed, and nothing else"


def by_company(changes: Sequence[NameChange], moved: Mapping[str, str]) -> dict[str, list[NameChange]]:
    """The changes that made each company what it is, oldest first; a merge counts for both."""
    found: dict[str, list[NameChange]] = {}
    for change in changes:
        ids = {moved.get(change.company, change.company), moved.get(change.into, change.into)} - {""}
        for company_id in ids:
            found.setdefault(company_id, []).append(change)
    return found
