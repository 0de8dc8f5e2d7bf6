"""What Slack was sent, as a person's client shows it."""

from __future__ import annotations

import re
from html import escape
from typing import Any

Json = dict[str, Any]

_LINK = re.compile(r"<(https?://[^|>]*)\|([^>]*)>")
_CHANNEL = re.compile(r"&lt;(#\w+)&gt;|<(#\w+)>")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")


def blocks(found: list[Json]) -> str:
    """Blocks of a message, a modal or the Home tab. KeyError for a type that is not known here."""
    return "".join(_BLOCKS[block["type"]](block) for block in found)


def modal(view: Json) -> str:
    """A view that was opened over the conversation."""
    submit = view.get("submit")
    button = f'<span class="primary">{_plain(submit)}</span>' if submit else ""
    close = f"<span>{_plain(view['close'])}</span>" if "close" in view else ""
    head = f'<div class="title">{_plain(view["title"])}</div>' if "title" in view else ""
    return (
        f'<div class="modal">{head}{blocks(view["blocks"])}<div class="buttons">{close}{button}</div></div>'
    )


def _plain(text: Json) -> str:
    return escape(text["text"])


def _header(block: Json) -> str:
    return f"<h3>{_plain(block['text'])}</h3>"


def _section(block: Json) -> str:
    words = _marked(block["text"]) if "text" in block else ""
    fields = "".join(f"<div>{_marked(field)}</div>" for field in block.get("fields", ()))
    accessory = _element(block["accessory"]) if "accessory" in block else ""
    return f'<div class="section"><div>{words}{fields}</div>{accessory}</div>'


def _marked(text: Json) -> str:
    """Of mrkdwn the links and what is bold; its own escapes are HTML's."""
    words = escape(text["text"])
    if text["type"] == "mrkdwn":
        words = _LINK.sub(r"<a>\2</a>", text["text"])
        words = _CHANNEL.sub(lambda match: match[1] or match[2], words)
        words = _BOLD.sub(r"<b>\1</b>", words)
    return words.replace("\n", "<br>")


def _context(block: Json) -> str:
    return f'<div class="context">{" ".join(_marked(e) for e in block["elements"])}</div>'


def _actions(block: Json) -> str:
    return f'<div class="buttons">{"".join(_element(e) for e in block["elements"])}</div>'


def _element(element: Json) -> str:
    kind = element["type"]
    if kind == "button":
        primary = ' class="primary"' if element.get("style") == "primary" else ""
        mark = " ↗" if element.get("url") else ""
        return f"<span{primary}>{_plain(element['text'])}{mark}</span>"
    chosen = element.get("initial_option")
    shown = _plain(chosen["text"]) if chosen else escape(str(_initial(element)))
    return f'<span class="input">{shown or "…"}</span>'


def _initial(element: Json) -> object:
    names = ("initial_value", "initial_time", "initial_conversation", "initial_options")
    found = next((element[name] for name in names if name in element), "")
    if isinstance(found, list):
        return ", ".join(option["text"]["text"] for option in found)
    return found


def _input(block: Json) -> str:
    hint = f'<div class="context">{_plain(block["hint"])}</div>' if "hint" in block else ""
    return f"<label>{_plain(block['label'])}</label>{_element(block['element'])}{hint}"


def _image(block: Json) -> str:
    return f'<div class="picture">🖼 {escape(block["alt_text"])}</div>'


def _divider(block: Json) -> str:
    del block
    return "<hr>"


def _rich(block: Json) -> str:
    return "".join(_rich_part(part) for part in block["elements"])


def _rich_part(part: Json) -> str:
    if part["type"] == "rich_text_list":
        items = "".join(f"<li>{_runs(item)}</li>" for item in part["elements"])
        return f"<ul>{items}</ul>"
    if part["type"] == "rich_text_quote":
        return f"<blockquote>{_runs(part)}</blockquote>"
    return f'<div class="rich">{_runs(part)}</div>'


def _runs(part: Json) -> str:
    return "".join(_run(run) for run in part["elements"])


def _run(run: Json) -> str:
    if run["type"] == "user":
        return f"<i>@{escape(run['user_id'])}</i>"
    words = escape(str(run.get("text") or run.get("url") or ""))
    for name, tag in (("bold", "b"), ("italic", "i"), ("code", "code")):
        if run.get("style", {}).get(name):
            words = f"<{tag}>{words}</{tag}>"
    return f"<a>{words}</a>" if run["type"] == "link" else words


_BLOCKS = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "divider": _divider,
    "rich_text": _rich,
}

STYLE = """
body { background: #fff; }
.said { margin: 1.4em 0 .3em; color: #616061; }
.message, .modal { max-width: 42em; margin: .3em 0 .6em; padding: .1em .8em .5em; }
.message { border-left: 4px solid #4a154b; }
.thread { margin-left: 2.5em; border-left: 2px solid #ddd; }
.whisper { background: #f8f5ee; }
.modal { border: 1px solid #bbb; border-radius: 10px; box-shadow: 0 2px 10px #0003; padding: .8em; }
.modal .title { font-weight: 700; }
h3 { margin: .4em 0; }
.rich { white-space: pre-wrap; overflow-wrap: anywhere; }
.rich a, li a, .context a { color: #1264a3; }
.context { color: #616061; font-size: .85em; margin: .2em 0; }
.buttons { display: flex; flex-wrap: wrap; gap: .4em; margin: .4em 0; }
.buttons span, .section > span, .input { border: 1px solid #999; border-radius: 5px; padding: .15em .6em;
  font-size: .9em; }
.buttons .primary, .section > .primary { background: #007a5a; color: #fff; }
.section { display: flex; justify-content: space-between; gap: 1em; margin: .4em 0; }
label { display: block; font-weight: 600; margin-top: .6em; }
.input { display: inline-block; min-width: 12em; }
.picture { background: #eee; padding: .4em; border-radius: 6px; }
"""
