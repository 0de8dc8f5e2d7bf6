"""The currencies that figures are read and told in, by ISO 4217 code."""

from __future__ import annotations

MONEY = frozenset({"CNY", "KRW", "USD", "HKD", "EUR", "JPY"})
