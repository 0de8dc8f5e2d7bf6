"""Names that stand in a text without being its subject: photo credits, cited media, channels to follow."""

from __future__ import annotations

import re

from handlers.aliases import Hit
from store.model import Company

_LABELS = (
    "사진|출처|자료|캡처|그래픽|이미지|제공|영상|원문|작성자|图源|图片来源|图片来自|来源|图|供图|摄影|编辑|作者|记者"
    r"|\b(?:source|photo|image|credit|author|original)s?"
)
_CREDIT_BEFORE = re.compile(
    rf"(?:(?:{_LABELS})[*_\])】]*[^\S\n]*[:：=|｜丨/][^\S\n]*[*_\[(（]*"
    r"|(?:사진|출처|图片来自|图片来源|图源|photo by|image by|\bvia)[^\S\n][*_\[]*|사진 ?출처 ?[=:]? ?)\Z",
    re.IGNORECASE,
)
_CREDIT_AFTER = re.compile(r"[^\S\n]?(?:캡처|캡쳐|갈무리|제공|홈페이지 ?캡처|供图|截图)")

# "原文链接 · 查看评论 · 新浪微博": where a page lets itself be shared.
_SHARING = re.compile(
    r"(?:原文链接|查看评论|阅读原文|分享到|공유하기|share on|follow us)[^\n。.]{0,20}\Z", re.IGNORECASE
)

_CHANNEL_BEFORE = re.compile(
    r"(?:来自|关注|扫码|扫描|官方|搜索|添加|加|팔로우|구독|follow us on|find us on)[^\n。.]{0,10}\Z",
    re.IGNORECASE,
)
_CHANNEL_AFTER = re.compile(
    r"\s?(?:公众号|公眾號|服务号|订阅号|号[:：]|号码|二维码|搜一搜|视频号|채널 ?추가|공식 ?계정을 ?팔로우"
    r"|\s*$)",
    re.MULTILINE,
)

_SAYING = (
    "보도|전했|따르면|인용|매체|기사|인터뷰|报道|報導|报导|報道|消息|获悉|授权|转载|原文|披露"
    "|了解到|观察|统计|测算|专访|采访|报称|援引|경제지|논평|취재"
    "|reported|reports|according"
)
_TELLING = "indicated|said|spoke|speaking|revealed|confirmed|disclosed|statement"
_CITED_BEFORE = re.compile(
    rf"(?:据|对|告诉|向|(?:according to|told|cited by|reported by|quoting|(?:{_TELLING}) to)(?: the)?"
    r"|[—–-]\s?|[(（\[【]\s?)\s?\Z",
    re.IGNORECASE,
)
_CITED_AFTER = re.compile(
    rf"[^.!?。！？\n]{{0,100}}?(?:{_SAYING})|[^\S\n]?[)）\]】]?[^\S\n]*(?:\n|\Z)|讯|电|记者"
)


def is_credit(text: str, hit: Hit, last: int) -> bool:
    """Whether a name is who took the picture, or where to follow. `last` is where the text's words end."""
    before = text[max(0, hit.start - 24) : hit.start]
    if _SHARING.search(before):
        return True
    if _CREDIT_BEFORE.search(before) or _CREDIT_AFTER.match(text, hit.end):
        return True
    if hit.end >= last and before.rsplit("\n", 1)[-1].strip(" \u00a0·|-") == "" and "\n" in before:
        return True  # alone on the last line
    if text.startswith(("微信号", "微信公众号", "微信公眾號"), hit.start) and _CHANNEL_AFTER.match(
        text, hit.end
    ):
        return bool(_CHANNEL_BEFORE.search(before)) or text.startswith("微信号", hit.start)
    return bool(_CHANNEL_BEFORE.search(before) and _CHANNEL_AFTER.match(text, hit.end))


def is_cited(text: str, hit: Hit, company: Company) -> bool:
    """Media are named as the source far more often than as the subject."""
    if company.kind != "agency" or company.sector != "media":
        return False
    before = text[max(0, hit.start - 16) : hit.start]
    return bool(_CITED_BEFORE.search(before) or _CITED_AFTER.match(text, hit.end))
