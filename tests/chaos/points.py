"""Fail points: every call of a memory, before it and after its effect."""

from __future__ import annotations

from typing import Any

from tests.chaos.door import Point


class pointed:  # noqa: N801 - used as a function
    """A Ledger or Library whose every method is a fail point twice."""

    def __init__(self, memory: object, name: str, point: Point) -> None:
        self._memory = memory
        self._name = name
        self._point = point

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._memory, name)
        if not callable(found):
            return found

        def call(*args: Any, **named: Any) -> Any:
            self._point(f"{self._name}.{name} before")
            result = found(*args, **named)
            self._point(f"{self._name}.{name} after")
            return result

        return call
