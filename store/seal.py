"""Seal: texts that only the holder of a key can read. The keys are kept outside the store.

Fernet: AES-128-CBC with HMAC-SHA256 and a random start, so that a sealed text cannot be changed
unnoticed and the same text never looks the same twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SealError(ValueError):
    """None of the keys opens a text, or a key is not one."""


class Seal:
    """The first of `keys` seals, any of them opens. SealError when one of them is not a key."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise SealError("no key")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise SealError("not a key") from error
        self.print = sha256(b"jianbao key\n" + keys[0].encode()).hexdigest()[:12]
        """What tells the first key from another without telling it."""

    def close(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The text; SealError when no key fits or the text was changed."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealError("no key opens it") from error

    def again(self, sealed: str) -> str:
        """The same text sealed by the first key. SealError like open()."""
        try:
            return self._fernet.rotate(sealed.encode()).decode("ascii")
        except InvalidToken as error:
            raise SealError("no key opens it") from error


def make_key() -> str:
    """A new key: 32 random bytes in 44 letters of base64."""
    return Fernet.generate_key().decode("ascii")
