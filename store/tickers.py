"""Stock codes in the habits people type them: 3690, 03690, 3690.HK, HKG:3690, sh600519, $BABA."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from store.model import Company

#: How people and terminals call an exchange, to the catalogue's name for it.
EXCHANGES: Mapping[str, str] = {
    "hk": "HKEX", "hkg": "HKEX", "hkex": "HKEX", "sehk": "HKEX", "xhkg": "HKEX",
    "sh": "SSE", "ss": "SSE", "sse": "SSE", "sha": "SSE", "shse": "SSE", "xshg": "SSE",
    "sz": "SZSE", "szse": "SZSE", "she": "SZSE", "shz": "SZSE", "xshe": "SZSE",
    "ch": "CN", "cn": "CN",
    "tw": "TWSE", "tpe": "TWSE", "twse": "TWSE", "tt": "TWSE",
    "ks": "KRX", "kr": "KRX", "krx": "KRX", "krx kospi": "KRX",
    "us": "US", "n": "US", "o": "US", "nyse": "NYSE", "nasdaq": "NASDAQ", "nas": "NASDAQ",
    "홍콩": "HKEX", "港股": "HKEX", "香港": "HKEX", "港": "HKEX", "沪": "SSE", "沪市": "SSE", "上证": "SSE",
    "深": "SZSE", "深市": "SZSE", "深证": "SZSE", "나스닥": "NASDAQ", "뉴욕": "NYSE", "美股": "US",
    "纳斯达克": "NASDAQ", "纽交所": "NYSE", "상하이": "SSE", "선전": "SZSE",
    "otc": "OTC", "pk": "OTC", "otcmkts": "OTC", "otcpk": "OTC",
}  # fmt: skip
_GROUPS = {"US": {"NYSE", "NASDAQ", "OTC"}, "CN": {"SSE", "SZSE"}}

_CODE = r"(?P<code>[a-z]{1,6}|\d{1,6})"
_EXCHANGE = r"(?P<exchange>[a-z]{1,7}|[가-힣]{2,3}|[\u4e00-\u9fff]{1,4})"
_HABITS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\$?{_CODE}",  # 3690, baba, $baba
        rf"\$?{_CODE}(?:\s*[.:/-]\s*|\s+){_EXCHANGE}(?: equity)?",  # 3690.hk, baba-us, baba us equity
        rf"{_EXCHANGE}\s*[:.]\s*{_CODE}",  # hkg:3690, hk.03690
        r"(?P<exchange>hk|sh|sz|ss|홍콩|港股|香港|港|沪|深)\s?(?P<code>\d{4,6})",  # sh600519, 港股3690
        r"(?P<code>\d{4,6})\s?(?P<exchange>hk|sh|sz|ss|港股|港)",  # 3690hk
    )
)


@dataclass(frozen=True, slots=True)
class _Listing:
    company: str
    exchange: str
    code: str


class Listings:
    """Companies by stock code."""

    def __init__(self, companies: Iterable[Company]) -> None:
        self._by_code: dict[str, list[_Listing]] = {}
        for company in companies:
            for ticker in company.tickers:
                listing = _Listing(company.id, ticker.exchange, ticker.code.lower())
                self._by_code.setdefault(_key(listing.code, listing.exchange), []).append(listing)

    def find(self, query: str) -> tuple[str, ...]:
        """Ids of the companies listed under what was typed; () when it is no code of theirs."""
        typed = " ".join(query.lower().split()).strip("()[]")
        for habit in _HABITS:
            match = habit.fullmatch(typed)
            if match is None:
                continue
            groups = match.groupdict()
            exchange = EXCHANGES.get(groups["exchange"]) if groups.get("exchange") else ""
            if exchange is not None and (ids := self._listed(groups["code"], exchange)):
                return ids
        return ()

    def _listed(self, code: str, exchange: str) -> tuple[str, ...]:
        wanted = _GROUPS.get(exchange, {exchange})
        ids = [
            listing.company
            for listing in self._by_code.get(_key(code, exchange), ())
            if (not exchange or listing.exchange in wanted)
        ]
        return tuple(dict.fromkeys(ids))


def _key(code: str, exchange: str) -> str:
    """Hong Kong pads its codes at will ("700", "0700", "00700"); six digits are a mainland or Korean code."""
    if code.isdigit() and len(code) < 6 and exchange in {"HKEX", ""}:
        return code.lstrip("0") or "0"
    return code
