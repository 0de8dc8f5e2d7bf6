"""Which companies a text is about. Precision comes first: a name that is also an everyday word needs a cue.

The Chinese or Latin name printed in brackets behind a name decides before anything else; then come the
names that are sure by themselves; then, as often as it finds more, what those make sure (handlers/cues).
"""

from __future__ import annotations

import re

from handlers.aliases import MOST, Hit, Note, fold, hits, zh_names
from handlers.credits import is_cited, is_credit
from handlers.cues import Case, cue_for, is_verb
from handlers.decision import Decision
from store.catalogue import Catalogue
from store.model import Mention
from store.spelling import is_hangul, is_hanzi

_ROUNDS = 6  # how often sure names may make others sure

_GLOSS = re.compile(
    r"[’'\"”」』》>\s]{0,3}(?:그룹|홀딩스|集团)?[’'\"”」』》>\s]{0,2}[(（\[]([^()（）\[\]\n]{1,60})[)）\]]"
)


def mentions(title: str, body: str, catalogue: Catalogue) -> tuple[Mention, ...]:
    """Companies named by an item, in text order; spans are into title + "\\n" + body.

    Photo credits, cited media, channels to follow and names hidden in addresses are no mention.
    """
    case, _ = _judged(f"{title}\n{body}", catalogue, None)
    return tuple(
        Mention(case.meant[i], case.text[hit.start : hit.end], (hit.start, hit.end))
        for i, hit in enumerate(case.found)
        if not _flaw(case, i)
    )


def mention_decisions(title: str, body: str, catalogue: Catalogue) -> tuple[Decision, ...]:
    """Every spelling of the catalogue that stands in an item, taken or not, in text order."""
    dropped: list[Decision] = []
    text = f"{title}\n{body}"

    def note(start: int, end: int, companies: tuple[str, ...], rule: str) -> None:
        if len(dropped) < MOST:
            dropped.append(_dropped(text, (start, end), rule, companies))

    case, credited = _judged(text, catalogue, note)
    for hit in credited:
        note(hit.start, hit.end, hit.alias.companies, "credit")
    decided = [_decided(case, i) for i in range(len(case.found))]
    return tuple(sorted((*decided, *dropped), key=lambda one: (one.start, one.end)))


def _dropped(text: str, span: tuple[int, int], rule: str, companies: tuple[str, ...]) -> Decision:
    start, end = span
    return Decision("name", start, end, text[start:end], False, rule, " ".join(companies))


def _decided(case: Case, i: int) -> Decision:
    hit, flaw = case.found[i], _flaw(case, i)
    if flaw:
        return _dropped(case.text, (hit.start, hit.end), flaw, _meaning(case, i))
    surface = case.text[hit.start : hit.end]
    return Decision("name", hit.start, hit.end, surface, True, case.why[i], case.meant[i])


def _meaning(case: Case, i: int) -> tuple[str, ...]:
    return (case.meant[i],) if i in case.meant else case.found[i].alias.companies


def _flaw(case: Case, i: int) -> str:
    """Why hit `i` is no mention, "" when it is one."""
    if i in case.meant:
        cited = is_cited(case.text, case.found[i], case.company(case.meant[i]))
        return "cited" if cited else ""
    if case.spelling(i) in case.refused:
        return "stranger"
    return "verb" if is_verb(case, i) else "no_cue"


def _judged(text: str, catalogue: Catalogue, note: Note | None) -> tuple[Case, tuple[Hit, ...]]:
    """The case with everything decided, and the names that are credits."""
    last = len(text.rstrip())
    found = hits(text, catalogue, note)
    credited = tuple(hit for hit in found if is_credit(text, hit, last))
    left_out = set(credited)
    case = Case(text, catalogue, tuple(hit for hit in found if hit not in left_out))
    _read_glosses(case)
    _take_sure(case)
    for _ in range(_ROUNDS):
        if not _take_cued(case):
            break
    return case, credited


def _read_glosses(case: Case) -> None:
    """Let the name in brackets decide what the name before them means, here and in the whole text."""
    starts = {hit.start: i for i, hit in enumerate(case.found)}
    for i, hit in enumerate(case.found):
        match = _GLOSS.match(case.text, hit.end)
        inner = _within(starts, match) if match else _stripped(case, i)
        shared = next(((j, company) for j in inner if (company := _shared(hit, case.found[j]))), None)
        if shared is not None:
            case.decide(i, shared[1], "gloss")
            case.decide(shared[0], shared[1], "gloss")
            if hit.alias.risky:
                case.redefined.setdefault(case.spelling(i), shared[1])
        elif match is not None:
            _contradict(case, i, match, inner)


def _within(starts: dict[int, int], match: re.Match[str]) -> list[int]:
    return [starts[at] for at in range(match.start(1), match.end(1)) if at in starts]


def _stripped(case: Case, i: int) -> list[int]:
    """The next hit, where brackets were lost: "비보 vivo 가"."""
    if i + 1 == len(case.found):
        return []
    between = case.text[case.found[i].end : case.found[i + 1].start]
    return [i + 1] if between == " " and case.script(i) != case.script(i + 1) else []


def _shared(one: Hit, other: Hit) -> str:
    return next((company for company in one.alias.companies if company in other.alias.companies), "")


def _contradict(case: Case, i: int, match: re.Match[str], inner: list[int]) -> None:
    """A bracket that holds another Chinese name: that company is meant, or one we do not know."""
    hit, content = case.found[i], fold(match[1]).strip(" ,，'\"‘’“”<>《》")
    if not content or not is_hangul(case.text[hit.start]) or not all(map(is_hanzi, content)):
        return
    named = case.found[inner[0]] if inner else None
    if named is not None and len(named.alias.companies) == 1 and named.end - named.start == len(content):
        case.redefined[case.spelling(i)] = named.alias.companies[0]
        case.decide(inner[0], named.alias.companies[0], "gloss")
        return
    known = zh_names(case.catalogue)
    if 2 <= len(content) <= 8 and not any(set(content) & known[company] for company in hit.alias.companies):
        case.refused.add(case.spelling(i))


def _take_sure(case: Case) -> None:
    for i, hit in enumerate(case.found):
        spelling = case.spelling(i)
        if spelling in case.redefined:
            case.decide(i, case.redefined[spelling], case.why.get(i, "glossed"))
        elif i not in case.meant and not hit.alias.risky and spelling not in case.refused:
            case.decide(i, hit.alias.companies[0], "sure")


def _take_cued(case: Case) -> bool:
    """Accept the risky names that have a cue now; whether there were any."""
    before = len(case.meant)
    for i, hit in enumerate(case.found):
        if i in case.meant or case.spelling(i) in case.refused:
            continue
        cued = [(one, rule) for one in hit.alias.companies if (rule := cue_for(case, i, one))]
        if len(cued) == 1:
            case.decide(i, *cued[0])
    return len(case.meant) > before
