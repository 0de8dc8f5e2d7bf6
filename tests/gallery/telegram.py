"""What Telegram was sent, as a person's client shows it."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from tests.fakes.telegram import Message


def bubble(message: Message) -> str:
    """A message with its keyboard. Its source is HTML that the strict fake has accepted."""
    pieces = []
    if message.photo:
        data = b64encode(message.photo[1]).decode()
        pieces.append(f'<img alt="{escape(message.photo[0])}" src="data:image/png;base64,{data}">')
    if message.document:
        name, data_ = message.document
        pieces.append(f'<div class="file">📄 {escape(name)} <small>{len(data_):,} B</small></div>')
    source = message.source.replace("<blockquote expandable>", '<blockquote class="expandable">')
    pieces.append(f'<div class="text">{source}</div>')
    if url := message.preview.get("url"):
        pieces.append(f'<div class="preview">{escape(url)}</div>')
    quiet = ' <span class="quiet">🔕</span>' if message.silent else ""
    rows = "".join(
        f'<div class="row">{"".join(_button(button) for button in row)}</div>' for row in message.keyboard
    )
    return f'<div class="bubble">{"".join(pieces)}{quiet}</div><div class="keyboard">{rows}</div>'


def _button(button: dict[str, str]) -> str:
    mark = " ↗" if "url" in button else ""
    return f"<span>{escape(button['text'])}{mark}</span>"


STYLE = """
body { background: #d5e3d0; }
.said { margin: 1.2em 0 .3em auto; background: #e1fec6; border-radius: 12px; padding: .4em .8em;
  width: fit-content; }
.bubble { background: #fff; border-radius: 12px; padding: .6em .8em; max-width: 34em; }
.bubble img { max-width: 100%; border-radius: 8px; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.text a { color: #2678b6; text-decoration: none; }
blockquote { margin: .3em 0; padding: .2em .6em; border-left: 3px solid #6ab3f3; background: #eef6fd; }
.preview { border-left: 3px solid #6ab3f3; margin-top: .4em; padding-left: .5em; color: #555;
  font-size: .85em; overflow-wrap: anywhere; }
.keyboard { max-width: 34em; margin: .2em 0 .6em; padding: 0 .4em; }
.row { display: flex; gap: .25em; margin-top: .25em; }
.row span { flex: 1; background: #8fae85cc; color: #fff; text-align: center; border-radius: 8px;
  padding: .35em; font-size: .9em; }
"""
