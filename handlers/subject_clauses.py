"""Whom a place in an English or Chinese sentence speaks of: the company that leads its clause."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handlers.subject_words import ATTRIBUTES_EN, ATTRIBUTES_ZH, CARRIED, UNKNOWN, Named, Verdict

_CLAUSE_EN = re.compile(
    r";\s|\s[—–-]\s|,\s(?:and|but|while|whereas|as)\s|\s(?:while|whereas|that|when|after|because|but)\s"
)
_PREPOSITION = re.compile(
    r"(?:\b(?:of|in|at|by|from|with|to|for|on|into|over|against|behind|than|like|including|as|under|through|via|about"
    r"|between|among|unlike|and|or|backs?|backed|owns?|acquires?|acquired|buys?|bought|fined|sued)"
    r"(?: the| its| rival| app| platform| giant)*|,)\s[‘'\"“]?\Z",
    re.IGNORECASE,
)
_OWNED = re.compile(
    r"[’']s?\s(?!(?:\w+\s)?(?:competitors?|rivals?|peers?|partners?|parent|investors?|backers?)\b)"
)
_POSSESSED = re.compile(r"[’']s?\s")
_JOINT_EN = re.compile(r"(?:,|\s|&|and|or|both)*")
_OF = re.compile(rf"\b(?:{ATTRIBUTES_EN})\s(?:at|of|for|on|in|from)\s(?:the\s)?[‘'\"“]?\Z", re.IGNORECASE)
_COMPANY_EN = r"the (?:company|firm|group|app|platform|startup|giant)(?:[’']s)?"
_BACK_EN = re.compile(
    rf"\W*(?:(?:and|but|with|while)\s)?(?:it|its|{_COMPANY_EN}|which|(?:[a-z-]+\s){{0,3}}(?:{ATTRIBUTES_EN})\b)",
    re.IGNORECASE,
)
_OTHERS_EN = re.compile(
    r"\b(?:markets?|industry|analysts?|investors|rivals?|sector|government|regulators?)\b", re.IGNORECASE
)
_PARTICIPLE = re.compile(r"\W*(?:(?:and|but|with|while)\s)?[a-z]+(?:ing|ed|rose|fell|grew)\b|\W*\Z")

_CLAUSE_ZH = re.compile(r"[，,；;。！？]")
_NO_SUBJECT_ZH = re.compile(
    r"(?:与|和|跟|对|向|由|被|据|在|从|给|以|于|为|是|投资|收购|入股|包括|像|如|比|及|、|将|把|联合|携手|起诉|超过|成为|加入|离开)[“‘《「]?\Z"
)
_BELOW_ZH = re.compile(r"的?(?:旗下|子公司|母公司|集团旗下|的)(?:[^，,；;。]{0,8})\Z")
_JOINT_ZH = re.compile(r"(?:和|与|及|、|以及|跟|同)")
_WHEN_ZH = (
    r"(?:同时|此外|另外|其中|而|且|但|第[一二三四]季度?|[上下]半年|去年|今年|同期|当季|报告期内|全年"
    r"|[0-9]{4}年|截至[^，]{0,12}|的){0,3}"
)
_BACK_ZH = re.compile(
    rf"\W*{_WHEN_ZH}(?:其|它|该公司|该平台|该集团|公司|(?:总|平均|日均|在线|广告|游戏|经营|经调整)?(?:{ATTRIBUTES_ZH}))"
)
_OTHERS_ZH = re.compile(r"市场|行业|全国|国内|分析师|机构|业内|政府|监管|竞争对手|对手|投资者|另一家")


def read_english(sentence: str, named: Sequence[Named], at: int) -> Verdict:
    """Whom offset `at` speaks of: the first company of its clause that no preposition rules, or the owner."""
    clauses = _clauses(_CLAUSE_EN, sentence, at)
    for back, (start, end) in enumerate(reversed(clauses)):
        verdict = _led_english(sentence, named, start, end)
        if verdict is not None:
            return verdict
        clause = sentence[start:end]
        if _OTHERS_EN.search(clause):
            return UNKNOWN
        if not (_BACK_EN.match(clause) or (back < len(clauses) - 1 and _PARTICIPLE.match(clause))):
            return UNKNOWN
    return CARRIED


def _led_english(sentence: str, named: Sequence[Named], start: int, end: int) -> Verdict | None:
    here = [each for each in named if start <= each.start and each.end <= end]
    owners = [each for each in here if _OWNED.match(sentence, each.end)]
    leads = [
        each
        for each in here
        if not _PREPOSITION.search(sentence[start : each.start]) and not _POSSESSED.match(sentence, each.end)
    ]
    found = dict.fromkeys(each.company for each in (*leads[:1], *owners))
    if found:
        return (
            UNKNOWN
            if len(found) > 1 or _joint(_JOINT_EN, sentence, named, leads[:1])
            else Verdict(next(iter(found)))
        )
    of = {each.company for each in here if _OF.search(sentence[start : each.start])}
    if of:
        return Verdict(of.pop()) if len(of) == 1 else UNKNOWN
    return UNKNOWN if here else None


def read_chinese(sentence: str, named: Sequence[Named], at: int) -> Verdict:
    """Whom offset `at` speaks of: the company that leads its clause, or the last clause that has one."""
    clauses = _clauses(_CLAUSE_ZH, sentence, at)
    for start, end in reversed(clauses):
        if _OTHERS_ZH.search(sentence, start, end):
            return UNKNOWN
        here = [each for each in named if start <= each.start and each.end <= end]
        leads = [each for each in here if not _NO_SUBJECT_ZH.search(sentence[start : each.start])]
        if leads:
            return _led_chinese(sentence, named, leads)
        if here:
            return UNKNOWN
    return CARRIED if any(_BACK_ZH.match(sentence[slice(*each)]) for each in clauses) else UNKNOWN


def _led_chinese(sentence: str, named: Sequence[Named], leads: Sequence[Named]) -> Verdict:
    lead = leads[0]
    for after in leads[1:]:
        if not _BELOW_ZH.fullmatch(sentence, lead.end, after.start):
            break
        lead = after
    return UNKNOWN if _joint(_JOINT_ZH, sentence, named, [lead]) else Verdict(lead.company)


def _clauses(boundary: re.Pattern[str], sentence: str, at: int) -> list[tuple[int, int]]:
    """The clauses up to `at`, the last one cut there; a comma inside a number divides nothing."""
    cuts = [
        m
        for m in boundary.finditer(sentence, 0, at)
        if not sentence[m.end() : m.end() + 1].isdigit() or m[0] not in ",，"
    ]
    starts = [0, *(m.end() for m in cuts)]
    return list(zip(starts, [*(m.start() for m in cuts), at], strict=True))


def _joint(link: re.Pattern[str], sentence: str, named: Sequence[Named], leads: Sequence[Named]) -> bool:
    """Whether the one that leads stands together with another: "Ele.me and Baidu", "饿了么和百度"."""
    if not leads:
        return False
    index = list(named).index(leads[0])
    for one, two in ((index - 1, index), (index, index + 1)):
        if one >= 0 and two < len(named) and named[one].company != named[two].company:
            between = sentence[named[one].end : named[two].start]
            if between.strip(" ") and link.fullmatch(between):
                return True
    return False
