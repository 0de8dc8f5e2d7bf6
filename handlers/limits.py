"""Budgets: how fast we send, and how much one person may ask.

Time is an argument and everything here is memory: a restart begins with empty windows.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from handlers.door import Rates
from store.model import Chat, Platform

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_ANSWERS = 50
_SET_BACK = timedelta(seconds=2)  # a clock that far behind its own past was set back


class _Window:
    """At most `count` takes within any `span` (half-open)."""

    __slots__ = ("_span", "_taken")

    def __init__(self, count: int, span: timedelta) -> None:
        self._span = span
        self._taken: deque[datetime] = deque(maxlen=count)

    def ready(self) -> datetime:
        """The earliest moment at which one more fits."""
        taken = self._taken
        return taken[0] + self._span if len(taken) == taken.maxlen else _LONG_AGO

    def took(self, now: datetime) -> None:
        self._taken.append(now)

    def shift(self, by: timedelta) -> None:
        for place, at in enumerate(self._taken):
            self._taken[place] = at - by

    def idle(self, now: datetime) -> bool:
        """Whether an empty window would say the same."""
        return not self._taken or self._taken[-1] + self._span <= now


def _window(rate: float, span: timedelta) -> _Window:
    """`rate` takes a `span`; a rate below one is one take in a longer span."""
    return _Window(int(rate), span) if rate >= 1 else _Window(1, span / rate)


_Key = tuple[str, ...]


class Pacer:
    """Our own send budget, so that no platform has to tell us to slow down.

    Per door (platform and tenant), per chat, and per group a minute, as each door's Rates say; a
    platform without rates has no budget. Never more than the rate in any such span. Also keeps
    what a platform told us to wait for, and watches for chats refusing by the dozen.
    """

    def __init__(self, rates: Mapping[Platform, Rates] | None = None) -> None:
        self.rates: dict[Platform, Rates] = dict(rates or {})
        self.refusals = Refusals()
        self.ramp = Ramp()
        self._answers: dict[Platform, deque[float]] = {}
        self.looked: dict[tuple[str, str], datetime] = {}  # when a tenant may be read back again
        self._windows: dict[_Key, _Window] = {}
        self._holds: dict[_Key, datetime] = {}
        self._doors: set[tuple[str, str]] = set()
        self._latest = _LONG_AGO
        self._sweep_at = 1024

    def ready(self, chat: Chat, group: bool, now: datetime) -> datetime:
        """The earliest moment, not before `now`, at which a message to `chat` is permitted."""
        held = self.held(chat, now)
        keys = self._keys(chat, group)
        windows = [self._windows[key].ready() for key, *_ in keys if key in self._windows]
        return max((now, *windows, held or now))

    def took(self, chat: Chat, group: bool, now: datetime) -> None:
        """A message to `chat` leaves now."""
        self._see(now)
        self._doors.add((chat.platform, chat.tenant))
        for key, rate, span in self._keys(chat, group):
            self._windows.setdefault(key, _window(rate, span)).took(now)
        if len(self._windows) + len(self._holds) >= self._sweep_at:
            self._sweep(now)

    def held(self, chat: Chat, now: datetime) -> datetime | None:
        """Until when a platform asked us to wait with this chat; None when it did not."""
        self._see(now)
        until = max(self._holds.get(key, _LONG_AGO) for key in (_door_key(chat), _chat_key(chat)))
        return until if until > now else None

    def answered(self, platform: Platform, seconds: float) -> None:
        """How long an answer took."""
        self._answers.setdefault(platform, deque(maxlen=_ANSWERS)).append(seconds)

    def answer(self, platform: Platform) -> float:
        """Seconds that an answer takes at least, as of late: what the slower ones waited for may have been
        ourselves. 0 = nothing is known.
        """
        return min(self._answers.get(platform, ()), default=0.0)

    def busy_doors(self, now: datetime) -> dict[tuple[str, str], datetime]:
        """(platform, tenant) to which nothing is permitted now, and until when."""
        self._see(now)
        found = {}
        for key in self._doors:
            window, held = self._windows.get(key), self._holds.get(key, _LONG_AGO)
            ready = held if window is None else max(held, window.ready())
            if ready > now:
                found[key] = ready
        return found

    def hold(self, scope: Literal["chat", "door"], chat: Chat, until: datetime) -> None:
        """Nothing for this chat, or for its whole door, before `until`."""
        self._doors.add((chat.platform, chat.tenant))
        key = _door_key(chat) if scope == "door" else _chat_key(chat)
        self._holds[key] = max(until, self._holds.get(key, _LONG_AGO))

    def _keys(self, chat: Chat, group: bool) -> list[tuple[_Key, float, timedelta]]:
        rates = self.rates.get(chat.platform)
        if rates is None:
            return []
        keys = [(_door_key(chat), rates.overall, _SECOND), (_chat_key(chat), rates.per_chat, _SECOND)]
        if group and rates.per_group is not None:
            keys.append((("group", *_chat_key(chat)), rates.per_group, _MINUTE))
        return keys

    def _see(self, now: datetime) -> None:
        """A clock that was set back takes the windows and holds with it."""
        if self._latest - now > _SET_BACK:
            back = self._latest - now
            for window in self._windows.values():
                window.shift(back)
            self._holds = {key: until - back for key, until in self._holds.items()}
            self._latest = now
        self._latest = max(self._latest, now)

    def _sweep(self, now: datetime) -> None:
        """Forget what no longer limits anything; look again when twice as much is kept."""
        self._windows = {key: window for key, window in self._windows.items() if not window.idle(now)}
        self._holds = {key: until for key, until in self._holds.items() if until > now}
        self._sweep_at = max(1024, 2 * (len(self._windows) + len(self._holds)))


def _door_key(chat: Chat) -> _Key:
    return chat.platform, chat.tenant


def _chat_key(chat: Chat) -> _Key:
    """Limits are a conversation's: threads share them."""
    return chat.platform, chat.tenant, chat.id


class Ramp:
    """How many may be in flight. After an unclean start one, and one more for every `every`
    successes: what kills the process again and again then costs one message in doubt, not a handful.
    """

    def __init__(self, every: int = 20) -> None:
        self._every = every
        self._successes: int | None = None  # None = no limit of ours
        self._begun = False

    def begin(self, *, unclean: bool) -> None:
        """A process begins to send; only the first call counts."""
        if not self._begun:
            self._begun = True
            self._successes = 0 if unclean else None

    def room(self, most: int) -> int:
        """How many may be in flight now, at most `most`."""
        return most if self._successes is None else min(most, 1 + self._successes // self._every)

    def succeeded(self) -> None:
        """One more was accepted."""
        if self._successes is not None:
            self._successes += 1


def hold_of(chat: Chat) -> str:
    """What is held where too many refuse: on Slack one workspace, which has its own installation of the
    app, elsewhere the platform.
    """
    return f"{chat.platform}:{chat.tenant}" if chat.platform == "slack" else chat.platform


class Refusals:
    """Whether suspiciously many chats refuse: more than a fifth of the last hundred of a workspace, or,
    where that is no workspace's alone, of a platform.
    """

    def __init__(self, last: int = 100, fifth: int = 20) -> None:
        self._last = last
        self._fifth = fifth
        self._seen: dict[str, deque[str]] = {}  # by the hold's name: whose chat refused, "" = it took it
        self._gone: Counter[str] = Counter()  # how many of them refused

    def note(self, chat: Chat, *, gone: bool) -> None:
        """A chat took a digest's first message, or refused it."""
        for name in {hold_of(chat), chat.platform}:
            seen = self._seen.setdefault(name, deque())
            seen.append(chat.tenant if gone else "")
            oldest = seen.popleft() if len(seen) > self._last else ""
            self._gone[name] += gone - bool(oldest)

    def too_many(self, chat: Chat) -> str:
        """The name of what has to be held for it, the narrower one first; "" for nothing."""
        names = (hold_of(chat), chat.platform)
        return next((name for name in names if self._gone[name] > self._fifth), "")

    def clear(self, chat: Chat) -> None:
        """What this chat's workspace or platform did is being looked at: begin anew."""
        self._seen.pop(hold_of(chat), None)
        self._gone[hold_of(chat)] = 0
        others = deque(one for one in self._seen.pop(chat.platform, ()) if one != chat.tenant)
        self._seen[chat.platform] = others
        self._gone[chat.platform] = sum(map(bool, others))


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime
    told: bool = False


class FloodGate:
    """Token buckets for commands: one per person in a tenant, one per chat.

    `user_burst` commands at once, then one every `user_every`; the same for a chat as a whole.
    Remembers `most` persons and chats, those that asked last.
    """

    def __init__(
        self,
        *,
        user_burst: int = 10,
        user_every: timedelta = timedelta(seconds=2),
        chat_burst: int = 30,
        chat_every: timedelta = _SECOND,
        most: int = 10_000,
    ) -> None:
        self._user = (user_burst, user_every)
        self._chat = (chat_burst, chat_every)
        self._most = most
        self._buckets: OrderedDict[_Key, _Bucket] = OrderedDict()

    def admit(self, chat: Chat, user: str, now: datetime) -> Literal["yes", "tell", "no"]:
        """ "tell" is the first "no" of a flood: say once that it is too fast, then be silent."""
        buckets = [self._filled(("chat", *_chat_key(chat)), *self._chat, now)]
        if user:
            buckets.append(self._filled(("user", chat.platform, chat.tenant, user), *self._user, now))
        empty = [bucket for bucket in buckets if bucket.tokens < 1]
        if not empty:
            for bucket in buckets:
                bucket.tokens -= 1
                bucket.told = False
            return "yes"
        told = any(bucket.told for bucket in empty)
        for bucket in empty:
            bucket.told = True
        return "no" if told else "tell"

    def _filled(self, key: _Key, burst: int, every: timedelta, now: datetime) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(float(burst), now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        if now > bucket.at:
            bucket.tokens = min(float(burst), bucket.tokens + (now - bucket.at) / every)
        bucket.at = now  # also when the clock was set back: time then counts from there
        return bucket
