"""Why a candidate in a text was taken or not: one record for each name and each number looked at.

`mentions` and `figures` keep what was taken; `read --explain` and /explain print everything. There
is one decision, made once: the record is left behind by the code that decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "figure"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What stands at `start`..`end` of a text, what it was held for, and by which rule.

    `rule` is the end of a words key ("explain.rule.<kind>.<rule>"). `means` names company ids, or
    the value and unit of a figure; "" when the candidate was dropped before it meant anything.
    """

    kind: Kind
    start: int
    end: int
    surface: str
    taken: bool
    rule: str
    means: str = ""
