"""Names beside their peers: `python -m bench.names [--quick]`.

Scanning: names of companies in running text, by what the readers use (handlers.aliases.hits, and
handlers.mentions.mentions, which also decides what each means), by one compiled regex alternation and by
pyahocorasick; over the shipped catalogue, and over 50,000 made-up aliases. The two others get the text
folded, as they need it, and its folding is part of their time; boundaries of words are no business of
theirs. Look-up: names with one typo, by Catalogue.find and by rapidfuzz's plain extract.

The texts are made up, so that it is known what stands in them: a name as a word of its own, particles
glued on (to be found), or inside another word (to be left alone). Contenders take turns in an order that
rotates, so that a busy machine is busy for all. MB are 10^6 bytes of UTF-8.
"""

from __future__ import annotations

import argparse
import importlib
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.store import percentile
from handlers.aliases import fold, hits
from handlers.mentions import mentions
from store.catalogue import Catalogue, load
from store.model import Company
from store.spelling import is_hangul, is_hanzi, jamo

ALIASES = 50_000
_SYLLABLES = [chr(code) for code in range(ord("가"), ord("힣") + 1, 7)]
_HANZI = [chr(code) for code in range(0x4E00, 0x9F00, 11)]
_GLUED = ("", "은", "이", "의", "에서", "으로")
_REST = ("즘입", "꽃밭", "렁땅", "뭉치", "깻잎")  # no particles: what they are glued to is another word
_FILLER = (
    "오늘",
    "날씨가",
    "좋다고",
    "했다.",
    "그래서",
    "모두",
    "밖으로",
    "나갔다.",
    "and",
    "then",
    "they",
    "left.",
)

Span = tuple[int, int]
Scan = Callable[[str], Sequence[Span]]


@dataclass(frozen=True)
class Told:
    """A text, and where the names stand in it that are to be found."""

    text: str
    spans: frozenset[Span]


@dataclass
class Took:
    """What a contender took, and what it found."""

    build: float = 0.0
    each: list[float] = field(default_factory=list)  # milliseconds a text, or a query
    size: int = 0  # bytes of UTF-8
    right: int = 0
    wrong: int = 0
    missed: int = 0
    skipped: str = ""

    @property
    def speed(self) -> float:
        """MB a second, or queries a second where no bytes are counted."""
        seconds = sum(self.each) / 1000
        return (self.size / 1e6 if self.size else len(self.each)) / seconds if seconds else 0.0


def made_up(count: int, seed: int) -> Catalogue:
    """A catalogue of `count` aliases: of every five, two Korean, two English, one Chinese."""
    chance = random.Random(seed)
    companies: list[Company] = []
    for number in range(count // 5):
        ko = tuple("".join(chance.choices(_SYLLABLES, k=chance.randint(3, 5))) for _ in range(2))
        letters = (
            "".join(chance.choices("abcdefghijklmnoprstuvwy", k=chance.randint(6, 11))) for _ in range(2)
        )
        zh = ("".join(chance.choices(_HANZI, k=chance.randint(3, 4))),)
        en = tuple(name.title() for name in letters)
        companies.append(Company(f"company-{number}", "company", ko=ko, en=en, zh_hans=zh))
    return Catalogue(companies)


def texts(catalogue: Catalogue, size: int, seed: int) -> list[Told]:
    """Stories of some 1,500 bytes, together `size` bytes."""
    chance = random.Random(seed)
    names = [
        name
        for company in catalogue.companies.values()
        for name in catalogue.names(company)
        if len(name) > 2 and name not in company.risky and " " not in name
    ]
    told: list[Told] = []
    left = size
    while left > 0:
        one = _text(names, chance)
        told.append(one)
        left -= len(one.text.encode())
    return told


def _text(names: Sequence[str], chance: random.Random) -> Told:
    pieces: list[str] = []
    spans: list[Span] = []
    length = 0
    for _ in range(100):
        kind = chance.random()
        word = chance.choice(_FILLER)
        if kind < 0.12:
            name = chance.choice(names)
            spans.append((length, length + len(name)))
            word = name + (chance.choice(_GLUED) if is_hangul(name[-1]) else "")
        elif kind < 0.16:
            word = _hidden(chance.choice(names), chance)
        pieces.append(word)
        length += len(word) + 1
    return Told(" ".join(pieces), frozenset(spans))


def _hidden(name: str, chance: random.Random) -> str:
    """A word that holds a name without being one."""
    if is_hangul(name[0]):
        return chance.choice("강날물빛") + name
    if is_hangul(name[-1]):
        return name + chance.choice(_REST)
    return f"x{name}ish" if not any(map(is_hanzi, name)) else chance.choice(_FILLER)


def regex_scan(catalogue: Catalogue) -> Scan:
    """One alternation of all names, the longest first."""
    keys = sorted({fold(name) for name in _all(catalogue)}, key=lambda key: (-len(key), key))
    pattern = re.compile("|".join(map(re.escape, keys)))
    return lambda text: [match.span() for match in pattern.finditer(fold(text))]


def ahocorasick_scan(catalogue: Catalogue) -> Scan | None:
    """pyahocorasick; None where it is not installed."""
    try:
        library: Any = importlib.import_module("ahocorasick")
    except ImportError:
        return None
    automaton = library.Automaton()
    for name in _all(catalogue):
        key = fold(name)
        automaton.add_word(key, len(key))
    automaton.make_automaton()
    return lambda text: [(end + 1 - size, end + 1) for end, size in automaton.iter_long(fold(text))]


def hits_scan(catalogue: Catalogue) -> Scan:
    """What the readers find before they ask what it means."""
    hits("", catalogue)
    return lambda text: [(hit.start, hit.end) for hit in hits(text, catalogue)]


def mentions_scan(catalogue: Catalogue) -> Scan:
    """All of it: names, and which of them mean a company here."""
    mentions("", "", catalogue)
    return lambda text: [(m.span[0] - 1, m.span[1] - 1) for m in mentions("", text, catalogue)]


def _all(catalogue: Catalogue) -> Iterator[str]:
    for company in catalogue.companies.values():
        yield from catalogue.names(company)


def scanning(catalogue: Catalogue, size: int, rounds: int, patience: float) -> dict[str, Took]:
    """Every contender over the same texts; one that takes longer than `patience` seconds sees fewer."""
    makers: dict[str, Callable[[Catalogue], Scan | None]] = {
        "ours: hits": hits_scan,
        "ours: mentions": mentions_scan,
        "regex alternation": regex_scan,
        "pyahocorasick": ahocorasick_scan,
    }
    told = texts(catalogue, size, seed=7)
    found = {name: Took() for name in makers}
    scans: dict[str, Scan] = {}
    for name, make in makers.items():
        begin = time.perf_counter()
        scan = make(catalogue)
        found[name].build = (time.perf_counter() - begin) * 1000
        if scan is None:
            found[name].skipped = "not installed (pip install pyahocorasick)"
        else:
            scans[name] = scan
    order = list(scans)
    share = -(-len(told) // rounds)
    for turn in range(rounds):
        for name in order[turn % len(order) :] + order[: turn % len(order)]:
            _scan(found[name], scans[name], told[turn * share : (turn + 1) * share], patience)
    return found


def _scan(took: Took, scan: Scan, told: Sequence[Told], patience: float) -> None:
    for one in told:
        if sum(took.each) > patience * 1000:
            return
        begin = time.perf_counter()
        spans = set(scan(one.text))
        took.each.append((time.perf_counter() - begin) * 1000)
        took.size += len(one.text.encode())
        took.right += len(spans & one.spans)
        took.wrong += len(spans - one.spans)
        took.missed += len(one.spans - spans)


def typos(catalogue: Catalogue, count: int, seed: int) -> list[tuple[str, str]]:
    """Names with one letter wrong, missing, doubled or swapped, and the company each is of."""
    chance = random.Random(seed)
    companies = list(catalogue.companies.values())
    made: list[tuple[str, str]] = []
    while len(made) < count:
        company = chance.choice(companies)
        name = chance.choice([*company.ko, *company.en])
        made.append((_mistyped(name, chance), company.id))
    return made


def _mistyped(name: str, chance: random.Random) -> str:
    letters = list(jamo(name))
    at = chance.randrange(1, len(letters) - 1)
    kind = chance.choice(("wrong", "missing", "doubled", "swapped"))
    if is_hangul(name[0]):  # a vowel or a final of the same kind, so that it stays a syllable
        vowels = [i for i, letter in enumerate(letters) if "\u1161" <= letter <= "\u1175"]
        at = chance.choice(vowels)
        letters[at] = chance.choice([chr(code) for code in range(0x1161, 0x1176) if chr(code) != letters[at]])
    elif kind == "wrong":
        letters[at] = chance.choice([letter for letter in "aeioust" if letter != letters[at]])
    elif kind == "missing":
        del letters[at]
    elif kind == "doubled":
        letters.insert(at, letters[at])
    else:
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(_composed(letters))


def _composed(letters: list[str]) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", "".join(letters))


def look_ups(catalogue: Catalogue, count: int, slow: int) -> dict[str, Took]:
    """Typos and strangers, by both; the slower one gets the first `slow` of them."""
    from rapidfuzz import process

    owners = {name: each.id for each in catalogue.companies.values() for name in catalogue.names(each)}
    names = list(owners)

    def ours(query: str) -> list[str]:
        look = catalogue.find(query)
        return [*look.ids, *look.suggestions][:3]

    def plain(query: str) -> list[str]:
        return [owners[name] for name, _, _ in process.extract(query, names, limit=3)]

    found = {"ours: find": Took(), "rapidfuzz extract": Took()}
    begin = time.perf_counter()
    catalogue.find("없는이름같은말")  # builds the index
    found["ours: find"].build = (time.perf_counter() - begin) * 1000
    queries = typos(catalogue, count, seed=11)
    for number, (query, company) in enumerate(queries):
        turns = [("ours: find", ours), ("rapidfuzz extract", plain)]
        for name, ask in turns if number % 2 else reversed(turns):
            if name == "ours: find" or number < slow:
                _ask(found[name], ask, query, company)
    return found


def _ask(took: Took, ask: Callable[[str], list[str]], query: str, company: str) -> None:
    begin = time.perf_counter()
    answer = ask(query)
    took.each.append((time.perf_counter() - begin) * 1000)
    took.right += answer[:1] == [company]
    took.wrong += company not in answer
    took.missed += company in answer[1:]


def silence(catalogue: Catalogue, count: int) -> tuple[float, float]:
    """Of words that no name is near to, the shares that both leave unanswered (rapidfuzz cut at 80)."""
    from rapidfuzz import process

    chance = random.Random(13)
    names = list(_all(catalogue))
    strangers = ["".join(chance.choices(_SYLLABLES, k=4)) for _ in range(count // 2)]
    strangers += ["".join(chance.choices("bcdfghjkz", k=8)) for _ in range(count - count // 2)]
    ours = sum(
        catalogue.find(word).status == "none" and not catalogue.find(word).suggestions for word in strangers
    )
    plain = sum(not process.extract(word, names, limit=1, score_cutoff=80) for word in strangers)
    return ours / count, plain / count


def scan_table(title: str, found: dict[str, Took]) -> None:
    print(f"\n{title}")
    print(f"{'':20} {'MB/s':>9} {'p50 / p99 ms a text':>22} {'build ms':>9} {'seen MB':>8}", end="")
    print(f" {'precision':>10} {'recall':>7} {'ratio':>8}")
    base = found["ours: hits"].speed
    for name, took in found.items():
        if took.skipped:
            print(f"{name:20} {took.skipped}")
            continue
        precision = took.right / max(1, took.right + took.wrong)
        recall = took.right / max(1, took.right + took.missed)
        print(
            f"{name:20} {took.speed:9.3f} {_times(took):>22} {took.build:9.0f} {took.size / 1e6:8.2f}"
            f" {precision:10.4f} {recall:7.4f} {took.speed / base:7.3f}x"
        )


def find_table(title: str, found: dict[str, Took], quiet: tuple[float, float]) -> None:
    print(f"\n{title}")
    print(f"{'':20} {'p50 / p99 ms':>22} {'queries':>8} {'build ms':>9} {'first':>7} {'in three':>9}", end="")
    print(f" {'silent on strangers':>20} {'ratio':>8}")
    base = percentile(found["ours: find"].each, 0.5)
    for (name, took), silent in zip(found.items(), quiet, strict=True):
        asked = max(1, len(took.each))
        print(
            f"{name:20} {_times(took):>22} {asked:8} {took.build:9.0f} {took.right / asked:7.3f}"
            f" {(took.right + took.missed) / asked:9.3f} {silent:20.3f}"
            f" {percentile(took.each, 0.5) / base:7.1f}x"
        )


def _times(took: Took) -> str:
    return f"{percentile(took.each, 0.5):.3f} / {percentile(took.each, 0.99):.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less text and fewer queries, under a minute")
    quick = parser.parse_args().quick
    size, rounds, patience = (200_000, 4, 4.0) if quick else (2_000_000, 12, 20.0)
    shipped, many = load(), made_up(ALIASES, seed=3)
    count = sum(1 for _ in _all(shipped))
    scan_table(
        f"names in running text, the shipped catalogue ({count:,} aliases)",
        scanning(shipped, size, rounds, patience),
    )
    scan_table(
        f"names in running text, {ALIASES:,} made-up aliases of {len(many.companies):,} companies",
        scanning(many, size, rounds, patience),
    )
    asked, slow, strange = (300, 60, 40) if quick else (2000, 400, 200)
    find_table(
        f"look-up of a name with one typo, {ALIASES:,} aliases",
        look_ups(many, asked, slow),
        silence(many, strange),
    )
    print("\nratio: for text, speed beside ours: hits; for look-up, time beside ours: find")


if __name__ == "__main__":
    main()
