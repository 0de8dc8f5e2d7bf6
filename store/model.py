"""The nouns: frozen values that every room shares.

Times are timezone-aware UTC unless a field says otherwise; amounts of money are in
base currency units (yuan, won, dollars), never in ten-thousands; spans are offsets in
Python code points into the text that the docstring names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Language = Literal["ko", "en", "zh"]
LANGUAGES: tuple[Language, ...] = ("ko", "en", "zh")

Platform = Literal["telegram", "slack", "console"]

StoryKind = Literal["app", "story"]


@dataclass(frozen=True, slots=True)
class Ticker:
    """A listing, as `code` on `exchange` ("3690", "HKEX")."""

    code: str
    exchange: str


@dataclass(frozen=True, slots=True)
class Company:
    """A company, app, product, agency or group that the catalogue knows.

    `ko`, `en`, `zh_hans`, `zh_hant` hold every known spelling, the preferred one first.
    `risky` names are also everyday words: good as a whole query, never alone in text.
    """

    id: str
    kind: str
    ko: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    zh_hans: tuple[str, ...] = ()
    zh_hant: tuple[str, ...] = ()
    tickers: tuple[Ticker, ...] = ()
    parent: str | None = None
    sector: str = ""
    risky: tuple[str, ...] = ()

    def name(self, language: Language) -> str:
        """The preferred name for a reader of `language`; another language's, else the id."""
        order = {
            "ko": (self.ko, self.en, self.zh_hans),
            "en": (self.en, self.ko, self.zh_hans),
            "zh": (self.zh_hans, self.en, self.ko),
        }[language]
        return next((names[0] for names in order if names), self.id)


@dataclass(frozen=True, slots=True)
class Mention:
    """That a text names a company: `surface` stands at `span` of title + "\\n" + body."""

    company: str
    surface: str
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Amount:
    """A printed amount: `raw` with NO-BREAK SPACE folded, `value` None when it is vague."""

    raw: str
    value: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as printed, and what it says.

    `unit` is CNY KRW USD HKD EUR JPY percent percent_point times ratio people companies
    points units count, or a rate ("people_per_day", "count_per_month"). `value_high` is the
    upper end of a range. `pair` is the conversion that the text itself prints; nothing here
    is recomputed. `span` is into title + "\\n" + body; `sentence` is the sentence around it.
    """

    raw: str
    value: Decimal | None
    unit: str
    value_high: Decimal | None = None
    pair: Amount | None = None
    span: tuple[int, int] = (0, 0)
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item as read from a document, before it is a story. `line` counts from 1."""

    order: int
    kind: StoryKind
    title: str
    body: str
    source_url: str | None = None
    thumbnail_url: str | None = None
    ad: bool = False
    line: int = 1
    mentions: tuple[Mention, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What a reader of a document could not read: `reason` is a words key, `line` from 1."""

    line: int
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """A newsletter issue as read: `week` is an ISO week ("2017-W47") or None when unknown."""

    number: int | None
    title: str
    week: str | None
    items: tuple[Item, ...]
    problems: tuple[Problem, ...] = ()
    language: Language = "ko"


@dataclass(frozen=True, slots=True)
class Story:
    """A story in the store. `id` is short, stable and typeable ("2017-W47-5").

    `edition` is the id of the edition it came out in, `order` its place there (app first).
    `published` is the day of its source in UTC midnight when known, else None. `summary` is an
    editor's own ("" = made of the body); `struck` are ids of companies that an editor said it is
    not about, and a mention that an editor added has the span (0, 0). `also` are addresses at which
    other outlets reported the same.
    """

    id: str
    kind: StoryKind
    title: str
    body: str
    language: Language
    edition: str
    order: int
    source_url: str | None = None
    thumbnail_url: str | None = None
    published: datetime | None = None
    mentions: tuple[Mention, ...] = ()
    figures: tuple[Figure, ...] = ()
    summary: str = ""
    struck: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def companies(self) -> tuple[str, ...]:
        """Ids of the companies mentioned, each once, in the order of first mention."""
        return tuple(dict.fromkeys(m.company for m in self.mentions))


@dataclass(frozen=True, slots=True)
class Edition:
    """A weekly edition. `id` is its ISO week, with a suffix when a week has two ("2017-W47-b").

    `story_ids` are in order, the app of the week first where there is one. `published_at` is
    when this bot made it public (None = imported as a back issue, never pushed).
    """

    id: str
    number: int | None
    title: str
    story_ids: tuple[str, ...]
    language: Language
    imported_at: datetime
    published_at: datetime | None = None
    content_hash: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """How a conversation is named everywhere.

    `tenant` is the bot's own id on Telegram, "ENTERPRISE/TEAM" or "TEAM" on Slack, "local" on
    the console. `thread` is a Telegram forum topic's id ("" = none); never a Slack ts.
    """

    platform: Platform
    tenant: str
    id: str
    thread: str = ""

    def __str__(self) -> str:
        """PLATFORM:TENANT:ID[:THREAD], the form that `--chat` takes."""
        text = f"{self.platform}:{self.tenant}:{self.id}"
        return f"{text}:{self.thread}" if self.thread else text


Policy = Literal["at_most_once", "at_least_once"]


class SubscriberState(StrEnum):
    """Whether a chat is pushed to. SUSPENDED = the platform refused (blocked, kicked)."""

    NONE = "none"  # known (it has settings or follows) but not subscribed
    ACTIVE = "active"
    PAUSED = "paused"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a chat is pushed: `weekday` 0 = Monday, local wall-clock `hour`:`minute` in `zone` (IANA)."""

    weekday: int = 0
    hour: int = 9
    minute: int = 0
    zone: str = "Asia/Seoul"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A chat and what it asked for. Kept when it unsubscribes or blocks the bot.

    `language` None = follow the person's client. `follows` and `mutes` are company ids.
    `next_at` is the next push due in UTC, None unless ACTIVE. `last_week` is the ISO week, in
    the chat's own zone, of the last slot that was decided (sent or skipped): one a week.
    `last_edition` is the newest edition the chat was pushed. `quiet` = between these hours of the
    chat's own zone ("22:00-08:00", "" = never) nothing makes a sound. `layout` "rich" = with
    headings and lists of the platform's own, where it has them. `length` "short" = two sentences
    a story, "full" = the whole body. `policy` settles a part whose fate is unknown.
    """

    chat: Chat
    language: Language | None = None
    schedule: Schedule = field(default_factory=Schedule)
    state: SubscriberState = SubscriberState.NONE
    follows: tuple[str, ...] = ()
    mutes: tuple[str, ...] = ()
    length: Literal["short", "full"] = "short"
    silent: bool = False
    policy: Policy = "at_most_once"
    managers: Literal["admins", "everyone"] = "admins"
    paused_until: datetime | None = None
    next_at: datetime | None = None
    last_week: str = ""
    last_edition: str = ""
    created_at: datetime | None = None
    reason: str = ""  # why SUSPENDED, as a words key
    quiet: str = ""
    layout: Literal["classic", "rich"] = "classic"


class DeliveryState(StrEnum):
    """What became of one part of one edition in one chat."""

    PLANNED = "planned"
    SENDING = "sending"  # intent is durable; the request may or may not have left
    SENT = "sent"
    FAILED = "failed"  # refused for good
    UNKNOWN = "unknown"  # the platform may have it; settled by policy, told in /why and /status
    SKIPPED = "skipped"  # decided not to send; `reason` says why


@dataclass(frozen=True, slots=True)
class Delivery:
    """One part of one edition for one chat. `part` counts from 0.

    A booking is made as part 0 with `parts` 0 and `content` ""; when the sender first claims it,
    the message is composed and the parts are written down, so that a retry says the same thing.
    `content` is the door's own serialised part, opaque to the ledger. `reason` is a words key.
    `edition` is "" for a slot that was skipped before an edition was chosen.
    """

    chat: Chat
    week: str  # the slot: ISO week in the chat's zone
    edition: str
    part: int
    parts: int
    state: DeliveryState
    due: datetime
    attempts: int = 0
    message_id: str = ""
    content: str = ""
    reason: str = ""
    updated_at: datetime | None = None
