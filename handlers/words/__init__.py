"""Words: every text that a person reads, by key, in three languages.

The texts stand in words/{ko,en,zh}/<area>.toml; tables nest to dotted keys. A text with plural
forms is a table of `one` and `other`, chosen by `count`. A placeholder is `{name}`; in Korean
`{name:은는}` appends the particle that fits the last sound of the value, and `{name:'은는}` puts
the value in quotation marks first: ‘메이투안’은.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from handlers.causes import cause
from handlers.particles import with_particle
from store.model import Language

Text = str | Mapping[str, str]

_PLACEHOLDER = re.compile(r"\{(\w+)(?::('?)(\w+))?\}")
_FORMS = {"one", "other"}
_CAUSED = ("error.", "cli.", "slack.", "telegram.")  # whose `detail` is what a machine said


def say(key: str, language: Language, /, **args: object) -> str:
    """The text of `key`, filled in; `count` (an int) chooses the plural form where there is one.

    Values go in as they are and are never read as templates. Integers from 10,000 on are
    grouped. KeyError for an unknown key or a placeholder without a value.
    """
    text = texts(language)[key]
    if not isinstance(text, str):
        text = text["one" if args["count"] == 1 and "one" in text else "other"]

    def fill(match: re.Match[str]) -> str:
        value = shown(args[match[1]])
        if match[1] == "detail" and key.startswith(_CAUSED):
            value = _caused(value, language)
        quoted = f"‘{value}’" if match[2] else value
        return with_particle(quoted, match[3]) if match[3] else value

    return _PLACEHOLDER.sub(fill, text)


def _caused(said: str, language: Language) -> str:
    """What a machine said, in words where it is a common cause; else as it is."""
    found, path = cause(said)
    if not found:
        return said
    words = say(f"cause.{found}", language)
    return say("cause.at", language, path=path, cause=words) if path else words


def shown(value: object) -> str:
    """A value as a person reads it: 12345 as "12,345", 2017 as "2017"."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:,}"
    return str(value)


@cache
def texts(language: Language) -> Mapping[str, Text]:
    """Every text of a language by its dotted key."""
    found: dict[str, Text] = {}
    for path in sorted((Path(__file__).parent / language).glob("*.toml")):
        for key, text in _flat(tomllib.loads(path.read_text("utf-8"))):
            if key in found:
                raise ValueError(f"{path}: {key} stands twice")
            found[key] = text
    return found


def placeholders(text: Text) -> frozenset[str]:
    """The names that a text needs a value for."""
    forms = [text] if isinstance(text, str) else list(text.values())
    return frozenset(match[1] for form in forms for match in _PLACEHOLDER.finditer(form))


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Text]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, str) or (isinstance(value, dict) and value and set(value) <= _FORMS):
            yield key, value
        elif isinstance(value, dict):
            yield from _flat(value, f"{key}.")
        else:
            raise TypeError(f"{key} is no text")
