"""What a preview of an import shows: what was read, what is new or different, what is odd."""

from __future__ import annotations

from handlers.answer import excerpt
from handlers.ingest import Change, FieldChange
from handlers.lookup import told
from handlers.message import Block, Bullets, Line, Run, line
from handlers.words import say, texts
from store.bundle import Store
from store.model import Edition, Issue, Language, Problem, Story

_ITEMS = 30
_LINES = 10


def facts(issue: Issue, edition: Edition, source: str, spoken: Language) -> tuple[Line, ...]:
    """Number, week and source of what was read."""
    unknown = say("import.unknown", spoken)
    return (
        line(say("import.number", spoken, number=unknown if edition.number is None else edition.number)),
        line(say("import.week", spoken, week=issue.week or unknown, edition=edition.id)),
        line(say("import.source", spoken, source=source_text(source))),
    )


def source_text(source: str) -> str:
    """A file's name or an address on one line, at most 200 characters, whole where it fits."""
    source = " ".join(source.split())
    return source if len(source) <= 200 else f"{source[:199]}…"


def item_lines(change: Change, store: Store, spoken: Language) -> tuple[Line, ...]:
    """A line for each story: title, companies, how many figures."""
    lines = [_item(story, change, store, spoken) for story in change.stories[:_ITEMS]]
    left = len(change.stories) - len(lines)
    if left:
        lines.append(line(say("import.more", spoken, count=left)))
    return tuple(lines)


def _item(story: Story, change: Change, store: Store, spoken: Language) -> Line:
    names = [
        company.name(spoken) if (company := store.catalogue.get(known)) else known
        for known in story.companies
    ]
    fresh = [Run(say("import.is_new", spoken))] if story.id in change.new else []
    kind = [Run(say("import.is_app", spoken))] if story.kind == "app" else []
    found = say(
        "import.found",
        spoken,
        companies=", ".join(names) or say("import.no_company", spoken),
        figures=len(story.figures),
    )
    return line(f"{story.order}. ", *kind, *fresh, Run(story.title, bold=True), f" {found}")


def differences(change: Change, spoken: Language) -> tuple[Block, ...]:
    """What reads otherwise now, and what is gone."""
    lines = [_difference(one, spoken) for one in change.changed[:_LINES]]
    if len(change.changed) > _LINES:
        lines.append(line(say("import.more", spoken, count=len(change.changed) - _LINES)))
    lines += [line(say("import.removed", spoken, story=story)) for story in change.removed[:_LINES]]
    if len(change.removed) > _LINES:
        lines.append(line(say("import.more", spoken, count=len(change.removed) - _LINES)))
    return (Bullets(tuple(lines)),) if lines else ()


def _difference(one: FieldChange, spoken: Language) -> Line:
    return line(
        say(
            "import.changed",
            spoken,
            story=one.story,
            field=field_name(one.field, spoken),
            before=excerpt(one.before) or "–",
            after=excerpt(one.after) or "–",
        )
    )


def field_name(field: str, spoken: Language) -> str:
    """What a person calls a field of a story or an edition."""
    return say(f"import.field.{field}", spoken)


def warnings(problems: tuple[Problem, ...], spoken: Language) -> tuple[Block, ...]:
    """What is odd, the first ten."""
    if not problems:
        return ()
    lines = [line(problem_text(problem, spoken)) for problem in problems[:_LINES]]
    if len(problems) > _LINES:
        lines.append(line(say("import.more", spoken, count=len(problems) - _LINES)))
    return (told("import.warnings", spoken), Bullets(tuple(lines)))


def problem_text(problem: Problem, spoken: Language) -> str:
    """What is odd in an issue, with its line where it has one."""
    known = problem.reason in texts(spoken)
    said = say(problem.reason, spoken, detail=excerpt(problem.detail), line=problem.line) if known else ""
    text = said or f"{problem.reason} {excerpt(problem.detail)}".strip()
    return say("import.at_line", spoken, line=problem.line, text=text) if problem.line else text
