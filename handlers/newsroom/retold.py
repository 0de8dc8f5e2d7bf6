"""What a language model was let say of a story: found again by what it is an answer to."""

from __future__ import annotations

import json
from hashlib import sha256

from store.bundle import Store
from store.model import Language, Story


def retold(story: Story, language: Language, store: Store) -> str:
    """The verified summary that is kept for a reader of `language`; "" where there is none."""
    if not store.defaults.model:
        return ""
    body = store.ledger.said(said_key(story, language))
    return "" if body is None else str(json.loads(body)["text"])


def said_key(story: Story, language: Language) -> str:
    """Under what a summary is kept: a corrected text has another."""
    said = f"{language}\n{story.title}\n{story.body}"
    return f"summary:{sha256(said.encode('utf-8', 'replace')).hexdigest()[:32]}"
