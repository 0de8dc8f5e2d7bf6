"""The neutral message language between doors and verbs.

A door turns what a person did into an Ask; a handler turns an Ask into a Reply; the door
renders it. Nothing here is escaped: text is plain, and each renderer escapes for its platform.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from store.model import Chat, Language


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with an Ask (a newsletter issue sent by an editor)."""

    name: str
    data: bytes
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person typed or pressed.

    `text` is command text ("/company meituan"), the bot's own @name already taken off; a
    button's payload walks the same path (`pressed`; `signed` when it also carried this bot's own
    valid signature for this chat, not older than a day). `user` is the platform's id of the person
    ("" for a channel post). `client_language` is the client's BCP 47 tag. `private` = a
    conversation with one person. `admin` = named in JIANBAO_ADMINS. `language` overrides the
    chat's own setting for this one answer. `addressed` = meant for this bot beyond doubt; a bare
    "/word" in a group may be another bot's command. `rich` = the platform has a richer layout that a
    chat may choose (Subscriber.layout).
    """

    text: str
    chat: Chat
    now: datetime
    user: str = ""
    client_language: str = ""
    private: bool = True
    admin: bool = False
    pressed: bool = False
    attachment: Attachment | None = None
    signed: bool = False
    language: Language | None = None
    addressed: bool = True
    rich: bool = False


Manages = Callable[[Ask], Awaitable[bool]]
"""Asked only when a command needs it: may this person change this chat's settings? A door
answers from the platform, live (group administrators, anonymous ones, channel posts)."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line. `url` makes it a link; a renderer drops addresses that are not http(s)."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    url: str = ""


Line = tuple[Run, ...]


def line(*pieces: str | Run) -> Line:
    """A Line of plain strings and Runs."""
    return tuple(Run(p) if isinstance(p, str) else p for p in pieces)


def bold(text: str) -> Run:
    return Run(text, bold=True)


def link(text: str, url: str) -> Run:
    return Run(text, url=url)


@dataclass(frozen=True, slots=True)
class Button:
    """Pressing it is typing `command`, or opening `url` when that is set.

    `signed` commands are refused unless they came from the button itself, in its own chat,
    within a day: for what a forged or forwarded press could hurt. `spoken` is what a screen reader
    says instead of a short label, where the platform can.
    """

    label: str
    command: str = ""
    url: str = ""
    signed: bool = False
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """The first line of a message or of a section of it."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; "\\n" inside a Run is a line break."""

    line: Line


@dataclass(frozen=True, slots=True)
class Quote:
    """A long text from a source, after what stands first was said; folded where a platform can."""

    line: Line


@dataclass(frozen=True, slots=True)
class Note:
    """Small print: dates, sources, what to type next."""

    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of lines, each with a bullet."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by http(s) address, with the words for who cannot see it."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class Buttons:
    """Buttons of the whole message, in reading order; a renderer breaks the rows."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Divider:
    """A visible break."""


@dataclass(frozen=True, slots=True)
class Card:
    """A unit that is never split over two messages unless it alone is too long for one: a story.

    `buttons` belong to the card: shown below it where the platform can (Slack), else gathered
    under the message that holds the card (Telegram), each command once.
    """

    title: Line
    blocks: tuple[Text | Quote | Note | Bullets | Picture, ...] = ()
    buttons: tuple[Button, ...] = ()


Block = Heading | Text | Quote | Note | Bullets | Picture | Buttons | Divider | Card


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand over: an export, or a picture (content type image/png) shown as one, with
    `alt` for who cannot see it.
    """

    name: str
    data: bytes
    content_type: str = "application/json"
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or a digest.

    `summary` is the condensed form: a door that has threads posts it alone and puts `blocks`
    into its thread; others ignore it. `replace` = when a button asked, change the pressed
    message instead of sending another. `whisper` = only the one who asked should see it, where
    the platform can do that. `silent` = without a sound. `link` = the code of a deep link that opens
    this answer again ("c_meituan"), for a platform that has links to itself. `source` = the page
    that the whole reply is about: the one address to preview. `asks` = the command whose missing
    argument is asked for; where a platform lets people reply, their next words are it. `rich` = in
    the platform's richer layout, which the chat chose.
    """

    blocks: tuple[Block, ...]
    language: Language
    summary: tuple[Block, ...] = ()
    replace: bool = False
    whisper: bool = False
    silent: bool = False
    file: File | None = None
    link: str = ""
    source: str = ""
    asks: str = ""
    rich: bool = False
    tags: dict[str, str] = field(default_factory=dict)  # facts for --json and logs, never shown


Answer = Callable[[Ask, Manages], Awaitable[Reply | None]]
"""What a door calls with everything a person typed or pressed; None = nothing to say."""
