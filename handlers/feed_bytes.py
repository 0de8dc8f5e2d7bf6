"""A feed's bytes into text that an XML reader may be given: the encoding found, declarations and
signs that no XML may hold taken out.
"""

from __future__ import annotations

import codecs
import re
import zlib

from handlers.feed_parsed import LIMIT, FeedError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDER = {
    "euc-kr": "cp949",
    "euc_kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
}
_SERVERS_DEFAULT = frozenset({"cp1252", "iso8859-1", "ascii"})  # what servers say who know nothing
_HEADER = re.compile(r"charset\s{0,3}=\s{0,3}[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_PROLOG = re.compile(
    rb"\A\s{0,1000}<\?xml[^>]{0,200}?encoding\s{0,3}=\s{0,3}[\"']([\w.:-]{2,40})", re.IGNORECASE
)
_DECLARATION = re.compile(r"\A\s{0,1000}<\?xml[^>]{0,300}\?>")
_ENTITY = re.compile(r"<!ENTITY\s{1,50}(%\s{1,50})?([\w.:-]{1,100})\s{1,50}([^>]{0,2000})", re.IGNORECASE)
_HARMLESS = re.compile(r"[\"'](?:&#x?[0-9a-fA-F]{1,6};|[^&%<\"']{0,50})[\"']\s{0,10}")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_WIDE_RUN = re.compile("[^\x00-\x7f]+")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));?")

# The commonest letters of what each encoding is used for: nearly every pair of bytes stands for some
# letter of the others, so that how often these turn up decides.
_FREQUENT = {
    "cp949": frozenset("이다는의에을를은가고로한하지기사리시자대"),
    "gb18030": frozenset("的一是在了和有中国年为不人这大公司上个"),
    "big5hkscs": frozenset("的一是在了和有中國年為不人這大公司上個"),
    "cp932": frozenset("のにはをがとでしたるいすれなかまて"),
    "cp1251": frozenset("оеаинтсрвлкмдпу"),
    "cp1255": frozenset("יוהאלרתבשמ"),
    "cp1253": frozenset("αοιετσνηυρ"),
}


def xml_text(data: bytes, content_type: str = "") -> tuple[str, bool]:
    """The text of a document without its XML declaration, and whether some bytes stood for nothing.

    Raises FeedError (error.feed_{empty,too_large,coding,encoding}).
    """
    if data.startswith(b"\x1f\x8b"):
        data = _unpacked(data)
    if len(data) > LIMIT:
        raise FeedError("error.feed_too_large", limit=f"{LIMIT / 1_000_000:g}")
    if not data.strip(b" \t\r\n\0"):
        raise FeedError("error.feed_empty")
    text, spoilt = _decoded(data, content_type)
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub("", text)
    if "&#" in text:
        text = _REFERENCE.sub(_legal, text)
    return _DECLARATION.sub("", text, count=1).lstrip(), spoilt


def _unpacked(data: bytes) -> bytes:
    """A file that was packed once; what is packed twice is refused, and so is a bomb."""
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        found = unpack.decompress(data, LIMIT + 1)
    except zlib.error as error:
        raise FeedError("error.feed_coding") from error
    if found.startswith(b"\x1f\x8b"):
        raise FeedError("error.feed_coding")
    return found


def _decoded(data: bytes, content_type: str) -> tuple[str, bool]:
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], codec)
    wide = _wide(data)
    if wide:
        return _strictly(data, wide)
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    found = _HEADER.search(content_type)
    prolog = _PROLOG.search(data[:2000])
    said = [_codec(found[1])] if found else []
    said += [_codec(prolog[1].decode("ascii"))] if prolog else []
    said.sort(key=lambda codec: codec in _SERVERS_DEFAULT)
    for codec in filter(None, said):
        if codec != "utf-8" and codec not in _SERVERS_DEFAULT:
            text, spoilt = _strictly(data, codec)
            if not spoilt or _few(text):
                return text, spoilt
    if (text := data.decode("utf-8", "replace")) and _few(text):
        return text, True
    guess = _likely(data) or next((codec for codec in said if codec and codec != "utf-8"), None)
    return _strictly(data, guess or "cp1252")


def _strictly(data: bytes, codec: str) -> tuple[str, bool]:
    try:
        return data.decode(codec), False
    except UnicodeDecodeError:
        return data.decode(codec, "replace"), True


def _few(text: str) -> bool:
    """Whether few of the signs beyond ASCII were unreadable: a byte cut in two, a stray one."""
    wide = sum(1 for sign in text[:200_000] if sign > "\x7f")
    return text[:200_000].count("\ufffd") * 20 <= wide


def _wide(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: "<" with zeros around it."""
    head = data.lstrip(b"\r\n\t ")[:4]
    if head.startswith(b"<\0\0\0"):
        return "utf-32-le"
    if head.startswith(b"\0\0\0<"):
        return "utf-32-be"
    if head[:1] in b"<{" and head[1:2] == b"\0":
        return "utf-16-le"
    if head[:1] == b"\0" and head[1:2] in (b"<", b"{"):
        return "utf-16-be"
    return None


def _codec(label: str) -> str | None:
    """Python's codec for a label; the wider one where people say the narrower."""
    label = _WIDER.get(label.lower(), label.lower())
    try:
        codec = codecs.lookup(label)
        sound = getattr(codec, "_is_text_encoding", True) and b"<".decode(codec.name) == "<"
    except (LookupError, UnicodeError):
        return None
    return codec.name if sound and codec.name not in {"utf-7", "idna", "punycode"} else None


def _likely(data: bytes) -> str | None:
    """The encoding in which the bytes make text of a language; None when none does."""
    sample = data[:100_000]
    scores = {codec: _score(sample.decode(codec, "replace"), codec) for codec in _FREQUENT}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] > 0.15 else None


def _score(text: str, codec: str) -> float:
    """How much like its language a text looks: its commonest letters, and few signs that are none."""
    runs = _WIDE_RUN.findall(text)
    wide = "".join(runs)
    if not wide:
        return 0.0
    hits = sum(sign in _FREQUENT[codec] for sign in wide) / len(wide)
    unread = 4 * wide.count("\ufffd") / len(wide)
    if codec.startswith("cp125"):  # a dozen letters, and words of them: accents stand alone
        return hits - unread if len(wide) > 2 * len(runs) else 0.0
    hangul = sum("가" <= sign <= "힣" for sign in wide) / len(wide) if codec == "cp949" else 0.0
    return 2.5 * min(hits, 0.4) + 0.3 * hangul - unread


def _legal(reference: re.Match[str]) -> str:
    """A character reference as it is, unless it stands for no character."""
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    legal = number in (9, 10, 13) or 0x20 <= number <= 0xD7FF or 0xE000 <= number <= 0x10FFFF
    return reference[0] if legal and number not in (0xFFFE, 0xFFFF) else ""


def without_doctype(text: str) -> str:
    """The document without its DOCTYPE: the entities it declares are never expanded.

    Raises FeedError (error.feed_entities) where they stand for other entities, for files or for
    long texts: no feed needs that, and what was meant would be lost without a word.
    """
    start = text[:20_000].upper().find("<!DOCTYPE")
    if start < 0:
        return text
    end = _doctype_end(text, start)
    subset = text[start:end]
    for entity in _ENTITY.finditer(subset):
        if entity[1] or not _HARMLESS.fullmatch(entity[3]):
            raise FeedError("error.feed_entities", name=entity[2][:40])
    body = text[:start] + text[end:]
    for entity in _ENTITY.finditer(subset):
        body = body.replace(f"&{entity[2]};", entity[3].strip()[1:-1])
        if len(body) > LIMIT:
            raise FeedError("error.feed_entities", name=entity[2][:40])
    return body.lstrip()


def _doctype_end(text: str, start: int) -> int:
    """Behind the ">" that closes it; quotes and one pair of brackets may hold others."""
    bracket, at = 0, start
    pattern = re.compile(r"[\[\]>\"']|<!--")
    while found := pattern.search(text, at):
        sign, at = found[0], found.end()
        if sign in "\"'":
            at = text.find(sign, at) + 1
        elif sign == "<!--":
            at = text.find("-->", at) + 3
        elif sign == "[":
            bracket = 1
        elif sign == "]":
            bracket = 0
        elif not bracket:
            return at
        if at <= found.start():  # what was opened is never closed
            break
    return len(text)
