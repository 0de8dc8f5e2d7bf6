"""What is told of the edits of posted messages, in /status and /errors."""

from __future__ import annotations

from handlers.chat_settings import button
from handlers.lookup import told
from handlers.message import Block, Bullets, Button, Line, line
from handlers.push_cmd import reason_text
from handlers.words import say
from store.bundle import Store
from store.edits import Edit
from store.model import Language

_LINES = 5


def edit_blocks(store: Store, spoken: Language) -> tuple[Block, ...]:
    """How many edits wait, and which will never be made; empty when there are none of either."""
    counts = store.ledger.edit_counts()
    blocks: list[Block] = []
    if waiting := counts.get("planned", 0):
        blocks.append(told("edits.waiting", spoken, count=waiting))
    if lost := counts.get("failed", 0):
        found = store.ledger.lost_edits(limit=_LINES)
        blocks.append(told("edits.lost", spoken, count=lost))
        blocks.append(Bullets(tuple(_line(edit, spoken) for edit in found)))
    return tuple(blocks)


def edit_buttons(store: Store, spoken: Language) -> tuple[Button, ...]:
    """What helps against edits that failed."""
    if not store.ledger.lost_edits(limit=1):
        return ()
    return (button("edits.again", spoken, "/retry edits"),)


def _line(edit: Edit, spoken: Language) -> Line:
    return line(
        say(
            "edits.row",
            spoken,
            chat=edit.chat,
            edition=edit.edition,
            part=edit.part + 1,
            parts=edit.parts,
            reason=reason_text(edit.reason, spoken),
        )
    )
