"""Links that lead back to the bot: https://t.me/NAME?start=CODE, and the button that shares one."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from handlers.message import Button, Buttons, Reply
from handlers.words import say


def deep_link(me: str, code: str) -> str:
    """What opens the bot `me` (without @) with a code of handlers/deep_links.py."""
    return f"https://t.me/{me}?start={code}"


def linked(reply: Reply, me: str) -> Reply:
    """The reply with a button that shares the way to it, where it has one and the bot has a name."""
    if not reply.link or not me:
        return reply
    url = f"https://t.me/share/url?url={quote(deep_link(me, reply.link), safe='')}"
    share = Button(say("telegram.share.button", reply.language), url=url)
    last = reply.blocks[-1] if reply.blocks else None
    if isinstance(last, Buttons):
        return replace(reply, blocks=(*reply.blocks[:-1], Buttons((*last.buttons, share))))
    return replace(reply, blocks=(*reply.blocks, Buttons((share,))))
