"""What is said of a figure beside what is printed: whom it speaks of, what the bot computes, what is odd.

Everything is derived from the stories of an edition when it is asked for; nothing is stored twice.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal
from functools import lru_cache

from handlers.amounts import spell
from handlers.conversions import Conversions, Flag, conversions, home_currency
from handlers.currencies import MONEY
from handlers.subjects import subjects
from handlers.words import say
from store.bundle import Store
from store.catalogue import Catalogue
from store.model import Amount, Figure, Language, Story

_RATE = Context(prec=4)
_KEPT = 64  # editions whose rates are remembered
_PREFERRED = ("KRW", "CNY", "USD")
_ABOUT = 70  # characters of a sentence that tell what a figure counts

_WHAT = 32
_PAUSE = re.compile(
    r"[)）][가-힣]{0,2}\s|[,，;；。](?=\s|[\u4e00-\u9fff])|(?<=[가-힣])(?:(?<![광재창중최사보신경금원])고|며|지만|으나)\s|(?<=[.!?])\s"
)
_PARTICLE = re.compile(r"^(?:를|을|이|가|은|는|로|으로|에|의|도|와|과)\s")
_BRACKET = re.compile(r"^\s?[(（][^()（）]*[)）]\s?")

_rates: dict[tuple[str, str], Conversions] = {}


def issue_conversions(edition_id: str, store: Store) -> Conversions:
    """The rates and odd pairs of an edition's printed conversions, remembered by its content hash."""
    edition = store.library.edition(edition_id)
    key = (edition_id, edition.content_hash) if edition else ("", "")
    if key[1] and key in _rates:
        return _rates[key]
    found = conversions(figure for story in store.library.stories_of(edition_id) for figure in story.figures)
    if key[1]:
        if len(_rates) >= _KEPT:
            _rates.clear()
        _rates[key] = found
    return found


@lru_cache(maxsize=512)
def spoken_of(story: Story, catalogue: Catalogue) -> tuple[str | None, ...]:
    """For each figure of a story the company it speaks of, None where the text leaves it open."""
    return subjects(story.title, story.body, story.mentions, story.figures, catalogue)


def figures_of(
    story: Story, company: str, catalogue: Catalogue
) -> tuple[tuple[Figure, ...], tuple[Figure, ...]]:
    """The story's figures that speak of a company, and those that speak of nobody it names."""
    of = spoken_of(story, catalogue)
    own = tuple(figure for figure, subject in zip(story.figures, of, strict=True) if subject == company)
    return own, tuple(figure for figure, subject in zip(story.figures, of, strict=True) if subject is None)


def flag_text(flag: Flag, language: Language) -> str:
    """One sentence: which rate the pair implies, what the others say, and what it would be at theirs."""
    return say(
        "figures.flag",
        language,
        one=spell(Decimal(1), flag.base, language),
        implied=_rate(flag.implied, flag.quote, language),
        usual=_rate(flag.usual, flag.quote, language),
        off=f"{abs(flag.off) * 100:.1f}",
        instead=_amount(flag.instead, language),
    )


def ours_text(figure: Figure, into: str, rates: Conversions, language: Language) -> str:
    """The figure in another currency as the bot computes it, marked as such; "" when it cannot."""
    low = rates.recomputed(figure, into)
    if low is None or low.value is None:
        return ""
    high = None if figure.value_high is None else rates.convert(figure.value_high, figure.unit, into)
    return say("figures.ours", language, amount=spell(low.value, into, language, high=high))


def column(figure: Figure, wanted: str, rates: Conversions, language: Language) -> str:
    """What stands beside a figure as ours: in `wanted` where a currency is asked for; else, where the
    text prints no conversion, in the reader's own currency or the next that the issue can tell.
    """
    if figure.unit not in MONEY:
        return ""
    if wanted:
        return ours_text(figure, wanted, rates, language)
    if figure.pair is not None:
        return ""
    order = dict.fromkeys((home_currency(language), *_PREFERRED))
    return next((text for into in order if (text := ours_text(figure, into, rates, language))), "")


def about(figure: Figure, *, limit: int = _ABOUT) -> str:
    """The words around a figure in its sentence, as printed, cut at words to about `limit` characters."""
    sentence, raw = " ".join(figure.sentence.split()), " ".join(figure.raw.split())
    at = max(0, sentence.find(raw))
    if len(sentence) <= limit:
        return sentence
    start = max(0, at - limit * 6 // 10)
    end = min(len(sentence), max(start + limit, at + len(raw)))
    start = max(0, min(start, end - limit))
    begin = sentence.find(" ", start, at) + 1 if start else 0
    stop = sentence.rfind(" ", at + len(raw), end) if end < len(sentence) else end
    begin, stop = begin or start, stop if stop > 0 else end
    return f"{'…' if begin else ''}{sentence[begin:stop]}{'…' if stop < len(sentence) else ''}"


def what(figure: Figure, *, limit: int = _WHAT) -> str:
    """What a figure counts, in the sentence's own words: those before it in its clause, else those after."""
    sentence, raw = " ".join(figure.sentence.split()), " ".join(figure.raw.split())
    before, _, after = sentence.partition(raw)
    said = _PAUSE.split(before)[-1].strip(" ‘'“\"(（")
    if not said:
        after = _PARTICLE.sub("", _BRACKET.sub("", after))
        said = _PAUSE.split(after.lstrip(",， "))[0].strip()
        return said if len(said) <= limit else said[: limit - 1].rsplit(" ", 1)[0] + "…"
    if len(said) <= limit:
        return said
    cut = said[-limit:]
    return "…" + (cut.split(" ", 1)[1] if " " in cut else cut)


def _rate(value: Decimal, unit: str, language: Language) -> str:
    return spell(_RATE.plus(value), unit, language)


def _amount(amount: Amount, language: Language) -> str:
    return "" if amount.value is None else spell(amount.value, amount.unit, language)
