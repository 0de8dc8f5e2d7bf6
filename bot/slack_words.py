"""Commands as Slack knows them, in what the bot says.

Answers say "type /pause" on every platform. On Slack only a few commands have a name of their
own; the others go after the umbrella command ("/jianbao pause"). Stories are left as they are:
what stands in a Card is somebody else's text.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from handlers.commands import COMMANDS
from handlers.made_once import made_once
from handlers.message import Block, Bullets, Button, Buttons, Card, Heading, Line, Note, Reply, Run, Text
from handlers.words import say

UMBRELLA = "/jianbao"
"""The command that takes every command, where the bot has its own name."""


@made_once
def for_slack(reply: Reply, umbrella: str) -> Reply:
    """The reply with every command written as it is typed on Slack; a summary says where to read on."""
    summary = tuple(_block(block, umbrella) for block in reply.summary)
    if summary:
        summary = (*summary, Note((Run(say("slack.in_thread", reply.language)),)))
    return replace(reply, blocks=tuple(_block(block, umbrella) for block in reply.blocks), summary=summary)


def typed_as(text: str, umbrella: str) -> str:
    """A text of ours with its commands as they are typed on Slack."""
    return _commands().sub(rf"{umbrella} \1", text)


@cache
def _commands() -> re.Pattern[str]:
    """A command that has no name of its own on Slack, not inside a word, a path or an address."""
    names = "|".join(re.escape(command.name) for command in COMMANDS if not command.slack)
    return re.compile(rf"(?<![\w/.:@-])/({names})(?![\w/-])", re.ASCII)


def _block(block: Block, umbrella: str) -> Block:
    if isinstance(block, Text):
        return Text(_line(block.line, umbrella))
    if isinstance(block, Note):
        return Note(_line(block.line, umbrella))
    if isinstance(block, Bullets):
        return Bullets(tuple(_line(line, umbrella) for line in block.lines))
    if isinstance(block, Heading):
        return Heading(typed_as(block.text, umbrella))
    if isinstance(block, Buttons):
        return Buttons(tuple(_button(button, umbrella) for button in block.buttons))
    if isinstance(block, Card):
        return replace(block, buttons=tuple(_button(button, umbrella) for button in block.buttons))
    return block


def _line(line: Line, umbrella: str) -> Line:
    return tuple(run if run.url else _run(run, umbrella) for run in line)


def _run(run: Run, umbrella: str) -> Run:
    return replace(run, text=typed_as(run.text, umbrella))


def _button(button: Button, umbrella: str) -> Button:
    return replace(button, label=typed_as(button.label, umbrella))
