"""How the fake says no."""

from __future__ import annotations


class Refused(Exception):
    """Slack answers ok: false with this error. `detail` = a correct app never asks so."""

    def __init__(self, error: str, detail: str = "") -> None:
        self.error = error
        self.detail = detail
        super().__init__(error)


class TooFast(Exception):
    """Slack answers 429 with Retry-After."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(seconds)
