"""Words too common to be a topic or the subject of a question: grammar and newspaper words, no names.

The lists stand in glossary/*.txt, words parted by white space.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

GLOSSARY = Path(__file__).with_name("glossary")

VERBAL = re.compile(
    r"(?:다|했|됐|었|았|였|겠|습니|니까|하는|되는|하던|하여|되어|해서|돼서|하고|되고|하며|되며|하면|되면|하게|되게|하기|되기|하지|되지"
    r"|려고|면서|지만|는데|은데|있는|없는|있을|없을|있던|같은|같이|위한|위해|통한|대한|따른|따르|따라|관한|인한|까지|부터|에서|으로|에게|에도|에는"
    r"|적|적인|적으|하|되|스러|로운|시킨|시키|시켜|시킬|받은|받는|받아|되었|하였|한다|된다|할|될|된|한|인|던|며|고|게|히|져|여|든|큰|온|(?:[십백천만억조]|^)(?:원|위안|달러|엔|명|개))$"
)
COMMON_ZH = re.compile(
    "[的了是在和与及或等为有不也这那我他她它们你您将被把对从到于以之其所并而但因由就都还又再更最很已经曾会能可要让使给向自"
    "上下中内外前后年月日时分个家名位条次种些每各该本此某多少几第一二三四五六七八九十百千万亿元着过来去做说称表示据]"
)


@cache
def common(name: str) -> frozenset[str]:
    """The words of glossary/<name>.txt: "common_ko", "common_en", "asking_ko" …"""
    return frozenset((GLOSSARY / f"{name}.txt").read_text("utf-8").split())
