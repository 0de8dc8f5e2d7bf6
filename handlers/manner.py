"""How an answer comes: without a sound in quiet hours, in the layout that the chat chose, with a
question that can be replied to, and honest about a button that things have moved on from.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.commands import Command
from handlers.lookup import first
from handlers.made_once import made_once
from handlers.message import Ask, Button, Buttons, Reply
from handlers.quiet import is_quiet
from handlers.words import say
from store.model import Language, Subscriber

_REFRESH = {"story": "/latest", "digest": "/editions", "app": "/app page 1", "company": "/companies"}


def mannered(reply: Reply, ask: Ask, subscriber: Subscriber | None) -> Reply:
    """The reply as this chat wants its answers: the same one where it is the same answer."""
    if subscriber is None:
        return reply
    silent = reply.silent or is_quiet(subscriber.quiet, subscriber.schedule.zone, ask.now)
    rich = ask.rich and subscriber.layout == "rich"
    if silent == reply.silent and rich == reply.rich:
        return reply
    return _in_manner(reply, silent=silent, rich=rich)


@made_once
def _in_manner(reply: Reply, *, silent: bool, rich: bool) -> Reply:
    return replace(reply, silent=silent, rich=rich)


def after_call(reply: Reply, command: Command, given: str, ask: Ask, language: Language) -> Reply:
    """What every command's reply is given on its way: a missing argument is asked for, and a pressed
    button whose story, edition or company is gone says so and offers a fresh list.
    """
    if not given and reply.tags.get("command") == command.name:
        return replace(reply, asks=f"/{command.name}")
    fixed = command.name in {"story", "digest"} or given.startswith("id:")
    if ask.pressed and fixed and reply.tags.get("status") == "none":
        fresh = Button(say("button.refresh", language), _REFRESH.get(command.name, "/latest"))
        blocks = (first("answer.list_changed", language), *reply.blocks, Buttons((fresh,)))
        return replace(reply, blocks=blocks, tags={**reply.tags, "refused": "answer.list_changed"})
    return reply
