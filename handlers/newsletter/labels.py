"""The words newsletters put before an address or around their text, in one place.

A label stands at the start of a line (after bullets, emoji, quotation signs) or behind the end
of a sentence, and is followed by a colon of any width or a semicolon. Everything is matched
without regard to case, with white space folded.
"""

from __future__ import annotations

import re

SOURCE = (
    "내용 출처", "기사 출처", "출처", "참고 기사", "참고기사", "참고 자료", "참고", "관련 기사",
    "관련기사", "관련된 기사", "관련 내용의", "관련된 현지 기사", "현지 기사", "원문 기사", "원문기사",
    "원문 링크", "원문", "기사 원문", "기사 링크", "관련 링크", "뉴스 링크", "본문 링크", "원본",
    "자세히 보기", "original article", "original link", "original", "source link", "sources", "source",
    "full story", "read more", "read the full story", "article link", "article", "via", "内容来源",
    "新闻来源", "消息来源", "信息来源", "文章来源", "来源链接", "来源", "原文链接", "原文地址", "原文",
    "阅读原文", "出处", "参考链接", "参考", "新聞來源", "來源", "原文連結", "出處",
)  # fmt: skip

PICTURE = (
    "썸네일 이미지", "썸네일 출처", "썸네일", "그림 출처", "사진 출처", "이미지 출처", "대표 이미지",
    "이미지", "사진", "그림", "thumbnail source", "thumbnail", "image source", "image credit", "image",
    "photo credit", "photo", "picture source", "picture credit", "picture", "缩略图", "图片来源",
    "图片链接", "题图", "封面图", "配图", "图源", "图片", "縮圖", "圖片來源", "圖片",
)  # fmt: skip

META = (
    "date", "author", "authors", "by", "tags", "tag", "hashtags", "keywords", "published", "날짜",
    "작성일", "작성자", "글쓴이", "기자", "발행인", "발행일", "태그", "해시태그", "키워드", "日期",
    "作者", "标签", "关键词", "编辑", "標籤",
)  # fmt: skip

# What sites print around an article. A line that begins so is no content.
FURNITURE = (
    "매거진의 이전글", "매거진의 다음글", "이전글", "다음글", "이전 글", "다음 글", "작품 선택",
    "키워드 선택", "댓글여부", "댓글 여부", "댓글 쓰기", "댓글쓰기", "공유하기", "구독하기", "라이킷",
    "브런치는 최신", "저작권자", "무단 전재", "무단전재", "수신거부", "수신 거부", "뉴스레터 구독",
    "지난 호 보기", "지난호 보기", "previous article", "next article", "previous issue", "next issue",
    "previous post", "next post", "unsubscribe", "view in browser", "view this email",
    "manage preferences", "subscribe", "share this", "all rights reserved", "copyright", "©",
    "if you like", "forward this", "上一篇", "下一篇", "上一期", "下一期", "版权所有", "版权声明",
    "退订", "取消订阅", "欢迎订阅", "订阅本", "分享到",
)  # fmt: skip

SPONSOR = ("스폰서", "협찬", "광고", "sponsor", "promoted", "advert", "赞助", "广告", "推广", "贊助", "廣告")

# Words by which a newsletter calls itself.
ISSUE_WORDS = re.compile(
    r"이번\s?주|금주|주간|위클리|데일리|브리핑|뉴스레터|오늘의\s?뉴스|한\s?주|weekly|daily|digest|newsletter|round-?up|briefing"
    r"|周刊|周报|早报|日报|晚报|简报|快讯|速览|週刊|週報|早報|日報",
    re.IGNORECASE,
)

APP_OF_THE_WEEK = re.compile(
    r"(?:이번\s?주|금주|이번\s?호|이\s?주)[^.\n]{0,20}?(?:애플리케이션|어플리케이션|앱|어플)"
    r"|app of the week|this week[’']?s app"
    r"|(?:本周|每周|本期)(?:推荐|介绍)?(?:的)?(?:一款)?(?:应用|app)",
    re.IGNORECASE,
)


def _alternatives(words: tuple[str, ...]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s?") for word in longest_first)


_COLON = r"\s{0,4}[:：;；]\s{0,4}"
_OPENING = r"(?:^(?:[^\w\n]|_){0,12}|(?<=[.!?。…)\]”’\"'>])\s{0,4}|(?<=[,，])\s{0,4})"
_TAIL = r"(?:\s{0,4}(?:url|link|링크|주소|链接|地址))?(?:\*\*)?"

# Group "source" or "picture" says which. An address must follow; the caller looks.
LABEL = re.compile(
    rf"{_OPENING}(?:(?P<picture>{_alternatives(PICTURE)})|(?P<source>{_alternatives(SOURCE)})){_TAIL}{_COLON}",
    re.IGNORECASE,
)
META_LINE = re.compile(rf"^(?:[^\w\n]|_){{0,12}}(?:{_alternatives(META)})(?:\*\*)?{_COLON}", re.IGNORECASE)
TAG_LINE = re.compile(r"^#[^\s#]+(?:\s+#[^\s#]+)*$")


def is_furniture(text: str) -> bool:
    """Whether a short line is what sites print around an article."""
    return len(text) <= 120 and text.casefold().startswith(FURNITURE)


_MARKED_AD = re.compile(
    r"^[\[【(（<〈「*]{0,3}\s?(?:유료\s?)?(?:광고|협찬|스폰서드?|ad|sponsor(?:ed)?(?:\s(?:post|content|by))?|advertisement"
    r"|promoted|presented by|广告|推广|赞助|廣告|推廣|贊助)\s?(?:[\]】)）>〉」]|[:：|｜/·-]\s|\Z)",
    re.IGNORECASE,
)


def is_marked_ad(title: str) -> bool:
    """Whether a title itself says that it is paid for: "[광고] …", "Sponsored: …"."""
    return bool(_MARKED_AD.match(title))


def is_sponsored(text: str) -> bool:
    """Whether a section's name says that what follows is paid for."""
    folded = text.casefold()
    return len(text) <= 60 and any(word in folded for word in SPONSOR)
