"""What a button carries: the command it stands for, in at most 64 bytes of UTF-8.

    /company meituan          the command itself
    /forget yes~1a2b3cAb…     signed: when it expires, and a code over chat, command and expiry
    #Zx81…                    a token for either, where it would be longer than 64 bytes

The code is HMAC-SHA256 cut to 60 bits: a press in another chat, a forwarded or an invented one
does not verify. Signing adds 17 characters.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from handlers.message import Button
from store.bundle import Store
from store.ledger import Ledger
from store.model import Chat

BYTES = 64
LIFE = timedelta(days=1)

_SIGNED = re.compile(r"(?P<command>.+)~(?P<expiry>[0-9a-z]{6})(?P<code>[A-Za-z0-9_-]{10})", re.DOTALL)
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Press:
    """What a payload stands for. `command` is "" when its token is unknown.

    `seal` is "none" for a plain command, "good" for a signed one that holds, "stale" when its
    time is over, "forged" when the code is not ours for this chat and command.
    """

    command: str
    seal: Literal["none", "good", "stale", "forged"] = "none"


def payload(button: Button, chat: Chat, store: Store, now: datetime) -> str:
    """What a door puts behind a button with a command: at most 64 bytes of UTF-8."""
    text = sign(button, chat, now, store.ledger) if button.signed else button.command
    return text if _stands(text) else "#" + store.ledger.keep_command(text, at=now)


def plain(button: Button) -> bool:
    """Whether the payload is the command itself, in every chat and at any time."""
    return not button.signed and _stands(button.command)


def _stands(text: str) -> bool:
    return len(text.encode()) <= BYTES and not text.startswith("#")


def sign(button: Button, chat: Chat, now: datetime, ledger: Ledger) -> str:
    """The button's command with its expiry and code, for this chat, good for a day."""
    expiry = _base36(int((now + LIFE).timestamp()) // 60)
    return f"{button.command}~{expiry}{_code(ledger, chat, button.command, expiry)}"


def opened(text: str, chat: Chat, now: datetime, ledger: Ledger) -> Press:
    """The command behind a pressed payload, and whether its signature holds in this chat."""
    if text.startswith("#"):
        kept = ledger.command_of(text[1:])
        if kept is None:
            return Press("", "stale")
        text = kept
    match = _SIGNED.fullmatch(text)
    if match is None:
        return Press(text)
    command, expiry, code = match["command"], match["expiry"], match["code"]
    if not hmac.compare_digest(code, _code(ledger, chat, command, expiry)):
        return Press(command, "forged")
    ends = datetime.fromtimestamp(int(expiry, 36) * 60, UTC)
    return Press(command, "good" if now <= ends else "stale")


def _code(ledger: Ledger, chat: Chat, command: str, expiry: str) -> str:
    said = "\n".join((str(chat), expiry, command)).encode()
    digest = hmac.digest(ledger.secret("buttons"), said, "sha256")
    return urlsafe_b64encode(digest[:8]).decode()[:10]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _BASE36[rest] + digits
    return digits.rjust(6, "0")
