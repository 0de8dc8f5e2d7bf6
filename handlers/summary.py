"""Summary: the two sentences of a story that say most, in its own words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handlers.amounts import key_figures
from handlers.sentences import sentences
from store.model import Figure, Mention, Story

LONGEST = 280
"""Characters of a lead: two long sentences become one, one that is longer still is cut."""

_FILLER = re.compile(
    r"(?:다음과 같(?:습니다|다)|(?:IT )?소식입니다|알아보(?:겠습니다|자)|살펴보(?:겠습니다|자)|[:：?？])\W*$"
    r"|as follows\W*$|如下\W*$|^\W*이번 ?[주호]에?(?:는)? 소개할"
)
# Sentences that lean on the one before them, which may not be chosen.
_LEANING = re.compile(
    r"\W*(?:이는|이에|이를|이번|이처럼|이후|이어|이 |그 |그는|그러나|하지만|또한|또 |한편|반면|해당"
    r"|보도에 따르면|This |That |These |It |They |However|But |Also |此外|同时|但|该|其)"
)
_NEW_FACT = 0.6  # for who, and for the key figure, where no sentence chosen before says it
_ENDED = re.compile(r"[.!?。！？…][\"'’”」』)\]）]*$")
_WORD = re.compile(r"[A-Za-z0-9]+|[가-힣]+|[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Told:
    """What sentences are chosen from; a Story is one, too."""

    title: str
    body: str
    mentions: tuple[Mention, ...]
    figures: tuple[Figure, ...]
    summary: str = ""


def lead_of(title: str, body: str, mentions: tuple[Mention, ...], figures: tuple[Figure, ...]) -> str:
    """As lead(), of a text that is no story yet."""
    return lead(Told(title, body, mentions, figures))


def lead(story: Story | Told, *, limit: int = 2, about: str = "") -> str:
    """At most `limit` whole sentences of the story's body, in its order, none of them reworded.

    Chosen by what they share with the title, by figures, companies and place. A body without a
    finished sentence gives its first line; an empty body gives "". `about` is a company's id:
    then those that name it come before all others. An editor's own summary stands for it otherwise.
    """
    if story.summary and not about:
        return story.summary
    spans = sentences(story.body)
    if not spans:
        return ""
    whole = [span for span in spans if _is_sentence(story.body[slice(*span)])] or list(spans[:1])
    weights = [_weight(story, span, index, about) for index, span in enumerate(whole)]
    facts = [_facts(story, span) for span in whole]
    chosen: list[int] = []
    room = LONGEST
    for _ in range(min(limit, len(whole))):
        said = frozenset().union(*(facts[index] for index in chosen))
        index = max(
            (index for index in range(len(whole)) if index not in chosen),
            key=lambda index: (weights[index] + _NEW_FACT * len(facts[index] - said), -index),
        )
        length = whole[index][1] - whole[index][0]
        if chosen and length > room:
            break
        chosen.append(index)
        room -= length
    return " ".join(_cut(_on_one_line(story.body[slice(*whole[index])])) for index in sorted(chosen))


def _facts(story: Story | Told, span: tuple[int, int]) -> frozenset[str]:
    """Which of what a reader asks first a sentence answers: who (the title's companies), how much (the
    key figure).
    """
    offset = len(story.title) + 1
    start, end = span[0] + offset, span[1] + offset
    named = {m.company for m in story.mentions if start <= m.span[0] < end}
    who = {m.company for m in story.mentions if m.span[0] < offset} & named
    key = next(iter(key_figures(story.figures, 1)), None)
    counted = key is not None and any(
        (f.value, f.unit) == (key.value, key.unit) and start <= f.span[0] < end for f in story.figures
    )
    return frozenset((*(("who",) if who else ()), *(("figure",) if counted else ())))


def _is_sentence(text: str) -> bool:
    return bool(_ENDED.search(text)) and not _FILLER.search(text) and len(text) >= 12


def _weight(story: Story | Told, span: tuple[int, int], index: int, about: str) -> float:
    """How much a sentence says: the earlier, the nearer to the title, the more facts in it."""
    offset = len(story.title) + 1
    start, end = span[0] + offset, span[1] + offset
    text = story.body[slice(*span)]
    title = _pieces(story.title)
    shared = len(title & _pieces(text)) / len(title) if title else 0.0
    named = {mention.company for mention in story.mentions if start <= mention.span[0] < end}
    counted = sum(1 for figure in story.figures if start <= figure.span[0] < end)
    return (
        1.0 / (1 + index)
        + 1.5 * shared
        + (0.3 if named else 0.0)
        + 0.2 * min(counted, 2)
        + (9.0 if about in named else 0.0)
        - (0.4 if _LEANING.match(text) else 0.0)
    )


def _pieces(text: str) -> set[str]:
    """Words of Latin letters and digits whole, others as pairs of characters."""
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        if word.isascii():
            found.add(word)
        else:
            found.update(word[at : at + 2] for at in range(max(1, len(word) - 1)))
    return found


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str) -> str:
    """At most LONGEST characters; what is longer ends at a word with an ellipsis."""
    if len(text) <= LONGEST:
        return text
    head = text[: LONGEST - 1]
    at_word = head.rfind(" ", LONGEST // 2)
    return head[: at_word if at_word > 0 else None].rstrip() + "…"
