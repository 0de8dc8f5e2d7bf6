"""A newsletter's text into an Issue: what it is called, when it came out, which items it has.

Nothing is invented: a title is a line of the text or its first sentence, and what could not be
read is a Problem with its line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from handlers.newsletter import dating
from handlers.newsletter.items import items_of
from handlers.newsletter.labelled import labelled
from handlers.newsletter.layouts import Layout, Reading
from handlers.newsletter.lines import Line, Role, fold, read_lines
from handlers.newsletter.listed import contents_first, countdown, table
from handlers.newsletter.marked import marked
from handlers.newsletter.opening import with_opening
from handlers.newsletter.prose import link_led, single, titled
from handlers.newsletter.sourced import sourced
from store.model import Issue, Item, Language, Problem

MAX_TEXT = 500_000  # characters that are read; twenty-five long issues
MAX_PROBLEMS = 100  # told of one text; who has more has not written an issue

# Asked in this order, the most telling signs first; the last takes any text.
LAYOUTS: tuple[Layout, ...] = (countdown, table, labelled, contents_first, marked, sourced, link_led, single)

_FRONT = re.compile(r"\A\s{0,100}---[ \t]{0,9}\n(?P<fields>(?:[^\n]{0,2000}\n){1,60}?)---[ \t]{0,9}(?:\n|\Z)")
_FRONT_TITLE = re.compile(r"^title:[ \t]{0,9}(.{1,300})$", re.MULTILINE)
_FRONT_DATE = re.compile(r"^date:[ \t]{0,9}(.{1,60})$", re.MULTILINE)
_SECTION = re.compile(r"^[\[【<〈][^\]】>〉]{1,60}[\]】>〉]$")
_NEWLINE = re.compile(r"\r\n?")
_JAMO = re.compile(r"[\u1100-\u11ff]+")
_CODE = re.compile(
    r"[{};]$|^(?:def|class|func|function|fn)\s+\w+\s*[({:]|^(?:import|from|package|use)\s+[\w.:{]+(?:;|$|\s+import\b)"
    r"|^(?:return|elif|const|let|var|public|private|static|impl|if \(|for \(|while \()\b(?!.{0,500}[.!?]$)"
    r"|^(?:if|then|else|fi|do|done|export|unset|echo|esac)\b(?!.{0,500}[.!?]$)|^(?:\}|@\w+$|//|/\*|#include)|^[\w.]{1,40}\s?(?:=|:=|\+=)\s?\S|^\w[\w.]{0,60}\(.{0,200}\):?$"
)


def split(text: str, *, name: str = "") -> Issue:
    """The issue a text holds, its items in order, without mentions and figures.

    Never raises. `name` is the file's name, which may carry the date. A plain article is one
    item; a text without words has none.
    """
    text, beyond = _bounded(_JAMO.sub(_composed, _NEWLINE.sub("\n", text)))
    fields, skipped, text = _front_matter(text)
    lines, unread = read_lines(text, first=skipped + 1)
    code = _is_code(lines)
    lines = _without_footer(lines)
    reading = next((found for layout in LAYOUTS if (found := layout(lines))), Reading((), ()))
    reading = with_opening(titled(reading, lines, fields.get("title", "")))
    items, problems = items_of(reading.drafts)
    title, known = _header(reading, fields, items)
    urls = [item.source_url for item in items if item.source_url]
    week = dating.week_of([*known, *_dated(lines)], name.rstrip("/").rpartition("/")[2], urls)
    number = next((printed for line in known if (printed := dating.number_in(line)) is not None), None)
    problems += _missing(items)
    problems += _left_over(reading.rest)
    if unread or beyond:
        problems.append(Problem(unread or beyond, "problem.too_long"))
    if code:
        problems.append(Problem(1, "problem.not_prose"))
    if items and week is None:
        problems.append(Problem(1, "problem.no_week"))
    return Issue(
        number=number,
        title=title,
        week=week,
        items=items,
        problems=tuple(sorted(problems, key=lambda problem: problem.line)[:MAX_PROBLEMS]),
        language=_language(items),
    )


def is_issue(issue: Issue) -> bool:
    """Whether this is a newsletter worth importing: several items, or a sourced one in an issue.

    A page without headings or sources, prose, a program or an empty text is none.
    """
    if any(problem.reason == "problem.not_prose" for problem in issue.problems):
        return False
    worded = [item for item in issue.items if not item.ad and len(item.title) + len(item.body) >= 6]
    sourced = sum(1 for item in worded if item.source_url)
    if len(worded) >= 2:
        return sourced >= 1 or sum(1 for item in worded if item.body) >= 2 or issue.number is not None
    return sourced == 1 and (issue.week is not None or issue.number is not None)


def _composed(jamo: re.Match[str]) -> str:
    """Syllables that a Mac took apart, put together; nothing else is normalised."""
    return unicodedata.normalize("NFC", jamo.group())


def _bounded(text: str) -> tuple[str, int]:
    """What is read of a text, and the line where the rest begins (0 = all of it is read)."""
    if len(text) <= MAX_TEXT:
        return text, 0
    end = text.rfind("\n", 0, MAX_TEXT) + 1 or MAX_TEXT
    return text[:end], text.count("\n", 0, end) + 1


def _front_matter(text: str) -> tuple[dict[str, str], int, str]:
    """YAML front matter, of which title and date are wanted, and how many lines it took."""
    found = _FRONT.match(text)
    if not found or ":" not in found["fields"]:
        return {}, 0, text
    fields = {}
    for key, pattern in (("title", _FRONT_TITLE), ("date", _FRONT_DATE)):
        if value := pattern.search(found["fields"]):
            fields[key] = fold(value[1]).strip("\"' ")
    return fields, text.count("\n", 0, found.end()), text[found.end() :]


def _without_footer(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Cuts from the first furniture behind the last address to the end; drops furniture elsewhere."""
    addressed = [at for at, line in enumerate(lines) if line.role in (Role.SOURCE, Role.ADDRESS)]
    floor = addressed[-1] if addressed else max(1, len(lines) * 2 // 3)
    end = next((at for at in range(floor, len(lines)) if lines[at].role is Role.FURNITURE), len(lines))
    return tuple(line for line in lines[:end] if line.role is not Role.FURNITURE)


def _header(reading: Reading, fields: dict[str, str], items: Sequence[Item]) -> tuple[str, list[str]]:
    """The issue's title, and the lines that may print its number and week, the likeliest first."""
    lines = [line.text for line in reading.header if line.text and len(line.text) <= 200 and not line.bold]
    titles = [line for line in lines if not _SECTION.match(line)]
    naming = [line for line in lines if dating.is_issue_line(line)]
    named = fields.get("title", "")
    title = named or (naming or titles or [""])[0 if not naming else -1]
    known = [*naming, named, fields.get("date", ""), *lines]
    if not title and len(items) == 1:
        title = items[0].title
        known.append(title)
    return title, [line for line in known if line]


def _dated(lines: Sequence[Line]) -> list[str]:
    """Date lines of the header ("Date : 2025.02.15."), which are no content but tell the week."""
    return [line.text for line in lines[:12] if line.role is Role.META]


def _missing(items: Sequence[Item]) -> list[Problem]:
    """Stories without the source or the text that most others have, and the same source twice."""
    stories = [item for item in items if item.kind == "story" and not item.ad]
    sourced = [item for item in stories if item.source_url]
    told = [item for item in stories if item.body]
    problems: list[Problem] = []
    if 2 * len(told) > len(stories):
        empty = [item for item in stories if not item.body]
        problems = [Problem(item.line, "problem.no_text", item.title[:120]) for item in empty]
    if 2 * len(sourced) > len(stories):
        bare = [item for item in stories if not item.source_url]
        problems += [Problem(item.line, "problem.no_source", item.title[:120]) for item in bare]
    seen: set[str] = set()
    for item in sourced:
        if item.source_url in seen:
            problems.append(Problem(item.line, "problem.same_source", item.source_url or ""))
        seen.add(item.source_url or "")
    return problems


def _left_over(rest: Sequence[Line]) -> list[Problem]:
    """Where text begins that is no item's, once for lines that follow each other."""
    worth = [line for line in rest if line.role is Role.TEXT and len(line.text) >= 2]
    return [
        Problem(line.number, "problem.left_over", line.text[:120])
        for before, line in zip([None, *worth], worth, strict=False)
        if before is None or line.number > before.number + 1 + line.gap
    ]


def _is_code(lines: Sequence[Line]) -> bool:
    sample = [line for line in lines[:2000] if line.raw]
    return len(sample) >= 5 and sum(1 for line in sample if _CODE.search(line.raw)) > 0.3 * len(sample)


def _language(items: Sequence[Item]) -> Language:
    """By script: Hangul speaks for Korean, ideographs without it for Chinese, else English."""
    text = "".join(item.title + item.body[:400] for item in items[:40])
    hangul = sum(1 for sign in text if "가" <= sign <= "힣")
    ideographs = sum(1 for sign in text if "\u4e00" <= sign <= "\u9fff")
    latin = sum(1 for sign in text if sign.isascii() and sign.isalpha())
    if hangul and 2 * hangul >= ideographs and 6 * hangul >= latin:
        return "ko"
    if 4 * ideographs >= latin and ideographs:
        return "zh"
    return "en" if latin else "ko"
