"""What an editor said of a story's companies, which outlives every reading of its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from store.catalogue import Catalogue
from store.model import Mention, Story

_NOWHERE = (0, 0)


def added(mention: Mention) -> bool:
    """Whether an editor added it: it stands nowhere in the text."""
    return mention.span == _NOWHERE


def kept(story: Story, read: Sequence[Mention], catalogue: Catalogue) -> tuple[Mention, ...]:
    """The mentions that were read, without what an editor struck and with what one added."""
    struck = {catalogue.moved.get(company, company) for company in story.struck}
    found = [mention for mention in read if mention.company not in struck]
    there = {mention.company for mention in found}
    for mention in story.mentions:
        company = catalogue.moved.get(mention.company, mention.company)
        if added(mention) and company not in there:
            found.append(replace(mention, company=company))
    return tuple(found)


def with_company(story: Story, company: str, surface: str) -> Story:
    """The story, about this company, too."""
    struck = tuple(each for each in story.struck if each != company)
    if company in story.companies:
        return replace(story, struck=struck)
    return replace(story, struck=struck, mentions=(*story.mentions, Mention(company, surface, _NOWHERE)))


def without_company(story: Story, company: str) -> Story:
    """The story, not about this company, however often it is read again."""
    left = tuple(mention for mention in story.mentions if mention.company != company)
    return replace(story, mentions=left, struck=tuple(dict.fromkeys((*story.struck, company))))
