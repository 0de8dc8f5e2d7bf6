"""Hide what is no prose: addresses, tags, comments. Offsets stay, so spans still cut the original."""

from __future__ import annotations

import re

#: Stands for a hidden character; no pattern of ours matches it.
VEIL = "\ufffc"

_TAGS = (
    "a|abbr|article|b|blockquote|br|center|code|div|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|iframe|img|"
    "input|li|link|meta|ol|p|path|picture|pre|script|section|small|source|span|strong|style|sub|sup|svg|table|tbody|"
    "td|th|thead|tr|u|ul|video"
)
_NOT_PROSE = re.compile(
    rf"<!--[^>]{{0,400}}-->|</?(?:{_TAGS})\b[^<>]{{0,2000}}>"
    r"|\bhttps?://[^\s<>\"'\u3000-\u9fff\uac00-\ud7a3]{1,2000}"
    r"|\bwww\.[\w.-]{1,200}(?:/[^\s<>\"'\u3000-\u9fff\uac00-\ud7a3]{0,2000})?"
    r"|\b(?:(?:max-|min-|line-)?(?:width|height)|margin|padding|font-size|opacity|mso-[a-z-]{1,30}) ?: ?"
    r"['\"]?[0-9.]{1,8}(?:%|px|em|pt)?"
    r"|\b[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}",
    re.IGNORECASE,
)


def veil(text: str) -> str:
    """`text` with everything that is no prose replaced, character by character."""
    return _NOT_PROSE.sub(lambda match: VEIL * len(match[0]), text)
