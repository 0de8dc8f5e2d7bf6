"""Subjects: which company a figure speaks of, when its sentence says so; never a guess between two.

Pure. A figure speaks of the company that is the topic, subject or owner in its clause ("텐센트의
매출은 652억", "Tencent's revenue", "腾讯营收"). A sentence without a subject of its own takes the one
before it in the paragraph; a story about one company alone takes that company's. A topic that is
neither a company nor something a company has ("여우미는", "시장은") is somebody we do not know: None.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.sentences import sentences
from handlers.subject_clauses import read_chinese, read_english
from handlers.subject_ko import read_korean
from handlers.subject_words import Named, Verdict, joined, leans_back
from store.catalogue import Catalogue
from store.model import Figure, Mention
from store.spelling import is_hangul, is_hanzi

REACH = 400
"""Characters of a sentence that are read on each side of a figure."""


def subjects(
    title: str, body: str, mentions: Sequence[Mention], figures: Sequence[Figure], catalogue: Catalogue
) -> tuple[str | None, ...]:
    """For each of the item's `figures` the id of the company it speaks of, None when the text
    leaves it open. Spans are into title + "\\n" + body. Linear in the text.
    """
    if not figures or not mentions:
        return (None,) * len(figures)
    text = f"{title}\n{body}"
    spans = [(0, len(title)), *((a + len(title) + 1, b + len(title) + 1) for a, b in sentences(body))]
    named, inside = _by_sentence(text, mentions, spans), _figures_in(figures, spans)
    root = only_company(mentions, catalogue)
    found: list[str | None] = [None] * len(figures)
    carried = root
    last = max(index for index, numbers in enumerate(inside) if numbers)
    for index, span in enumerate(spans[: last + 1]):
        if index and _new_paragraph(text, spans[index - 1][1], span):
            carried = root
        for number in inside[index]:
            near = _near(text, named[index], span, figures[number].span[0])
            found[number] = _settled(near, carried, root, title=index == 0)
        if index:  # no text follows on its title
            carried = _topic(_near(text, named[index], span, span[1]), carried)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Near:
    """The part of a sentence around a place: what it says of its subject there, and whom it names."""

    verdict: Verdict
    named: tuple[Named, ...]
    at: int


def _near(text: str, named: Sequence[Named], span: tuple[int, int], place: int) -> _Near:
    """What stands within REACH of `place`; a sentence without an end costs no more than that."""
    place = min(max(place, span[0]), span[1])
    begin, end = max(span[0], place - REACH), min(span[1], place + REACH)
    low, high = (bisect_left(named, edge - span[0], key=lambda each: each.start) for edge in (begin, end))
    shift = begin - span[0]
    here = tuple(Named(n.company, n.start - shift, min(n.end, span[1]) - shift) for n in named[low:high])
    return _Near(_read(text[begin:end], here, place - begin), here, place - begin)


def _new_paragraph(text: str, ended: int, span: tuple[int, int]) -> bool:
    """Whether a sentence begins a paragraph and does not point back over its beginning."""
    between = text[ended : span[0]]
    blank = between.count("\n") > 1
    return blank and not leans_back(text[span[0] : span[0] + REACH])


def only_company(mentions: Sequence[Mention], catalogue: Catalogue) -> str | None:
    """The company that a story is about alone: named first, and every other one named is below it."""
    companies = list(
        dict.fromkeys(mention.company for mention in sorted(mentions, key=lambda each: each.span))
    )
    alone = companies and set(companies) <= {companies[0], *catalogue.family(companies[0])}
    return companies[0] if alone else None


def _by_sentence(
    text: str, mentions: Sequence[Mention], spans: Sequence[tuple[int, int]]
) -> list[list[Named]]:
    """The companies named in each sentence, offsets from its start, with what stands in brackets behind."""
    starts = [start for start, _ in spans]
    found: list[list[Named]] = [[] for _ in spans]
    for mention in sorted(mentions, key=lambda each: each.span):
        index = max(0, bisect_right(starts, mention.span[0]) - 1)
        start, end = spans[index]
        if mention.span[1] <= end:
            found[index].append(Named(mention.company, mention.span[0] - start, mention.span[1] - start))
    return [joined(text[slice(*span)], each) for span, each in zip(spans, found, strict=True)]


def _figures_in(figures: Sequence[Figure], spans: Sequence[tuple[int, int]]) -> list[list[int]]:
    starts = [start for start, _ in spans]
    found: list[list[int]] = [[] for _ in spans]
    for number, figure in enumerate(figures):
        found[max(0, bisect_right(starts, figure.span[0]) - 1)].append(number)
    return found


def _read(sentence: str, named: Sequence[Named], at: int) -> Verdict:
    """What the sentence says of its subject at an offset, in the grammar of its language."""
    if any(map(is_hangul, sentence)):
        return read_korean(sentence, named, at)
    if any(map(is_hanzi, sentence)):
        return read_chinese(sentence, named, at)
    return read_english(sentence, named, at)


def _settled(near: _Near, carried: str | None, root: str | None, *, title: bool) -> str | None:
    """A verdict as a company: what is carried on counts only where no other company is named."""
    if near.verdict.company or not near.verdict.open:
        return near.verdict.company
    here = {each.company for each in near.named if not title or each.end <= near.at}
    if title and not here:
        return None
    if carried is not None and here <= {carried}:
        return carried
    return root if here == {root} else None


def _topic(near: _Near, carried: str | None) -> str | None:
    """Whom the next sentence speaks of if it does not say: this sentence's subject."""
    verdict = near.verdict
    return verdict.company or (carried if verdict.open or verdict.passing else None)
