"""The laws of the house: one-way imports, one library one home, small files, clean words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "handlers", "store")

HOMES: dict[str, tuple[str, ...]] = {
    "telegram": ("bot/telegram*.py",),
    "slack_bolt": ("bot/slack*.py",),
    "slack_sdk": ("bot/slack*.py",),
    "apscheduler": ("bot/clock.py",),
    "starlette": ("bot/web*.py",),
    "uvicorn": ("bot/web*.py",),
    "httpx": ("bot/fetch*.py", "bot/telegram*.py"),
    "httpcore": ("bot/fetch*.py", "bot/telegram*.py"),
    "aiohttp": ("bot/slack*.py", "bot/telegram*.py"),
    "tinydb": ("store/tiny*.py", "store/journal.py"),
    "sqlite3": ("store/sqlite*.py", "store/index.py"),
    "ahocorasick_rs": ("handlers/aliases.py",),
    "opencc": ("store/spelling.py", "store/data/derive_pinyin.py"),
    "rapidfuzz": ("store/lookup.py", "handlers/answer.py", "handlers/start.py", "handlers/schedule*.py"),
    "babel": ("handlers/dates.py", "handlers/derive_cities.py"),
    "selectolax": ("handlers/documents.py", "handlers/markup.py"),
    "feedparser": ("handlers/feed_slow.py",),
    "listparser": ("handlers/feed_lists.py",),
    "dotenv": ("bot/settings.py",),
    "resvg_py": ("handlers/chart.py",),
    "cryptography": ("store/seal.py",),
    "trafilatura": ("handlers/article.py",),
    "rensa": ("handlers/newsroom/near.py",),
    "fontTools": ("handlers/fonts/derive_font.py",),
}
"""Which files may import a library. A library that is not named here may be imported by none
of the rooms but for the standard library and orjson.
"""

EVERYWHERE = {"orjson", "bot", "handlers", "store", "pypinyin"}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_go_from_doors_to_verbs_to_nouns() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", list(sources(*ROOMS)), ids=named)
def test_a_library_is_imported_only_at_its_home(path: Path) -> None:
    for module in imported(path):
        top = module.split(".")[0]
        if top in sys.stdlib_module_names and top not in HOMES:
            continue
        if top in EVERYWHERE:
            continue
        assert top in HOMES, f"{named(path)} imports {top}, which has no home"
        assert any(fnmatch(named(path), home) for home in HOMES[top]), f"{named(path)} imports {top}"


def test_no_door_imports_another_door() -> None:
    doors = ("telegram", "slack", "console")
    compositions = {"app", "perform", "run", "doctor", "cli", "pushing", "chats_cli"}
    for path in sources("bot"):
        own = next((d for d in doors if path.stem.startswith(d)), None)
        if path.stem in compositions:
            continue
        for module in imported(path):
            other = next((d for d in doors if module.startswith(f"bot.{d}")), None)
            assert other in (None, own), f"{named(path)} imports {module}"


def test_handlers_and_store_never_read_a_clock() -> None:
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    for path in sources("handlers", "store"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in clocks, f"{named(path)}:{node.lineno}"


def test_files_stay_small() -> None:
    large = {named(p): n for p in sources(*ROOMS) if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert large == {}
    assert len((ROOT / "store/journal.py").read_text("utf-8").splitlines()) <= 300


def committed() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    yield from (ROOT / name for name in listed.stdout.decode().split("\0") if name)


def test_committed_files_name_no_index_and_no_machine() -> None:
    hosts = "|".join(("files" + r"\.pythonhosted", "pypi" + r"\.org", "registry" + r"\.npmjs"))
    places = r"(?<![\w.])/(?:work|root|home)/"
    unwanted = re.compile(f"{hosts}|{places}")
    for path in committed():
        if path.suffix in {".png", ".gz"} or not path.is_file():
            continue
        found = unwanted.search(path.read_text("utf-8", "replace"))
        assert found is None, f"{named(path)}: {found[0] if found else ''}"


def test_every_requirement_is_pinned_with_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8")
        pins = re.findall(r"^\S+==\S+", text, re.MULTILINE)
        assert len(pins) > 20
        blocks = re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in block for block in blocks)
        assert "index" not in text
        assert "http" not in re.sub(r"#.*|(a?io)?http\S*==.*|http\S+==.*", "", text)
