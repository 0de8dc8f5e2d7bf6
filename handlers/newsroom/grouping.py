"""Grouping: entries of several outlets and languages that tell one story, as they come.

A new entry is compared only with those that share a company, a figure, an unusual name or many
words with it (MinHash). It joins the story it fits best, as a whole: the story must agree on
average, so that a chain of small likenesses does not tie two stories together. A story is named by
the first entry that told it, for good.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handlers.newsroom.alike import ENOUGH, Verdict, alike
from handlers.newsroom.near import Near
from handlers.newsroom.signs import Signs
from store.newsroom import Membership

KEPT = timedelta(days=7)
"""How long an entry is compared with new ones."""

_NEWEST = 60  # of those that share one sign, or seem near, so many are looked at
_AVERAGE = 0.75 * ENOUGH  # of a new entry with all of a story
_FEW = 12  # entries a week that name a company: so many say no less than one
_COMPARED = 8  # members of a story that a new entry is held against


@dataclass(slots=True)
class Grouper:
    """The entries of the last days with their stories. `add` is the only thing that changes it."""

    signs: dict[str, Signs] = field(default_factory=dict)
    story_of: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _by_sign: dict[Hashable, list[str]] = field(default_factory=lambda: defaultdict(list))
    _near: Near = field(default_factory=Near)

    def add(self, new: Signs) -> tuple[Membership, ...]:
        """Find the entry's story: one there is, or a story of its own; what changes by it. Also
        those of a younger story that turns out to be the same. An entry is added once.
        """
        if new.entry in self.signs:
            return ()
        fits = self._fits(new)
        story, why = (fits[0][1], fits[0][2].why) if fits else (new.entry, ())
        changed = [Membership(new.entry, story, why)]
        self.restore(new, story)
        for _, other, verdict in fits[1:]:
            changed += self._merged(story, other, verdict)
        return tuple(changed)

    def restore(self, known: Signs, story: str) -> None:
        """Take in an entry whose story is known."""
        self.signs[known.entry] = known
        self.story_of[known.entry] = story
        self.members[story].append(known.entry)
        for sign in _keys(known):
            self._by_sign[sign].append(known.entry)
        self._near.insert(int(known.entry), known.text)

    def forget(self, before: datetime) -> None:
        """Let go of what is too old to be compared with."""
        for entry in [each for each, signs in self.signs.items() if signs.at < before - KEPT]:
            old = self.signs.pop(entry)
            story = self.story_of.pop(entry)
            self.members[story].remove(entry)
            if not self.members[story]:
                del self.members[story]
            for sign in _keys(old):
                self._by_sign[sign].remove(entry)
                if not self._by_sign[sign]:
                    del self._by_sign[sign]
            self._near.remove(int(entry))

    def _candidates(self, new: Signs) -> set[str]:
        """Stories with an entry that shares something with the new one."""
        near = {str(entry) for entry in sorted(self._near.query(new.text))[-_NEWEST:]}
        shared = {entry for sign in _keys(new) for entry in self._by_sign.get(sign, ())[-_NEWEST:]}
        return {self.story_of[entry] for entry in near | shared}

    def _fits(self, new: Signs) -> list[tuple[float, str, Verdict]]:
        """Stories that the entry tells, the best first, with the verdict on the member it fits best."""
        found = []
        for story in self._candidates(new):
            verdicts = [self._judged(new, self.signs[each]) for each in self.members[story][-_COMPARED:]]
            best = max(verdicts, key=lambda verdict: verdict.score)
            average = _mean([max(verdict.score, -ENOUGH) for verdict in verdicts])
            if best.same and average >= _AVERAGE:
                found.append((average, story, best))
        return sorted(found, key=lambda fit: (-fit[0], int(fit[1])))

    def _merged(self, story: str, other: str, verdict: Verdict) -> list[Membership]:
        """The younger of two stories that an entry ties together, moved into the elder where all of
        both agree.
        """
        elder, younger = sorted((self.story_of.get(story, story), other), key=int)
        pairs = [
            self._judged(self.signs[a], self.signs[b]).score
            for a in self.members[elder][-_COMPARED:]
            for b in self.members[younger][-_COMPARED:]
        ]
        if min(pairs) == float("-inf") or _mean(pairs) < ENOUGH:
            return []
        moved = self.members.pop(younger)
        self.members[elder] += moved
        for entry in moved:
            self.story_of[entry] = elder
        return [Membership(entry, elder, verdict.why) for entry in moved]

    def _judged(self, one: Signs, other: Signs) -> Verdict:
        return alike(one, other, self._weigh)

    def _weigh(self, company: str) -> float:
        """1 for a company that few entries name, down to 0.4 for one in all the news."""
        named = len(self._by_sign.get(("company", company), ()))
        return max(0.4, min(1.0, math.sqrt(_FEW / max(1, named))))


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def _keys(signs: Signs) -> Iterable[Hashable]:
    """What brings two entries together to be compared."""
    yield from (("company", company) for company in signs.named | signs.perhaps)
    yield from (key for key, weight in signs.figures.items() if weight >= 0.7)
    yield from (("name", word) for word in signs.latin)
    if signs.page:
        yield "page", signs.page
