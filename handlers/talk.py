"""Numbers without a unit that say something, because the sentence talks of money or of people.

Korean headlines leave the won out ("2조 투자"), Chinese ones the yuan ("耗资 7 亿", "30 万以上的高端市场")
and the persons ("月活用户 6.8 亿").
"""

from __future__ import annotations

import re

from handlers.numbers import Number

_MONEY_TALK_KO = re.compile(
    r"(?:대|원대|규모|어치|이상|넘)?(?:를|을|이|가|의|로|에)? ?"
    r"(?:쓴|쓰|들여|들이|투자|투입|매출|손실|적자|흑자|이익|영업|순익|순손|벌금|과징금|지원|펀드|자금|시총|몸값|베팅|빚|유치"
    r"|조달|예산|수주|계약|인수|벌어|벌었|벌고|날려|날린|잭팟|보조금|실탄|배당|지분|수출|시장|규모|클럽|돌파|거래)"
)
_MONEY_TALK_ZH = re.compile(
    r"(?:耗资|融资|投资|注资|出资|斥资|营收|收入|估值|市值|亏损|净利|利润|成交额|销售额|罚款|募资|补贴|投入|砸)"
    r"[^0-9，。,；;\n]{0,8}[0-9.]{1,8} ?[千百十万]?[亿億]\Z"
)
_TIME = re.compile(
    r" ?(?:년|월|일|주|시간|분|초|차례|살|번|年|天|月|日|小时|分钟|秒|毫秒|岁|周|代|years|days|hours|minutes)"
)
# What a car or a telephone costs is said in 万 alone, before it or behind it.
_PRICE_AHEAD = re.compile(
    r"(?:降价|售价|价格|起价|均价|定价|标价|起售价|预售价|成交价|单价|裸车价|卖到?|涨价)"
    r"(?:为|至|到|在|约|高达|仅|仅需|只要|超过?|低至|接近){0,2} ?\Z"
)
_PRICE_BEHIND = re.compile(
    r" ?(?:元?级|以上|以下|以内|左右|起步)?的? ?"
    r"(?:纯电|插混|轿车|SUV|MPV|新?车(?![主辆])|高端市场|中高端|主流市场|豪华车)"
)
_NOT_A_PRICE = re.compile(r" ?(?:[辆台部个人名件次条米吨字年公里平]|多?[辆台]|车主|用户|粉丝)")
_USERS = re.compile(
    r"(?:用户|月活|日活|MAU|DAU|网民|会员|粉丝|이용자|사용자|가입자|회원|구독자|팔로워) ?"
    r"(?:规模|数量|人数|总数|数|量|수)? ?(?:는|은|가|이|도)? ?"
    r"(?:已经?|约|达到?|为|超过?|突破|近|至|增至|高达|接近|有|약|총|최대|무려){0,3} ?\Z"
)
_NO_PEOPLE = re.compile(r" ?(?:[元次条个件篇张美欧港字倍%]|분|원|건|개|번|위안|달러|시간)")


def bare_unit(text: str, at: int, number: Number) -> str:
    """The unit that a number at `at` without a unit means, "" when it means nothing."""
    if number.value is None:
        return "count" if _is_vague_count(text, at, number.end) else ""
    scale = text[number.end - 1]
    if text[number.end - 2 : number.end] == "만억" and number.spelled:
        return "CNY"  # 만억 is 万亿, which only Chinese sources count in
    if number.spelled:
        return ""
    before = text[max(0, at - 24) : at]
    if scale in "만억万亿億" and _USERS.search(before) and not _NO_PEOPLE.match(text, number.end):
        return "people"
    if scale in "조억" and _MONEY_TALK_KO.match(text, number.end):
        return "KRW"
    if scale in "亿億" and _MONEY_TALK_ZH.search(text[max(0, number.end - 20) : number.end]):
        return "CNY"
    return "CNY" if scale == "万" and _is_price(text, before, number) else ""


def _is_vague_count(text: str, at: int, end: int) -> bool:
    """ "수백만 데이터", but no stretch of time, and not the 수 of "무시할 수만은"."""
    bound = text[at - 1 : at] == " " and _ends_in_l(text[at - 2 : at - 1]) and text[at] == "수"
    return not bound and not _TIME.match(text, end)


def _ends_in_l(syllable: str) -> bool:
    return "가" <= syllable <= "힣" and (ord(syllable) - ord("가")) % 28 == 8


def _is_price(text: str, before: str, number: Number) -> bool:
    if number.value is None or not 5_000 <= number.value <= 5_000_000 or _NOT_A_PRICE.match(text, number.end):
        return False
    return bool(_PRICE_AHEAD.search(before) or _PRICE_BEHIND.match(text, number.end))
