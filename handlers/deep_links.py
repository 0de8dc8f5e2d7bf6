"""Deep links: a short code that opens an answer again, from wherever a link can stand.

    c_meituan       a company's card
    s_2017-W47-5    a story
    e_2017-W47      an edition
    sub             subscribe

A code is at most 64 letters, digits, "_" and "-": what Telegram takes behind ?start=.
"""

from __future__ import annotations

import re

from store.bundle import Store

LONGEST = 64
SUBSCRIBE = "sub"

_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PREFIXES = {"company id:": "c_", "story ": "s_", "digest ": "e_"}


def code_of(command: str) -> str:
    """The code of "/company id:meituan" and its like; "" for a command that no link can open."""
    for begins, prefix in _PREFIXES.items():
        if command.startswith(f"/{begins}"):
            code = prefix + command.removeprefix(f"/{begins}")
            return code if code != prefix and _CODE.fullmatch(code) else ""
    return ""


def command_of(code: str, store: Store) -> str:
    """The command that opens what a code names; "" when there is no such thing in the store."""
    prefix, name = code[:2], code[2:]
    if not _CODE.fullmatch(code) or not name:
        return ""
    if prefix == "c_" and store.catalogue.get(name):
        return f"/company id:{name}"
    if prefix == "s_" and store.library.story(name):
        return f"/story {name}"
    if prefix == "e_" and store.library.edition(name):
        return f"/digest {name}"
    return ""
