"""The commands that need no store: `read` and `resolve`; and what `import` reads beforehand."""

from __future__ import annotations

import asyncio
import errno
import os
import select
import stat
import sys
from collections.abc import Iterable, Sequence
from io import BufferedReader

import orjson

from bot.settings import Settings
from bot.work import Document
from handlers.errors import Refusal
from handlers.words import say
from store.catalogue import Catalogue, load as load_catalogue
from store.model import Issue, Language, Problem

_PATIENCE = 10.0  # seconds for a pipe to begin
LIMIT = 5_000_000  # bytes of one document; an issue is some 20 kB


def load(sources: Sequence[str], settings: Settings) -> tuple[Document, ...]:
    """Each source as a Document, in order; one that cannot be read carries its error's words."""
    return tuple(_load(source, settings) for source in sources)


def _load(source: str, settings: Settings) -> Document:
    try:
        if source.startswith(("http://", "https://")):
            from bot.fetch import fetch

            page = asyncio.run(fetch(source, allow=settings.fetch_allow, limit=LIMIT))
            return _as_text(source, page.data, page.content_type)
        return _as_text(source, file_bytes(source), "")
    except Refusal as error:
        return Document(source, error=say(error.key, settings.language, **error.words))


def _as_text(name: str, data: bytes, content_type: str) -> Document:
    from handlers.documents import text_of

    return Document(name, text_of(data, name=name, content_type=content_type).encode("utf-8"), "text/plain")


def file_bytes(name: str) -> bytes:
    """At most one byte more than the limit is read, so that a huge file costs nothing."""
    try:
        with open(name, "rb", opener=_without_waiting) as file:
            _wait_for(file, name)
            return file.read(LIMIT + 1)
    except OSError as error:
        raise Refusal("cli.file", name=name, detail=error.strerror or type(error).__name__) from error


def _without_waiting(path: str, flags: int) -> int:
    """A pipe that nobody writes into would hold up its opening for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


def _wait_for(file: BufferedReader, name: str) -> None:
    """Until a pipe has something to read, but not for ever."""
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return
    if not select.select([file], [], [], _PATIENCE)[0]:
        raise Refusal("cli.file", name=name, detail=os.strerror(errno.ETIMEDOUT))
    os.set_blocking(file.fileno(), True)


def read_files(names: Sequence[str], *, as_json: bool, language: Language, explain: bool = False) -> int:
    """One JSON object a line for each file, in order; 1 when any could not be read.

    `explain` prints instead every name and number looked at, and what decided.
    """
    catalogue = load_catalogue()
    code = 0
    for name in names:
        issue, problems = _read(name, catalogue)
        code = max(code, 0 if issue is not None else 1)
        if issue is None:
            print(say(problems[0].reason, language, **_words(name, problems[0])), file=sys.stderr)
        if explain:
            _explain(name, issue, catalogue, language)
        elif as_json:
            from handlers.reading import as_json as issue_json

            sys.stdout.buffer.write(orjson.dumps(issue_json(name, issue, problems)) + b"\n")
            sys.stdout.buffer.flush()
        elif issue is not None:
            print(_outline(name, issue))
    return code


def _explain(name: str, issue: Issue | None, catalogue: Catalogue, language: Language) -> None:
    from handlers.explain import explained

    for told in explained(issue.items if issue else (), catalogue, language):
        print(f"{name}:{told}")


def _words(name: str, problem: Problem) -> dict[str, str]:
    return {"name": name, **dict(_pairs(problem.detail))}


def _pairs(detail: str) -> Iterable[tuple[str, str]]:
    for pair in filter(None, detail.split("\x1f")):
        key, _, value = pair.partition("=")
        yield key, value


def _read(name: str, catalogue: Catalogue) -> tuple[Issue | None, tuple[Problem, ...]]:
    from handlers.documents import text_of
    from handlers.reading import read

    try:
        text = text_of(file_bytes(name), name=name)
    except Refusal as error:
        detail = "\x1f".join(f"{key}={value}" for key, value in error.words.items())
        return None, (Problem(0, error.key, detail),)
    issue = read(text, catalogue, name=name)
    return issue, issue.problems


def _outline(name: str, issue: Issue) -> str:
    lines = [f"{name}: {issue.title} ({issue.week or '?'})"]
    for item in issue.items:
        names = ", ".join(dict.fromkeys(m.company for m in item.mentions))
        lines.append(f"{item.order:3} {item.title}  [{names}] {item.source_url or ''}".rstrip())
    return "\n".join(lines)


def resolve_lines(lines: Iterable[str], *, as_json: bool, language: Language) -> int:
    """One answer a line, as it comes."""
    catalogue = load_catalogue()
    for text in lines:
        query = text.rstrip("\r\n")
        look = catalogue.find(query)
        if as_json:
            body = {"query": query, "status": look.status, "ids": look.ids, "suggestions": look.suggestions}
            sys.stdout.buffer.write(orjson.dumps(body) + b"\n")
            sys.stdout.buffer.flush()
        else:
            found = look.ids or look.suggestions
            names = ", ".join(catalogue.companies[i].name(language) for i in found)
            print(f"{query}\t{look.status}\t{names}")
    return 0
