"""The app's Home tab of one person, and what the bot says when it is let into a channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.slack_blocks import LABEL, Json, plain_text
from bot.slack_inbound import FORM_ID
from bot.slack_render import CHARACTERS, fitting, flat
from bot.slack_send import Sender
from bot.slack_text import one_line
from bot.slack_views import HOME, name_box
from bot.slack_words import for_slack
from handlers.chat_settings import coming
from handlers.commands import menu
from handlers.compose import digest
from handlers.dates import moment_text
from handlers.message import Block, Bullets, Button, Buttons, Heading, Note, Reply, Text, line
from handlers.schedule import schedule_text
from handlers.settings_panel import state_text
from handlers.words import say
from store.bundle import Store
from store.model import Chat, Language, Subscriber, SubscriberState

SHOWN = 12  # channels of a person's that are listed
_TOP = 4_000  # characters of JSON for the newest edition
_MOST = 100  # blocks of a view


@dataclass(frozen=True, slots=True)
class Home:
    """What a Home tab is made of: `direct` is the conversation with its person, whose own settings
    hold there; `channels` are those of the person's channels that the bot has settings of.
    """

    direct: Chat
    channels: tuple[Subscriber, ...]
    language: Language
    now: datetime


def view(home: Home, sender: Sender, metadata: str, *, umbrella: str) -> Json:
    """What is subscribed, the newest edition, a box to look up a company, and what one can do."""
    language, store = home.language, sender.store
    read = Buttons(tuple(_read_buttons(home, store)))
    top = Reply((Heading(say("slack.home.title", language)), *_newest(home, store)), language)
    foot = Reply(_commands(language, umbrella), language)
    blocks: list[Json] = [
        *fitting(_made(top, home.direct, sender, umbrella, "t"), _TOP),
        *_made(Reply((read,), language), home.direct, sender, umbrella, "r"),
        name_box(language, at_once=True),
        {"type": "divider"},
        *_subscriptions(home, store),
        {"type": "divider"},
        *_made(foot, home.direct, sender, umbrella, "f"),
    ]
    shown = fitting(blocks, CHARACTERS)[:_MOST]
    return {"type": "home", "callback_id": HOME, "private_metadata": metadata, "blocks": shown}


def _made(reply: Reply, chat: Chat, sender: Sender, umbrella: str, prefix: str) -> list[Json]:
    """Neutral blocks as Slack's, what is behind the buttons filled in."""
    blocks: list[Json] = sender.message(chat, flat(for_slack(reply, umbrella))[0])["blocks"]
    for block in blocks:
        for element in block["elements"] if block["type"] == "actions" else ():
            element["action_id"] = prefix + element["action_id"]
    return blocks


def _newest(home: Home, store: Store) -> tuple[Block, ...]:
    """The newest edition, condensed as the weekly digest's first message is."""
    language = home.language
    newest = store.library.newest_published(until=home.now)
    if newest is None:
        return (Text(line(say("slack.home.what", language))), Note(line(say("slack.home.none", language))))
    own = store.ledger.subscriber(home.direct)
    stories = store.library.stories_of(newest.id)
    made = digest(newest, stories, own, store, language=language, now=home.now)
    return made.summary or tuple(block for block in made.blocks if not isinstance(block, Buttons))


def _read_buttons(home: Home, store: Store) -> Iterator[Button]:
    newest = store.library.newest_published(until=home.now)
    if newest is not None:
        yield Button(say("subscribe.newest_button", home.language), f"/digest {newest.id}")
        yield Button(say("button.editions", home.language), "/editions")
    yield Button(say("follow.list_button", home.language), "/following")


def _subscriptions(home: Home, store: Store) -> list[Json]:
    language = home.language
    own = store.ledger.subscriber(home.direct) or Subscriber(home.direct, schedule=store.defaults.schedule)
    rows = [_row(say("slack.home.direct", language), own, home)]
    rows += [_row(f"<#{each.chat.id}>", each, home) for each in home.channels[:SHOWN]]
    head = {"type": "header", "text": plain_text(say("slack.home.subscriptions", language))}
    button = _form_button("subscribe", say("slack.home.subscribe", language), home.direct.id)
    left = len(home.channels) - SHOWN
    more = [_small(say("slack.home.more", language, count=left))] if left > 0 else []
    who = _small(say("slack.managers", language))
    return [head, *rows, *more, {"type": "actions", "elements": [{**button, "style": "primary"}]}, who]


def _row(name: str, chat: Subscriber, home: Home) -> Json:
    """One chat: when it is pushed, or why not, and the way to its settings. `name` is mrkdwn of ours."""
    language = home.language
    if chat.state is SubscriberState.ACTIVE:
        zone = chat.schedule.zone
        following = [moment_text(each, language, zone) for each in coming(chat, home.now, count=1)]
        words = say(
            "slack.home.next", language,
            schedule=schedule_text(chat.schedule, language), moment="".join(following),
        )  # fmt: skip
    else:
        words = state_text(chat, language)
    label = say("button.settings", language)
    button = _form_button("settings", label, chat.chat.id, spoken=f"{label}: {name.strip('<>')}, {words}")
    text = {"type": "mrkdwn", "text": f"*{name}*\n{words}"}
    return {"type": "section", "text": text, "accessory": button}


def _form_button(form: str, label: str, channel: str, *, spoken: str = "") -> Json:
    """`spoken` tells a listener which of several that have one label."""
    button = {"type": "button", "text": plain_text(label), "action_id": f"{FORM_ID}{form}", "value": channel}
    return {**button, "accessibility_label": one_line(spoken, LABEL)} if spoken else button


def _small(words: str) -> Json:
    return {"type": "context", "elements": [plain_text(words)]}


def _commands(language: Language, umbrella: str) -> tuple[Block, ...]:
    rows = (
        say(
            "slack.home.command",
            language,
            usage=usage(command.name, language, umbrella=umbrella, own=command.slack),
            menu=words,
        )
        for command, words in menu(language)
    )
    return (
        Heading(say("slack.home.commands", language)),
        Text(line(say("slack.home.how", language, command=umbrella))),
        Bullets(tuple(line(row) for row in rows)),
    )


def usage(name: str, language: Language, *, umbrella: str, own: bool) -> str:
    """How a command is typed on Slack: by its own name where it has one, else after the umbrella."""
    text = say(f"command.{name}.usage", language)
    return text if own else f"{umbrella} {text.lstrip('/')}"


def hello(language: Language, key: str, *, umbrella: str) -> Reply:
    """A greeting ("slack.hello" or "slack.welcome_back") in a channel."""
    return Reply((Text(line(say(key, language, command=umbrella))),), language)
