"""`jianbao names`: out as a table, in from one, all or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import main
from handlers.sample import sample_text
from store.name_changes import NameChange, read, written
from store.tiny import open_library

ADD = NameChange("add", "tencent", ko=("텐센트의 매출",))  # words that stand in the sample issue
SHARED = NameChange("new", "moonfox", ko=("달여우", "메이투안"))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JIANBAO_DATA", str(tmp_path / "data"))
    (tmp_path / "issue.txt").write_text(sample_text(), encoding="utf-8")


def table(name: str, *changes: NameChange, more: str = "") -> str:
    Path(name).write_text(written(changes) + more, encoding="utf-8")
    return name


def test_a_table_is_taken_in_and_given_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Stories are read again at once; the second time there is nothing new."""
    assert main(["import", "issue.txt"]) == 0
    capsys.readouterr()

    assert main(["names", "import", table("my.tsv", ADD, SHARED)]) == 0
    said = capsys.readouterr()
    assert "변경 2건" in said.out
    assert "다시 읽어" in said.out
    assert "my.tsv 3행" in said.err
    assert "meituan" in said.err

    assert main(["names", "import", "my.tsv"]) == 0
    assert "새로운 것이 없습니다" in capsys.readouterr().out

    assert main(["names", "export"]) == 0
    changes, errors = read(capsys.readouterr().out, Path("-"))
    assert errors == ()
    assert [change.verb for change in changes] == ["add", "new"]
    assert {change.who for change in changes} == {"console:local/console my.tsv"}


def test_one_bad_line_and_nothing_is_taken_in(capsys: pytest.CaptureFixture[str]) -> None:
    """Every error with its line, on standard error."""
    name = table("bad.tsv", ADD, NameChange("add", "nobody", ko=("가나",)), more="what\n")

    assert main(["names", "import", name]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "bad.tsv 3행" in said.err
    assert "bad.tsv 4행" in said.err
    assert main(["names", "export"]) == 0
    assert read(capsys.readouterr().out, Path("-")) == ((), ())


def test_a_dry_run_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """It says what would be."""
    assert main(["names", "import", table("my.tsv", ADD), "--dry-run"]) == 0
    assert "1건을 받아들일 것입니다" in capsys.readouterr().out
    assert not Path("data/names.tsv").exists()


def test_wrong_usage_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not named, or not there."""
    assert main(["names", "import"]) == 1
    assert "names.tsv" in capsys.readouterr().err
    assert main(["names", "import", "nowhere.tsv"]) == 1
    assert "nowhere.tsv" in capsys.readouterr().err


def test_a_broken_table_in_the_data_folder_is_named_at_the_start(capsys: pytest.CaptureFixture[str]) -> None:
    """With its line; and the library is let go of."""
    assert main(["names", "export"]) == 0
    Path("data/names.tsv").write_text(written([ADD]) + "what\n", encoding="utf-8")
    capsys.readouterr()

    assert main(["ask", "/company tencent"]) == 1
    said = capsys.readouterr()
    assert "names.tsv" in said.err
    assert "3" in said.err
    open_library(Path("data")).close()


def test_all_stories_can_be_read_again(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing changes where the names are the same."""
    assert main(["import", "issue.txt"]) == 0
    capsys.readouterr()

    assert main(["names", "reread"]) == 0
    assert "0개가 바뀌었습니다" in capsys.readouterr().out


def test_a_change_in_chat_is_read_into_stories_before_the_program_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where no bot runs that could do it later."""
    assert main(["import", "issue.txt"]) == 0
    assert main(["ask", "/alias add meituan = 텐센트의 매출"]) == 0
    capsys.readouterr()
    assert main(["ask", "/alias"]) == 0

    assert "다시 읽어" in capsys.readouterr().out
