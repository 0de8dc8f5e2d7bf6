"""The edition: which of the ranked stories a week gets, in which order, and that as stories. Pure.

No company takes over: every further story of one house counts less, and there are at most three. The
editor's choices come last and win.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from handlers.dates import week_dates
from handlers.figures import figures
from handlers.ingest import content_hash
from handlers.mentions import mentions
from handlers.newsroom.coverage import Coverage
from handlers.newsroom.events import events_in
from handlers.newsroom.ranking import Ranked, Reason
from handlers.newsroom.sections import ORDER, section_of
from handlers.newsroom.signs import family
from handlers.words import say
from store.catalogue import Catalogue
from store.model import Edition, Issue, Language, Story
from store.newsroom import Choice

MOST = 15
"""Stories of one edition."""
SOURCE = "newsroom"
"""What Edition.source says of an edition that was made here."""

_OF_ONE_HOUSE = 3
_AGAIN = 1.2  # points less for each further story of one house
_SAME_SECTION, _FREE = 0.25, 3  # points less for each story of a section beyond the first three
_LEAST = 0.3  # points; a story under it is no news
_APP_EVENTS = frozenset({"release", "downloads", "outage"})


@dataclass(frozen=True, slots=True)
class Placed:
    """A story's place in an edition: its rank among all, its points and reasons, who told it how.

    `title` and `text` are an editor's words instead of the face's, "" = none.
    """

    ranked: Ranked
    rank: int
    section: str
    app: bool = False
    title: str = ""
    text: str = ""

    @property
    def coverage(self) -> Coverage:
        return self.ranked.coverage


@dataclass(frozen=True, slots=True)
class Draft:
    """What the week's edition would be now; `spare` are the next best, `touched` = an editor chose."""

    week: str
    placed: tuple[Placed, ...]
    spare: tuple[Ranked, ...]
    touched: bool


def drafted(
    stories: Sequence[Ranked],
    choices: Sequence[Choice],
    catalogue: Catalogue,
    *,
    week: str,
    language: Language,
) -> Draft:
    """The edition that these ranked stories give readers of `language`, with an editor's choices."""
    by_kind = {kind: {c.story: c.value for c in choices if c.kind == kind} for kind in ("drop", "place")}
    words = {kind: {c.story: c.value for c in choices if c.kind == kind} for kind in ("title", "text")}
    rank_of = {each.coverage.id: rank for rank, each in enumerate(stories, 1)}
    wanted = [each for each in stories if each.coverage.id not in by_kind["drop"]]
    asked = [each for each in wanted if each.coverage.id in by_kind["place"]]
    chosen = _diverse(wanted, asked, catalogue, language)
    app = _app_of_week(chosen, catalogue)
    placed = [
        Placed(
            each,
            rank_of[each.coverage.id],
            _section(each, catalogue, language),
            app=each is app,
            title=words["title"].get(each.coverage.id, ""),
            text=words["text"].get(each.coverage.id, ""),
        )
        for each in chosen
    ]
    placed.sort(key=lambda one: (not one.app, ORDER.index(one.section), one.rank))
    for story, number in sorted(by_kind["place"].items(), key=lambda pair: int(pair[1])):
        _moved(placed, story, int(number))
    taken = {each.coverage.id for each in chosen}
    spare = tuple(each for each in wanted if each.coverage.id not in taken)
    return Draft(week, tuple(placed), spare, bool(choices))


def _section(each: Ranked, catalogue: Catalogue, language: Language) -> str:
    """Where it stands in the digest, too, which knows the companies of its face alone."""
    face = each.coverage.face(language)
    return section_of(tuple(dict.fromkeys(m.company for m in face.mentions)), catalogue)


def _diverse(
    wanted: Sequence[Ranked], asked: Sequence[Ranked], catalogue: Catalogue, language: Language
) -> list[Ranked]:
    """At most MOST stories, the greatest first after what houses and sections already have is taken
    off; those an editor asked for in any case.
    """
    chosen = list(asked[:MOST])
    houses = Counter(_house(each.coverage, catalogue) for each in chosen)
    sections = Counter(_section(each, catalogue, language) for each in chosen)
    taken = {each.coverage.id for each in chosen}
    left = [each for each in wanted if each.coverage.id not in taken]
    while left and len(chosen) < MOST:

        def worth(each: Ranked) -> float:
            house = _house(each.coverage, catalogue)
            if house and houses[house] >= _OF_ONE_HOUSE:
                return float("-inf")
            crowd = max(0, sections[_section(each, catalogue, language)] - _FREE + 1)
            return each.score - _AGAIN * (houses[house] if house else 0) - _SAME_SECTION * crowd

        at, most = _greatest(left, worth)
        if most < _LEAST:
            break
        best = left.pop(at)
        chosen.append(best)
        houses[_house(best.coverage, catalogue)] += 1
        sections[section_of(best.coverage.companies, catalogue)] += 1
    return chosen


def _greatest(left: Sequence[Ranked], worth: Callable[[Ranked], float]) -> tuple[int, float]:
    """Which is worth most and how much; of equals the first. None is worth more than its own score, and
    these fall, so few are looked at.
    """
    best, most = 0, float("-inf")
    for at, each in enumerate(left):
        if each.score <= most:
            break
        if (value := worth(each)) > most:
            best, most = at, value
    return best, most


def _house(story: Coverage, catalogue: Catalogue) -> str:
    for company in story.companies:
        known = catalogue.get(company)
        if known is not None and known.kind not in {"agency", "group"}:
            return family(company, catalogue)
    return ""


def _app_of_week(chosen: Sequence[Ranked], catalogue: Catalogue) -> Ranked | None:
    """The best story about an app or product that came out, grew or fell down; None where there is none."""
    for each in chosen:
        titles = " ".join(entry.title for entry in each.coverage.entries)
        first = next((known for c in each.coverage.companies if (known := catalogue.get(c))), None)
        if first is not None and first.kind in {"app", "product"} and events_in(titles) & _APP_EVENTS:
            return each
    return None


def _moved(placed: list[Placed], story: str, number: int) -> None:
    found = next((one for one in placed if one.coverage.id == story), None)
    if found is not None:
        placed.remove(found)
        placed.insert(max(0, number - 1), found)


def company_of_week(draft: Draft, catalogue: Catalogue) -> str:
    """The company that most of the edition's stories are about, by their points; "" where there is none."""
    points: Counter[str] = Counter()
    for one in draft.placed:
        for company in one.coverage.companies[:1]:
            known = catalogue.get(company)
            if known is not None and known.kind == "company":
                points[company] += max(1, round(10 * one.ranked.score))
    return max(points, key=lambda company: points[company]) if points else ""


def frozen(
    draft: Draft,
    edition_id: str,
    catalogue: Catalogue,
    *,
    language: Language,
    number: int | None,
    now: datetime,
) -> tuple[Edition, tuple[Story, ...], dict[str, str]]:
    """The draft as an edition with its stories, and by story why it stands there (see placement_from)."""
    stories = tuple(
        _story(one, order, edition_id, catalogue, language) for order, one in enumerate(draft.placed, 1)
    )
    title = _title(draft, edition_id, catalogue, language)
    issue = Issue(number, title, edition_id[:8], (), language=language)
    edition = Edition(
        id=edition_id,
        number=number,
        title=title,
        story_ids=tuple(story.id for story in stories),
        language=language,
        imported_at=now,
        content_hash=content_hash(issue, stories),
        source=SOURCE,
    )
    why = {
        story.id: json.dumps(_explained(one), ensure_ascii=False)
        for story, one in zip(stories, draft.placed, strict=True)
    }
    return edition, stories, why


def _title(draft: Draft, edition_id: str, catalogue: Catalogue, language: Language) -> str:
    company = catalogue.get(company_of_week(draft, catalogue))
    dates = week_dates(edition_id, language)
    if company is None:
        return say("newsroom.title_plain", language, dates=dates)
    return say("newsroom.title", language, company=company.name(language), count=len(draft.placed) - 1)


def _story(one: Placed, order: int, edition: str, catalogue: Catalogue, language: Language) -> Story:
    face = one.coverage.face(language)
    story = Story(
        id=f"{edition}-{order}",
        kind="app" if one.app else "story",
        title=one.title or face.title,
        body=one.text or face.text,
        language=face.language if face.language in ("ko", "en", "zh") else language,  # type: ignore[arg-type]
        edition=edition,
        order=order,
        source_url=face.url or None,
        published=face.published,
        mentions=face.mentions,
        figures=face.figures,
        also=tuple(_elsewhere(one.coverage, face.url)),
    )
    if one.title or one.text:
        return replace(
            story,
            mentions=mentions(story.title, story.body, catalogue),
            figures=figures(story.title, story.body),
        )
    return story


def _elsewhere(coverage: Coverage, shown: str) -> Iterator[str]:
    """An address of each other outlet that told it."""
    from handlers.newsroom.understanding import outlet_of

    seen = {outlet_of(entry) for entry in coverage.entries if entry.url == shown}
    for entry in coverage.entries:
        outlet = outlet_of(entry)
        if entry.url and outlet not in seen:
            seen.add(outlet)
            yield entry.url


def _explained(one: Placed) -> dict[str, object]:
    return {
        "story": one.coverage.id,
        "rank": one.rank,
        "score": one.ranked.score,
        "reasons": [asdict(reason) for reason in one.ranked.reasons],
    }


@dataclass(frozen=True, slots=True)
class Placement:
    """Why a story stands in its edition: the story's group, its rank among the week's, its reasons."""

    story: str
    rank: int
    score: float
    reasons: tuple[Reason, ...]


def placement_from(body: str) -> Placement:
    """What frozen() wrote of a story."""
    data = json.loads(body)
    reasons = tuple(Reason(**reason) for reason in data["reasons"])
    return Placement(data["story"], data["rank"], data["score"], reasons)
