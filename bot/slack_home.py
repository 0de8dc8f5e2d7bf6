"""The app's Home tab, and what the bot says when it is let into a channel."""

from __future__ import annotations

from datetime import datetime

from bot.slack_blocks import Json
from bot.slack_render import home
from handlers.commands import menu
from handlers.message import Block, Bullets, Divider, Heading, Note, Reply, Text, line
from handlers.words import say
from store.bundle import Store
from store.model import Language


def view(store: Store, language: Language, now: datetime, *, umbrella: str) -> Json:
    """What this is, the newest edition, how to subscribe, what to type."""
    newest = store.library.newest_published(until=now)
    words = (
        say("slack.home.newest", language, title=newest.title) if newest else say("slack.home.none", language)
    )
    blocks: list[Block] = [
        Heading(say("slack.home.title", language)),
        Text(line(say("slack.home.what", language))),
        Text(line(words)),
        Text(line(say("slack.home.how", language, command=umbrella))),
        Note(line(say("slack.managers", language))),
        Divider(),
        Heading(say("slack.home.commands", language)),
        Bullets(
            tuple(
                line(
                    say(
                        "slack.home.command",
                        language,
                        usage=usage(command.name, language, umbrella=umbrella, own=command.slack),
                        menu=words,
                    )
                )
                for command, words in menu(language)
            )
        ),
    ]
    return home(blocks)


def usage(name: str, language: Language, *, umbrella: str, own: bool) -> str:
    """How a command is typed on Slack: by its own name where it has one, else after the umbrella."""
    text = say(f"command.{name}.usage", language)
    return text if own else f"{umbrella} {text.lstrip('/')}"


def hello(language: Language, key: str, *, umbrella: str) -> Reply:
    """A greeting ("slack.hello" or "slack.welcome_back") in a channel."""
    return Reply((Text(line(say(key, language, command=umbrella))),), language)
