"""Renderings are made once for a reply, and never given to another."""

from __future__ import annotations

from handlers.made_once import MOST, made_once
from handlers.message import Reply, Text, line


def a_reply(text: str) -> Reply:
    return Reply((Text(line(text)),), "ko")


def test_a_reply_is_rendered_once_for_the_same_arguments() -> None:
    made = []

    @made_once
    def render(reply: Reply, name: str) -> str:
        made.append(name)
        return f"{name} {reply.language}"

    reply = a_reply("하나")
    assert render(reply, "a") == render(reply, "a") == "a ko"
    assert render(reply, "b") == "b ko"
    assert made == ["a", "b"]


def test_an_equal_reply_is_another_one_and_many_do_not_pile_up() -> None:
    seen: list[Reply] = []

    @made_once
    def render(reply: Reply) -> int:
        seen.append(reply)
        return len(seen)

    first = a_reply("하나")
    assert render(first) == 1
    assert render(a_reply("하나")) == 2
    for number in range(MOST):
        render(a_reply(str(number)))
    assert render(first) == MOST + 3  # it was forgotten, and made anew
