"""What a handler refuses, told to the one who asked.

A Refusal carries a words key and its arguments; answer() turns it into a Reply, the command
line into one line on standard error. Never shown as a traceback.
"""

from __future__ import annotations


class Refusal(Exception):
    """`key` names the words ("error.bad_time"), `words` their arguments, all as plain text."""

    def __init__(self, key: str, **words: object) -> None:
        self.key = key
        self.words = {name: str(value) for name, value in words.items()}
        super().__init__(f"{key} {self.words}")
