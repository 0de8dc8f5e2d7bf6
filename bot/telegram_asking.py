"""A missing argument, asked for in a group: whoever asked is shown a field, and his reply is it.

What the question was for is kept with the ledger's drafts: a restart between the two is no matter.
"""

from __future__ import annotations

from dataclasses import replace

from bot import telegram_render as render
from bot.telegram_inbound import Heard
from handlers.message import Ask, Note, Reply, line
from handlers.words import say
from store.bundle import Store
from store.model import Chat


def question(reply: Reply, ask: Ask) -> Reply:
    """The reply as a question: in groups alone. In private the next words count anyway, in a channel
    nobody answers, and who is anonymous cannot be shown a field.
    """
    if not reply.asks:
        return reply
    if ask.private or not ask.user or ask.user.startswith("-"):
        return replace(reply, asks="")
    note = Note(line(say("ask_again.reply", reply.language)))
    return replace(reply, blocks=(*reply.blocks, note))


def asking(part: str, reply: Reply, to: Heard | None) -> str:
    """The part with a field for whoever asked; its buttons make room for that."""
    placeholder = say("ask_again.placeholder", reply.language)
    read = replace(render.loads(part), rows=(), asks=placeholder, reply_to=to.message_id if to else 0)
    return read.dumps()


def key_of_question(chat: Chat, message_id: str | int) -> str:
    """The draft that holds the command which a question of ours was for."""
    return f"asked:{chat}:{message_id}"


def answered(heard: Heard, store: Store) -> Ask:
    """What was asked; a reply to our own question is the argument of its command."""
    if not heard.replies_to or not heard.words:
        return heard.ask
    command = store.ledger.draft(key_of_question(heard.ask.chat, heard.replies_to))
    return replace(heard.ask, text=f"{command} {heard.words}") if command else heard.ask
