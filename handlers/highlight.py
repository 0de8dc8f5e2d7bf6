"""Which parts of a text are shown bold: the words that somebody looked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from handlers.message import Line, Run
from store.spelling import simplified_table

LONGEST = 220
"""Characters of a sentence that are shown; a longer one is cut around the first word."""
_WORDS = 20


def folded(text: str) -> str:
    """Case, width and script folded, one character for each, so that places stay true."""
    return text.translate(_FOLDING)


def marked(text: str, words: Iterable[str]) -> Line:
    """The text as a line whose `words` are bold; () of runs joined is the text again."""
    wanted = [re.escape(folded(word)) for word in dict.fromkeys(words) if word.strip()][:_WORDS]
    if not wanted:
        return (Run(text),) if text else ()
    pattern = re.compile("|".join(sorted(wanted, key=len, reverse=True)))
    runs: list[Run] = []
    at = 0
    for match in pattern.finditer(folded(text)):
        if match.start() > at:
            runs.append(Run(text[at : match.start()]))
        runs.append(Run(text[match.start() : match.end()], bold=True))
        at = match.end()
    if at < len(text):
        runs.append(Run(text[at:]))
    return tuple(runs)


def around(text: str, words: Iterable[str], *, longest: int = LONGEST) -> str:
    """At most `longest` characters and an ellipsis, around the first of the words."""
    if len(text) <= longest:
        return text
    plain = folded(text)
    places = (plain.find(folded(word)) for word in words)
    at = min((place for place in places if place >= 0), default=0)
    begin = max(0, min(at - longest // 3, len(text) - longest))
    end = begin + longest
    return ("…" if begin else "") + text[begin:end].strip() + ("…" if end < len(text) else "")


class _Folding(dict[int, str]):
    """What each character folds to, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        plain = unicodedata.normalize("NFKC", char).casefold().translate(simplified_table())
        self[code] = found = plain if len(plain) == 1 else char
        return found


_FOLDING = _Folding()
