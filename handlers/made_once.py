"""What is made of something that comes again, made once.

A thing is known by being the same object, which costs nothing to compare; what is kept holds on to
it, so that no other can take its place. Answers come again (see handlers/kept_answers.py), and with
them their renderings.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Concatenate, ParamSpec, TypeVar

MOST = 512
"""Kept of each kind, some 10 kB each; the one longest not asked for goes first."""

_Of = TypeVar("_Of")
_Args = ParamSpec("_Args")
_Made = TypeVar("_Made")


def made_once(make: Callable[Concatenate[_Of, _Args], _Made]) -> Callable[Concatenate[_Of, _Args], _Made]:
    """The same function of a thing and of hashable arguments, called once for as long as what it made is
    remembered. Neither the thing nor what is made of it may be changed by anybody.
    """
    made: OrderedDict[Hashable, tuple[_Of, _Made]] = OrderedDict()

    def remembered(thing: _Of, /, *args: _Args.args, **kwargs: _Args.kwargs) -> _Made:
        key = (id(thing), args, *kwargs.items())
        found = made.get(key)
        if found is None:
            found = made[key] = thing, make(thing, *args, **kwargs)
            if len(made) > MOST:
                made.popitem(last=False)
        else:
            made.move_to_end(key)
        return found[1]

    return remembered
