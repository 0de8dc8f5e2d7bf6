"""Renderings kept for replies that are given again (see handlers/kept_answers.py).

A reply is known by being the same object, which costs nothing to compare; what is kept holds on to
it, so that no other can take its place.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Concatenate, ParamSpec, TypeVar

from handlers.message import Reply

MOST = 512
"""Renderings kept of each kind, some 10 kB each; the one longest not asked for goes first."""

_Args = ParamSpec("_Args")
_Made = TypeVar("_Made")


def kept_by_reply(
    render: Callable[Concatenate[Reply, _Args], _Made],
) -> Callable[Concatenate[Reply, _Args], _Made]:
    """The same function of a Reply and hashable arguments, made once for as long as it is remembered.
    What it returns must not be changed by its callers.
    """
    made: OrderedDict[Hashable, tuple[Reply, _Made]] = OrderedDict()

    def remembered(reply: Reply, /, *args: _Args.args, **kwargs: _Args.kwargs) -> _Made:
        key = (id(reply), args, *kwargs.items())
        found = made.get(key)
        if found is None:
            found = made[key] = reply, render(reply, *args, **kwargs)
            if len(made) > MOST:
                made.popitem(last=False)
        else:
            made.move_to_end(key)
        return found[1]

    return remembered
