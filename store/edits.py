"""What a Ledger promises to the editors: corrections, publishing at a time, what was asked for.

A part of store.ledger.Ledger, and under its rules.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from store.model import Chat, Language

EditState = Literal["planned", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Correction:
    """That an edition reads otherwise since `at`: `what` are the ids of the stories that do,
    with spaces between, and "*" for the edition as such (its order, a story that was left out).
    `before` is what it was, as the writer put it.
    """

    number: int
    edition: str
    what: str
    before: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest that was composed, and for which settings; `parts` are the messages it has.

    It knew the corrections up to `since` when it was composed, and was brought to `planned`.
    """

    number: int
    chat: Chat
    week: str
    edition: str
    parts: int
    since: int
    planned: int
    language: Language | None
    follows: tuple[str, ...]
    mutes: tuple[str, ...]
    length: Literal["short", "full"]
    layout: Literal["classic", "rich"] = "classic"


@dataclass(frozen=True, slots=True)
class Edit:
    """A posted part that is to read `content`; `correction` is the last one it takes in."""

    number: int
    chat: Chat
    week: str
    edition: str
    part: int
    parts: int
    message_id: str
    correction: int
    content: str
    attempts: int
    due: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """An edition that becomes public at `at`; `who` said so, as an AuditLine names a person."""

    edition: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Asked:
    """How often something was asked for: `kind` is "company", "story" or "digest", `name` its id."""

    kind: str
    name: str
    count: int


class Edits(Protocol):
    """Corrections and the edits that follow, publications, counts."""

    def note_correction(self, edition: str, what: str, before: str, *, at: datetime) -> int:
        """Write down, before the library changes, that it will; returns the correction's number."""
        ...

    def corrections(self, edition: str, *, after: int = 0) -> tuple[Correction, ...]:
        """Those of an edition with a greater number than `after`, oldest first."""
        ...

    def digest_kinds(self, edition: str) -> tuple[tuple[Digest, int], ...]:
        """The digests of an edition of which a part was sent, or will be: one of each kind, and how
        many there are that became the same messages.
        """
        ...

    def uncorrected(self, platforms: Collection[str], *, limit: int = 50) -> tuple[Digest, ...]:
        """Digests of these platforms that were not yet brought to the last correction of their
        edition. Settings are those at the moment of write_parts(). Cheap when nothing was corrected.
        """
        ...

    def plan_edits(
        self,
        digest: Digest,
        contents: Mapping[int, str],
        more: Sequence[str],
        *,
        correction: int,
        at: datetime,
    ) -> None:
        """The digest is brought to `correction`: its parts `contents` are to be edited, in place of
        what was planned for them, and `more` parts follow, PLANNED. All in one transaction; nothing
        happens when the digest was brought there already, or has other parts by now.
        """
        ...

    def due_edits(
        self, now: datetime, *, limit: int = 100, without: Collection[str] = ()
    ) -> tuple[Edit, ...]:
        """Planned edits due by now of parts that are SENT, oldest first; none of the platforms and
        workspaces ("slack:T1") in `without`.
        """
        ...

    def settle_edit(
        self, edit: Edit, state: EditState, *, at: datetime, reason: str = "", due: datetime | None = None
    ) -> None:
        """What became of an edit; "planned" with `due` = once more then (attempts + 1). Nothing
        happens when a later correction has replaced it meanwhile. Content is kept only while planned.
        """
        ...

    def next_edit(self) -> datetime | None:
        """The earliest moment at which an edit of a SENT part is due."""
        ...

    def edit_counts(self, edition: str = "") -> Mapping[EditState, int]:
        """How many edits there are, of an edition or of all; those of parts that were not sent, and
        will not be, do not count as planned.
        """
        ...

    def lost_edits(self, *, limit: int = 10) -> tuple[Edit, ...]:
        """Edits that failed for good, the newest first."""
        ...

    def put_publication(self, publication: Publication) -> None:
        """Publish an edition at a time, in place of an earlier time."""
        ...

    def publications(self, *, until: datetime | None = None) -> tuple[Publication, ...]:
        """What is to be published (by `until`), soonest first."""
        ...

    def drop_publication(self, edition: str) -> bool:
        """It is published, or will not be; False when it was not to be."""
        ...

    def note_asked(self, kind: str, name: str, *, at: datetime) -> None:
        """Count that something was asked for. In memory: asked() knows it, the file after
        flush_asked() or close(). Nothing of who asked is kept.
        """
        ...

    def flush_asked(self) -> None:
        """Write down what was counted; cheap when there is nothing."""
        ...

    def asked(self, kind: str, *, since: str, limit: int = 10) -> tuple[Asked, ...]:
        """Most asked first, from ISO week `since` on."""
        ...
