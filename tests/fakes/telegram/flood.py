"""The flood model: how many messages a second and a minute, against an injected clock.

The platform does not publish its limits; these are the numbers its own FAQ names.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

from tests.fakes.telegram.facts import Refused

Rule = tuple[int, timedelta]

OVERALL: Rule = (30, timedelta(seconds=1))
PAID: Rule = (1000, timedelta(seconds=1))  # instead of OVERALL, where a call allows a paid broadcast
PER_CHAT: Rule = (1, timedelta(seconds=1))
PER_GROUP: Rule = (20, timedelta(minutes=1))


class Flood:
    """Refuses with 429 what comes too fast; `slack` is how many more than a rule it lets pass."""

    def __init__(self, clock: Callable[[], datetime], *, slack: int = 0) -> None:
        self.clock = clock
        self.slack = slack
        self.seen: dict[str, deque[datetime]] = defaultdict(deque)

    def admit(self, chat: int, *, paid: bool = False) -> None:
        """Count one message to `chat`; Refused when a window is full (it is not counted then)."""
        now = self.clock()
        overall = ("paid", PAID) if paid else ("all", OVERALL)
        rules: dict[str, Rule] = {overall[0]: overall[1], f"chat {chat}": PER_CHAT}
        if chat < 0:
            rules[f"group {chat}"] = PER_GROUP
        waits = [self.wait(name, rule, now) for name, rule in rules.items()]
        if max(waits) > 0:
            seconds = max(1, ceil(max(waits)))
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        for name in rules:
            self.seen[name].append(now)

    def wait(self, name: str, rule: Rule, now: datetime) -> float:
        """Seconds until the window has room again; 0 when it has."""
        limit, window = rule
        seen = self.seen[name]
        while seen and seen[0] <= now - window:
            seen.popleft()
        if len(seen) < limit + self.slack:
            return 0.0
        return (seen[0] + window - now).total_seconds()
