"""/vote: whether a reader found a story worth reading. One vote a person, changeable, kept namelessly.

What is kept of a voter is a keyed hash over person and story: it shows that the same person votes on
the same story again, and nothing else; two stories' votes cannot be put together.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Literal

from handlers.answer import arguments, excerpt
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small
from handlers.message import Ask, Button, Buttons, Reply
from handlers.words import say
from store.bundle import Store
from store.ledger import Ledger
from store.model import Language, Story
from store.newsroom import Votes

_VALUES: dict[str, Literal[-1, 0, 1]] = {"up": 1, "down": -1, "none": 0}


async def vote(ask: Ask, store: Store) -> Reply:
    """Count a reader's vote on a story, or take it back; typed, it asks for the press of a button."""
    spoken = reply_language(ask, store)
    story_id, _, word = arguments(ask).partition(" ")
    if not story_id:
        raise Refusal("vote.usage")
    story = store.library.story(story_id)
    if story is None:
        raise Refusal("vote.no_story", given=excerpt(story_id))
    value = _VALUES.get(word.strip())
    if value is None or not ask.signed:
        buttons = Buttons(tuple(vote_buttons(story, store, spoken)))
        return Reply((first("vote.ask", spoken, title=story.title), buttons), spoken, whisper=True)
    if not ask.user:
        raise Refusal("vote.nobody")
    votes = store.ledger.vote(story.id, _voter(ask, story, store.ledger), value, at=ask.now)
    key = {1: "vote.up", -1: "vote.down", 0: "vote.taken_back"}[value]
    counted = small("vote.counts", spoken, up=votes.up, down=votes.down)
    back = Button(say("vote.back_button", spoken), f"/vote {story.id} none", signed=True)
    rest = (Buttons((back,)),) if value else ()
    return Reply((first(key, spoken), counted, *rest), spoken, whisper=True)


def vote_buttons(story: Story, store: Store, language: Language) -> list[Button]:
    """Good and not so good, with how many pressed each."""
    votes = store.ledger.votes([story.id]).get(story.id, Votes())
    return [
        Button(_label("👍", votes.up, "vote.up_button", language), f"/vote {story.id} up", signed=True),
        Button(_label("👎", votes.down, "vote.down_button", language), f"/vote {story.id} down", signed=True),
    ]


def _label(sign: str, count: int, key: str, language: Language) -> str:
    return f"{sign} {say(key, language)} {count or ''}".rstrip()


def _voter(ask: Ask, story: Story, ledger: Ledger) -> bytes:
    said = f"{ask.chat.platform}\n{ask.chat.tenant}\n{ask.user}\n{story.id}".encode()
    return hmac.new(ledger.secret("votes"), said, sha256).digest()[:16]
