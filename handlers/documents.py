"""A document's bytes into text, or one clear error."""

from __future__ import annotations

import codecs
import math
import re

from handlers import markup
from handlers.errors import Refusal

LIMIT = 5_000_000  # bytes; an issue has some 20 kB

_SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP/DOCX/XLSX"),
    (b"\xd0\xcf\x11\xe0", "DOC/HWP"),
    (b"\x1f\x8b", "GZIP"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"SQLite format 3", "SQLite"),
    (b"\x7fELF", "ELF"),
    (b"{\\rtf", "RTF"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(r"charset\s{0,3}=\s{0,3}[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,300}?charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([\w.:-]{2,40})", re.IGNORECASE
)
_XML_CHARSET = re.compile(
    rb"^\s{0,100}<\?xml[^>]{0,200}?encoding\s{0,3}=\s{0,3}[\"']([\w.:-]{2,40})", re.IGNORECASE
)
_LOOKS_HTML = re.compile(
    r"^\s{0,200}(?:<\?xml[^>]{0,200}>\s{0,200})?(?:<!--.{0,2000}?-->\s{0,200})?"
    r"<(?:!doctype html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)

_FREQUENT = {
    "cp949": frozenset("이다는의에을를은가고로한하지기"),
    "gb18030": frozenset("的一是在了和有中国年为不人这"),
    "big5": frozenset("的一是在了和有中國年為不人這"),
}


class DocumentError(Refusal):
    """A document that cannot be read as text; the words key is error.document_*."""


def text_of(data: bytes, *, name: str, content_type: str = "") -> str:
    """The text of a document: UTF-8, or what its own mark or an HTTP or HTML header declares.

    HTML becomes text line by line, links written as Markdown where their text is not their
    address. `name` is what a person calls the document. Raises DocumentError with the words
    keys error.document_{empty,too_large,binary,encoding,encoding_unknown,no_text}.
    """
    if len(data) > LIMIT:
        raise DocumentError(
            "error.document_too_large", name=name, size=_megabytes(len(data)), limit=_megabytes(LIMIT)
        )
    if not data.strip():
        raise DocumentError("error.document_empty", name=name)
    text = _decoded(data, name, content_type)
    if _is_html(text, name, content_type):
        if markup.depth(text) > markup.DEPTH_LIMIT:
            raise DocumentError("error.document_no_text", name=name)
        text = markup.html_text(text)
        if not text.strip():
            raise DocumentError("error.document_no_text", name=name)
    return text


def _megabytes(size: int) -> str:
    return f"{math.ceil(size / 100_000) / 10:g}"


def _decoded(data: bytes, name: str, content_type: str) -> str:
    marked = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
    if marked is None:
        kind = next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), None)
        if kind or _is_binary(data):
            raise DocumentError("error.document_binary", name=name, kind=kind or "binary")
    for codec in dict.fromkeys(filter(None, (marked, "utf-8", _declared(data, name, content_type)))):
        try:
            text = data.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
        if not text.strip():
            raise DocumentError("error.document_empty", name=name)
        return text
    guess = _likely(data)
    if guess is None:
        raise DocumentError("error.document_encoding_unknown", name=name)
    raise DocumentError(
        "error.document_encoding", name=name, encoding=guess, command=_conversion(name, guess)
    )


def _is_binary(data: bytes) -> bool:
    """NUL bytes, or more control bytes than any text has."""
    sample = data[:65_536]
    controls = sum(sample.count(bytes([code])) for code in range(32) if code not in (9, 10, 11, 12, 13, 27))
    return b"\0" in data or controls > len(sample) // 50


def _declared(data: bytes, name: str, content_type: str) -> str | None:
    """The charset that HTTP, the page itself or an XML declaration names."""
    header = _CHARSET.search(content_type)
    if header:
        return _codec(header[1])
    head = data[:4096]
    page = _META_CHARSET.search(head) or _XML_CHARSET.search(head)
    return (
        _codec(page[1].decode("ascii", "replace"))
        if page and (_named_html(name, content_type) or b"<" in head)
        else None
    )


def _codec(label: str) -> str | None:
    """Python's codec for a label; the wider one where pages say the narrower (euc-kr is cp949)."""
    wider = {
        "euc-kr": "cp949",
        "ks_c_5601-1987": "cp949",
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "shift_jis": "cp932",
    }
    label = wider.get(label.lower(), label.lower())
    try:
        codec = codecs.lookup(label)
    except LookupError:
        return None
    return codec.name if getattr(codec, "_is_text_encoding", True) else None


def _likely(data: bytes) -> str | None:
    """The encoding in which the bytes make Korean or Chinese text, None when neither does.

    Nearly every byte pair of one stands for some letter of the others, so that what decides
    between those without errors is how often the commonest words of the language turn up.
    """
    sample = data[:200_000]
    scores: dict[str, float] = {}
    for codec, frequent in _FREQUENT.items():
        wide = [sign for sign in sample.decode(codec, "replace") if sign > "\x7f"]
        if not wide:
            continue
        readable = sum(1 for sign in wide if _is_readable(sign, korean=codec == "cp949"))
        fits = (readable - 4 * wide.count("\ufffd")) / len(wide)
        if fits > 0.5:
            scores[codec] = fits + 4 * sum(1 for sign in wide if sign in frequent) / len(wide)
    return max(scores, key=lambda codec: scores[codec], default=None)


def _is_readable(sign: str, *, korean: bool) -> bool:
    """Hanzi, their punctuation, and in Korean Hangul."""
    return (
        "\u4e00" <= sign <= "\u9fff"
        or "\u3000" <= sign <= "\u303f"
        or "\uff00" <= sign <= "\uff60"
        or (korean and "가" <= sign <= "힣")
    )


def _conversion(name: str, encoding: str) -> str:
    """What to type to make UTF-8 of it."""
    plain = name if re.fullmatch(r"[\w./-]{1,120}", name) else "FILE"
    return f"iconv -f {encoding} -t utf-8 {plain} > utf8.txt"


def _named_html(name: str, content_type: str) -> bool:
    kind = content_type.lower()
    return "html" in kind or (not kind and name.lower().endswith((".html", ".htm", ".xhtml")))


def _is_html(text: str, name: str, content_type: str) -> bool:
    return _named_html(name, content_type) or bool(_LOOKS_HTML.match(text[:5000]))
