"""How fast the doors may send, from settings; tests/test_rate_settings.py."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from bot.settings import SettingsError
from handlers.door import Rates

Text = Callable[[str, str], str]

FREE, PAID = 30.0, 1000.0  # messages a second: Telegram's limit for everybody, and where Stars are paid
_YES, _NO = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


def telegram(text: Text) -> tuple[Rates, bool]:
    """Telegram's rates, and whether paid broadcasts are allowed. SettingsError for a bad value."""
    paid = _switch("TELEGRAM_PAID_BROADCAST", text)
    most = PAID if paid else FREE
    overall = _rate("TELEGRAM_RATE", text, most, most=most)
    per_chat = _rate("TELEGRAM_RATE_PER_CHAT", text, 1.0, most=FREE)
    per_group = _rate("TELEGRAM_RATE_PER_GROUP", text, 20.0, most=60.0)
    return Rates(overall, per_chat, per_group), paid


def slack(text: Text) -> Rates:
    """Slack's: a workspace a second, a channel a second. SettingsError for a bad value."""
    overall = _rate("SLACK_RATE", text, 4.0, most=100.0)
    return Rates(overall, _rate("SLACK_RATE_PER_CHANNEL", text, 1.0, most=4.0))


def _switch(name: str, text: Text) -> bool:
    value = text(name, "").lower()
    if value not in _YES | _NO:
        raise SettingsError(name, f"{value!r} is neither on nor off")
    return value in _YES


def _rate(name: str, text: Text, usual: float, *, most: float) -> float:
    value = text(name, str(usual))
    try:
        rate = float(value)
    except ValueError:
        rate = 0.0
    if not isfinite(rate) or not 0 < rate <= most:
        more = "; TELEGRAM_PAID_BROADCAST allows 1000" if name == "TELEGRAM_RATE" and most == FREE else ""
        raise SettingsError(name, f"{value!r} is not a rate above 0 and up to {most:g}{more}")
    return rate
