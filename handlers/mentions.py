"""Which companies a text is about. Precision comes first: a name that is also an everyday word needs a cue.

The Chinese or Latin name printed in brackets behind a name decides before anything else; then come the
names that are sure by themselves; then, as often as it finds more, what those make sure (handlers/cues).
"""

from __future__ import annotations

import re

from handlers.aliases import Hit, fold, hits, zh_names
from handlers.credits import is_cited, is_credit
from handlers.cues import Case, has_cue
from store.catalogue import Catalogue
from store.model import Mention
from store.spelling import is_hangul, is_hanzi

_ROUNDS = 6  # how often sure names may make others sure
_MOST = 20_000  # names looked at in one item; a text with more is no story

_GLOSS = re.compile(
    r"[’'\"”」』》>\s]{0,3}(?:그룹|홀딩스|集团)?[’'\"”」』》>\s]{0,2}[(（\[]([^()（）\[\]\n]{1,60})[)）\]]"
)


def mentions(title: str, body: str, catalogue: Catalogue) -> tuple[Mention, ...]:
    """Companies named by an item, in text order; spans are into title + "\\n" + body.

    Photo credits, cited media, channels to follow and names hidden in addresses are no mention.
    """
    text = f"{title}\n{body}"
    last = len(text.rstrip())
    found = hits(text, catalogue)[:_MOST]
    case = Case(text, catalogue, tuple(hit for hit in found if not is_credit(text, hit, last)))
    _read_glosses(case)
    _take_sure(case)
    for _ in range(_ROUNDS):
        if not _take_cued(case):
            break
    return tuple(
        Mention(company_id, text[hit.start : hit.end], (hit.start, hit.end))
        for hit, company_id in ((case.found[i], case.meant[i]) for i in sorted(case.meant))
        if not is_cited(text, hit, case.company(company_id))
    )


def _read_glosses(case: Case) -> None:
    """Let the name in brackets decide what the name before them means, here and in the whole text."""
    starts = {hit.start: i for i, hit in enumerate(case.found)}
    for i, hit in enumerate(case.found):
        match = _GLOSS.match(case.text, hit.end)
        inner = _within(starts, match) if match else _stripped(case, i)
        shared = next(((j, company) for j in inner if (company := _shared(hit, case.found[j]))), None)
        if shared is not None:
            case.decide(i, shared[1])
            case.decide(shared[0], shared[1])
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
        case.decide(inner[0], named.alias.companies[0])
        return
    known = zh_names(case.catalogue)
    if 2 <= len(content) <= 8 and not any(set(content) & known[company] for company in hit.alias.companies):
        case.refused.add(case.spelling(i))


def _take_sure(case: Case) -> None:
    for i, hit in enumerate(case.found):
        spelling = case.spelling(i)
        if spelling in case.redefined:
            case.decide(i, case.redefined[spelling])
        elif i not in case.meant and not hit.alias.risky and spelling not in case.refused:
            case.decide(i, hit.alias.companies[0])


def _take_cued(case: Case) -> bool:
    """Accept the risky names that have a cue now; whether there were any."""
    before = len(case.meant)
    for i, hit in enumerate(case.found):
        if i in case.meant or case.spelling(i) in case.refused:
            continue
        companies = [company for company in hit.alias.companies if has_cue(case, i, company)]
        if len(companies) == 1:
            case.decide(i, companies[0])
    return len(case.meant) > before
