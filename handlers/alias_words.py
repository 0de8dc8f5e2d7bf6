"""What /alias is asked to do: its sub-commands in three languages, and the names in their arguments."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from handlers.answer import excerpt
from handlers.errors import Refusal
from store.model import Company, Language
from store.name_changes import LONGEST_NAME, NameChange, Verb, is_id, is_name
from store.spelling import is_hangul, is_hanzi, plain_spaces, simplified_table

Do = Literal["list", "show", "add", "remove", "merge", "new", "undo", "export", "import"]

_VERBS: dict[Do, str] = {
    "add": "add 추가 더하기 添加 增加 加",
    "remove": "remove delete 삭제 제거 빼기 删除 移除 刪除",
    "merge": "merge 합치기 병합 합병 合并 合併",
    "new": "new 새로 신규 등록 新建 新增",
    "undo": "undo 되돌리기 撤销 撤銷",
    "export": "export 내보내기 导出 匯出",
    "import": "import 가져오기 导入 匯入",
}
_BY_WORD: dict[str, Do] = {word: verb for verb, words in _VERBS.items() for word in words.split()}
_LANGUAGES: dict[str, Language] = {
    **dict.fromkeys(("ko", "한국어", "韩语", "韓語"), "ko"),
    **dict.fromkeys(("en", "영어", "英语", "英語"), "en"),
    **dict.fromkeys(("zh", "중국어", "中文", "汉语"), "zh"),
}
_RISKY = frozenset({"risky", "위험", "흔한말", "易混", "常用词"})
_QUOTED = re.compile(r"[\"“”'‘’「](?P<name>[^\"“”‘’「」]+)[\"“”'‘’」](?P<tokens>(?:\s+\S+)*)")
_INTO = re.compile(r"\s+(?:into|to|으로|로|并入|併入|到)\s+|\s*(?:->|→|=>|>|=|＝)\s*")
_EQUALS = re.compile(r"\s*[=＝]\s*")
_MOST = 30  # names in one command


@dataclass(frozen=True, slots=True)
class Named:
    """A name as it was typed with its tokens; `language` as said, else by its script."""

    text: str
    language: Language
    risky: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do: with which company (as typed), which names, into which company."""

    do: Do
    company: str = ""
    names: tuple[Named, ...] = ()
    into: str = ""


def wanted(text: str) -> Wanted:
    """What the arguments of /alias ask for. Raises Refusal naming the token that is wrong."""
    text = plain_spaces(text).strip()
    if not text:
        return Wanted("list")
    word, _, rest = text.partition(" ")
    do = _BY_WORD.get(word.lower())
    if do is None:
        if _EQUALS.search(text):
            raise Refusal("alias.bad_verb", found=excerpt(word))
        return Wanted("show", company=text)
    rest = rest.strip()
    if do in {"undo", "export", "import"}:
        return Wanted(do, company=rest)
    if do == "merge":
        return _merge(rest)
    company, names = _sides(do, rest)
    if do == "new":
        return Wanted("new", _new_id(company), names)
    if len(names) > 1:
        raise Refusal("alias.one_name", found="|", verb=do)
    return Wanted(do, company, names)


def _merge(rest: str) -> Wanted:
    sides = _INTO.split(rest)
    if len(sides) != 2 or not all(sides):
        raise Refusal("alias.bad_merge", found=excerpt(rest) or "merge")
    return Wanted("merge", sides[0], into=sides[1])


def _sides(do: Do, rest: str) -> tuple[str, tuple[Named, ...]]:
    """What stands before and after the equals sign."""
    sides = _EQUALS.split(rest, maxsplit=1)
    if len(sides) != 2 or not all(sides):
        raise Refusal(f"alias.bad_{do}", found=excerpt(rest) or do)
    pieces = [piece.strip() for piece in sides[1].split("|")]
    names = tuple(named(piece) for piece in pieces if piece)
    if not names or len(names) > _MOST:
        raise Refusal(f"alias.bad_{do}", found=excerpt(sides[1]))
    return sides[0], names


def _new_id(text: str) -> str:
    if not is_id(text):
        raise Refusal("alias.bad_id", found=excerpt(text))
    return text


def named(text: str) -> Named:
    """A name with its tokens: "메퇀 ko", "理想 risky", or in quotation marks "Zen en" en."""
    risky, language = False, None
    if match := _QUOTED.fullmatch(text):
        name, tokens = match["name"].strip(), match["tokens"].split()
        if strange := next((t for t in tokens if _token(t) is None), None):
            raise Refusal("alias.bad_token", found=excerpt(strange))
    else:
        words = text.split()
        cut = len(words)
        while cut > 1 and _token(words[cut - 1]) is not None:
            cut -= 1
        name, tokens = " ".join(words[:cut]), words[cut:]
    for token in tokens:
        risky = risky or token.lower() in _RISKY
        language = _LANGUAGES.get(token.lower(), language)
    if not is_name(name):
        raise Refusal("alias.bad_name", found=excerpt(name) or "''", limit=LONGEST_NAME)
    return Named(name, language or script_of(name), risky)


def _token(word: str) -> str | None:
    low = word.lower()
    return low if low in _RISKY or low in _LANGUAGES else None


def script_of(name: str) -> Language:
    """The language whose script a name is written in."""
    if any(map(is_hangul, name)):
        return "ko"
    return "zh" if any(map(is_hanzi, name)) else "en"


def typed(name: Named) -> str:
    """A name as it is typed after the equals sign, with everything said."""
    words = name.text.split()
    quoted = f'"{name.text}"' if len(words) > 1 and _token(words[-1]) is not None else name.text
    return " ".join((quoted, name.language, *(["risky"] if name.risky else [])))


def change_of(verb: Verb, company: str, names: Iterable[Named] = (), *, into: str = "") -> NameChange:
    """The change that these names are; Chinese ones in the cell of their script."""
    names = tuple(names)

    def cell(wanted: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name.text for name in names if _cell(name) == wanted))

    return NameChange(
        verb,
        company,
        into,
        ko=cell("ko"),
        en=cell("en"),
        zh_hans=cell("zh_hans"),
        zh_hant=cell("zh_hant"),
        risky=tuple(dict.fromkeys(name.text for name in names if name.risky)),
    )


def change_of_own(
    verb: Verb, company: Company, chosen: Collection[str], *, risky: tuple[str, ...] = ()
) -> NameChange:
    """The change that these of a company's own names are, in the cells where they stand."""

    def cell(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name in chosen)

    return NameChange(
        verb,
        company.id,
        ko=cell(company.ko),
        en=cell(company.en),
        zh_hans=cell(company.zh_hans),
        zh_hant=cell(company.zh_hant),
        risky=risky,
    )


def _cell(name: Named) -> str:
    if name.language != "zh":
        return name.language
    return "zh_hans" if name.text.translate(simplified_table()) == name.text else "zh_hant"


def by_language(company: Company) -> dict[Language, tuple[str, ...]]:
    """A company's names in each language that has any."""
    zh = tuple(dict.fromkeys((*company.zh_hans, *company.zh_hant)))
    found: dict[Language, tuple[str, ...]] = {"ko": company.ko, "en": company.en, "zh": zh}
    return {language: names for language, names in found.items() if names}
