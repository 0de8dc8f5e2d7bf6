"""A web page as plain text: what it says, block by block, with its links."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

DEPTH_LIMIT = 2_000  # elements inside each other; real pages have some 30

_DROPPED = "script, style, noscript, template, iframe, svg, form, nav, head, button, select, object, embed"
_BLOCK_NAMES = (
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer h1 h2 h3 "
    "h4 h5 h6 header hr html li main ol p pre section table tbody tfoot thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_VOID_NAMES = (
    "area base br col dd dt embed hr img input li link meta option p param source tbody td th tr track wbr"
)
_CLOSED_BY_ITSELF = frozenset(_VOID_NAMES.split())
_ELEMENT = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})")
_COMMENT = re.compile(r"<!--(?:(?!<!--).){0,100000}?-->", re.DOTALL)
_QUOTED = re.compile(r"=\s{0,3}(?:\"[^\"]{0,5000}\"|'[^']{0,5000}')")
_SPACES = re.compile(r"[ \t\r\f\v\n]+")
_BLANKS = re.compile(r"\n{3,}")


def html_text(page: str) -> str:
    """What a page says, block by block: headings as "# ", list points as "- ", links as Markdown.

    Scripts, styles, forms and navigation are gone. An <article> or <main> that holds most of the
    text is taken alone.
    """
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(page).body
    if body is None:
        return ""
    for node in body.css(_DROPPED):
        if node.parent is not None:
            node.decompose()
    root = _main_part(body)
    out: list[str] = []
    _write(root, out)
    lines = (_SPACES.sub(" ", line.replace("\u00ad", "")).strip(" ") for line in "".join(out).split("\n"))
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip()


def depth(page: str) -> int:
    """At least how deep the elements nest that a parser does not close by itself.

    The parser takes time in the square of the depth (14 s at 100,000), so it is asked first.
    """
    bare = _QUOTED.sub("=", _COMMENT.sub("", page))
    open_tags: Counter[str] = Counter()
    depth = deepest = 0
    for closing, name in _ELEMENT.findall(bare):
        tag = name.lower()
        if tag in _CLOSED_BY_ITSELF:
            continue
        if not closing:
            open_tags[tag] += 1
            depth += 1
        elif open_tags[tag]:
            open_tags[tag] -= 1
            depth -= 1
        deepest = max(deepest, depth)
    return deepest


def _main_part(body: LexborNode) -> LexborNode:
    whole = len(body.text(strip=True))
    for selector in ("article", "main", "[role=main]"):
        found = body.css(selector)
        if len(found) == 1 and 2 * len(found[0].text(strip=True)) > whole:
            return found[0]
    return body


def _write(root: LexborNode, out: list[str]) -> None:
    """Depth first without recursion: a hostile page may nest a hundred thousand deep."""
    stack: list[tuple[LexborNode | None, str]] = [(root, "")]
    while stack:
        node, closing = stack.pop()
        if node is None:
            out.append(closing)
            continue
        if node.tag == "-text":
            out.append(_SPACES.sub(" ", node.text_content or ""))
            continue
        opening, closing, inside = _frame(node)
        out.append(opening)
        stack.append((None, closing))
        if inside:
            children = []
            child = node.child
            while child is not None:
                children.append((child, ""))
                child = child.next
            stack.extend(reversed(children))


def _frame(node: LexborNode) -> tuple[str, str, bool]:
    """What stands before and after a node's content, and whether the content is written at all."""
    tag = node.tag or ""
    if tag == "br":
        return "\n", "", False
    if tag == "hr":
        return "\n\n---\n\n", "", False
    if tag in {"td", "th"}:
        return " ", " ", True
    if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
        return f"\n\n{'#' * int(tag[1])} ", "\n\n", True
    if tag == "li":
        return "\n- ", "", True
    if tag == "a":
        return _link(node)
    if tag in _BLOCKS:
        gap = "\n\n" if tag in {"p", "blockquote", "table", "ul", "ol", "article", "section", "pre"} else "\n"
        return gap, gap, True
    return "", "", not tag.startswith(("!", "-", "_"))


def _link(node: LexborNode) -> tuple[str, str, bool]:
    address = (node.attributes.get("href") or "").strip()
    if not address.lower().startswith(("http://", "https://")) or any(sign in address for sign in "\n\t "):
        return "", "", True
    shown = _SPACES.sub(" ", node.text()).strip()
    if not shown:
        return "", "", False
    if shown == address or shown.rstrip("/") == address.rstrip("/"):
        return f" {address} ", "", False
    if shown.startswith(("http://", "https://", "www.")):
        return f" {address} ", "", False  # shortened by the site: the address itself is wanted
    return "[", f"]({address})", True


_TEXT_DROPPED = (
    "script, style, noscript, template, iframe, svg, form, button, select, object, embed, head, title"
)
_BREAKS = re.compile(rf"<(?=/?(?:{'|'.join(sorted(_BLOCKS | {'br', 'td', 'th'}))})[\s/>])", re.IGNORECASE)
_MAY_DROP = re.compile(rf"<(?:{_TEXT_DROPPED.replace(', ', '|')})\b", re.IGNORECASE)


def plain_text(fragment: str) -> str:
    """What a fragment of HTML says, without addresses; a block begins a line. "" where it nests
    deeper than any honest one, see `depth`.
    """
    from selectolax.lexbor import LexborHTMLParser

    if fragment.count("<") > DEPTH_LIMIT and depth(fragment) > DEPTH_LIMIT:
        return ""
    body = LexborHTMLParser(_BREAKS.sub("\n<", _SPACES.sub(" ", fragment))).body
    if body is None:
        return ""
    if _MAY_DROP.search(fragment):
        for node in body.css(_TEXT_DROPPED):
            if node.parent is not None:
                node.decompose()
    return body.text()
