"""Logs go to standard error, one line each, and never hold a secret.

httpx logs every address at INFO, and Telegram's addresses hold the bot's token: the pattern is
cut out of every record, whoever made it, besides the secrets that this process knows.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence

_TOKENS = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}|xox[a-z]-[A-Za-z0-9-]{5,}|xapp-[A-Za-z0-9-]{5,}")
_HIDDEN = "[secret]"
_CHATTY = ("httpx", "httpcore", "apscheduler", "slack_bolt", "slack_sdk", "telegram", "uvicorn.access")


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback and all, then takes out secrets and control characters."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._secrets = sorted((s for s in secrets if len(s) >= 4), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        return self.redact(super().format(record))

    def redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        text = _TOKENS.sub(_HIDDEN, text)
        return "".join(c if c in "\n\t" or c >= " " else "\ufffd" for c in text)


def set_up(level: str, secrets: Sequence[str]) -> None:
    """Send every logger to standard error through the redaction. Replaces earlier handlers."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
