"""Words: the three languages say the same things, and the source says nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.words import placeholders, say, shown, texts
from store.model import LANGUAGES, Language

ROOT = Path(__file__).parents[1]
_SAYING = {"say", "Refusal"}


def sources() -> list[Path]:
    return [path for room in ("bot", "handlers", "store") for path in sorted((ROOT / room).rglob("*.py"))]


def strings() -> Iterator[str]:
    """Every string that stands in the source as it is."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def patterns() -> Iterator[re.Pattern[str]]:
    """Every f-string that looks like a key, as a pattern of the keys it can become."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                pieces = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.]+"
                    for part in node.values
                ]
                pattern = "".join(pieces)
                literal = pattern.replace(r"[\w.]+", "")
                if re.fullmatch(r"[a-z_]+\\\.[a-z_\\.]*|\\\.[a-z_]+", literal):
                    yield re.compile(pattern)


def sayings() -> Iterator[tuple[str, str, set[str] | None]]:
    """Every (place, literal key, given names) of a say() or Refusal(); names None when unknown."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in _SAYING
                and node.args
            ):
                names = {keyword.arg for keyword in node.keywords if keyword.arg}
                open_ = any(keyword.arg is None for keyword in node.keywords)
                for key in _literals(node.args[0]):
                    yield f"{path.name}:{node.lineno}", key, None if open_ else names


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_keys(language: Language) -> None:
    assert set(texts(language)) ^ set(texts("ko")) == set()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_languages_need_the_same_values(language: Language) -> None:
    differ = {
        key: (placeholders(text) - {"count"}, placeholders(texts("ko")[key]) - {"count"})
        for key, text in texts(language).items()
        if key in texts("ko") and placeholders(text) - {"count"} != placeholders(texts("ko")[key]) - {"count"}
    }
    assert differ == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: Language) -> None:
    for key, text in texts(language).items():
        for form in [text] if isinstance(text, str) else text.values():
            assert form.strip() or key.endswith(".aliases"), key


@pytest.mark.parametrize("language", ["en", "zh"])
def test_only_korean_has_particles_and_hangul(language: Language) -> None:
    for key, text in texts(language).items():
        for form in [text] if isinstance(text, str) else text.values():
            assert not re.search(r"\{\w+:", form), key
            assert not re.search("[가-힣]", form.replace("한국어", "")), key


def test_korean_particles_after_a_value_are_written_as_such() -> None:
    """A bare particle glued to a placeholder would be wrong for half of the values."""
    glued = re.compile(r"\{\w+\}['\"”]?(?:은|는|이|가|을|를|과|와|으로|로)(?=[ .,?!]|$)")
    wrong = {key: text for key, text in texts("ko").items() if isinstance(text, str) and glued.search(text)}
    assert wrong == {}


def said(language: Language) -> Iterator[tuple[str, str]]:
    """Every text that is shown, in each of its forms; not the words that a person may type."""
    for key, text in texts(language).items():
        if not key.endswith((".aliases", ".words")):
            yield from ((key, form) for form in ([text] if isinstance(text, str) else text.values()))


@pytest.mark.parametrize(
    ("language", "other_noun"),
    [
        ("ko", "단추|채팅|다이제스트|보여 줍니다|알려 줍니다"),
        ("en", r"[Tt]ype for example|\banew\b|\bwe know\b|stands in"),
        ("zh", "你(?!们)|例：|数据目录|公司目录|故事|点击"),
    ],
)
def test_one_thing_has_one_name(language: Language, other_noun: str) -> None:
    assert [(key, text) for key, text in said(language) if re.search(other_noun, text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotation_marks_are_those_of_the_language(language: Language) -> None:
    own = {"ko": r"“|”|(?<![:\w}])'", "en": r"‘|’|(?<![\w}])'|'(?!\w| )", "zh": r"‘|’|'"}[language]
    assert [(key, text) for key, text in said(language) if re.search(own, text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_is_glued_to_a_command(language: Language) -> None:
    """Telegram makes a command a link only where no letter follows it, of any script."""
    glued = re.compile(r"(?<![\w/])/(?:[a-z]+|\{command\})(?=[가-힣一-龥])|/\{\w+:")
    assert [(key, text) for key, text in said(language) if glued.search(text)] == []


def test_every_key_that_is_said_exists() -> None:
    assert [(place, key) for place, key, _ in sayings() if key not in texts("ko")] == []


def test_everything_that_is_said_has_its_values() -> None:
    lacking = [
        (place, key, placeholders(texts(language)[key]) - names)
        for place, key, names in sayings()
        if names is not None
        for language in LANGUAGES
        if key in texts(language) and placeholders(texts(language)[key]) - names
    ]
    assert lacking == []


def test_no_text_is_never_said() -> None:
    written = set(strings())
    made = list(patterns())
    unused = [key for key in texts("ko") if key not in written and not any(p.fullmatch(key) for p in made)]
    assert unused == []


def test_count_chooses_the_plural() -> None:
    assert say("digest.counts", "en", count=1) == "1 story"
    assert say("digest.counts", "en", count=2) == "2 stories"
    assert say("digest.counts", "en", count=0) == "0 stories"
    assert say("digest.counts", "ko", count=1) == "이야기 1개"


def test_a_quoted_value_gets_its_particle_outside_the_quotation_marks() -> None:
    assert say("answer.unknown", "ko", word="회사원").startswith("‘회사원’은 ")
    assert say("answer.unknown", "ko", word="회사").startswith("‘회사’는 ")


def test_a_value_is_never_read_as_a_template() -> None:
    assert "{command}" in say("answer.unknown_near", "en", word="{command}", command="help")


def test_great_numbers_are_grouped_and_years_are_not() -> None:
    assert (shown(2017), shown(12345), shown("12345"), shown(-10000)) == (
        "2017",
        "12,345",
        "12345",
        "-10,000",
    )


def test_a_missing_value_or_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("answer.unknown", "ko")
    with pytest.raises(KeyError):
        say("no.such.key", "ko")
