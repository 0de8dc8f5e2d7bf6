"""The command line as others call it: standard output, standard error, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.sample import sample_text
from store.tiny import open_library

ROOT = Path(__file__).parents[1]
HOSTILE_ADDRESS = "http://127.0.0.1:9/issue"

ISSUE = """[주간 기술] 3. 12월 첫째 주의 소식

이번 주에 소개할 앱은 위챗(微信)입니다. 이용자는 10억 명입니다.


썸네일 URL: https://news.example.com/2017-12-01/a.png


텐센트, 매출 100억 위안을 넘다

텐센트의 매출이 100억 위안(1조 6500억 원)을 넘었습니다. 지난해보다 20% 늘었습니다.


내용 출처 URL: https://news.example.com/2017-12-01/tencent


메이투안, 배달 로봇을 시험하다

메이투안이 배달 로봇 300대를 시험합니다.


내용 출처 URL: https://news.example.com/2017-12-02/meituan
"""


class Program:
    """`jianbao` in a folder of its own, with no settings but its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "LANG": "C",
        }

    def run(self, *arguments: str, text: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=self.environ | environ,
            input=text,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",  # a killed one may end within a character
        )

    def write(self, name: str, content: str | bytes) -> str:
        data = content.encode("utf-8") if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)
        return name

    def files(self) -> dict[str, bytes]:
        found = sorted(self.data.glob("*")) if self.data.exists() else []
        return {path.name: path.read_bytes() for path in found if path.is_file()}


@pytest.fixture
def jianbao(tmp_path: Path) -> Program:
    return Program(tmp_path)


def one_line(text: str) -> bool:
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


def test_a_newcomer_sees_the_digest_and_gets_an_answer(jianbao: Program) -> None:
    done = jianbao.run("run", text="/company meituan\n/company 美团\n/no-such\n")

    assert done.returncode == 0, done.stderr
    digest, _, rest = done.stdout.partition("/help")
    assert digest.count("http") >= 14
    assert rest.count("3690") >= 2
    assert "메이투안" in rest
    assert "Traceback" not in done.stderr


def test_the_sample_is_brought_once_and_only_without_tokens(jianbao: Program) -> None:
    jianbao.run("run")
    first = jianbao.run("export").stdout
    jianbao.run("run")

    assert jianbao.run("export").stdout == first
    assert len(first.splitlines()) == 1


@pytest.mark.parametrize(("language", "word"), [("ko", "메이투안"), ("en", "Meituan"), ("zh", "美团")])
def test_ask_answers_in_the_language_asked_for(jianbao: Program, language: str, word: str) -> None:
    jianbao.run("import", jianbao.write("issue.txt", ISSUE))

    done = jianbao.run("ask", "/company meituan", "--language", language)

    assert done.returncode == 0
    assert word in done.stdout.splitlines()[0]
    assert "https://news.example.com/2017-12-02/meituan" in done.stdout


@pytest.mark.parametrize("platform", ["console", "telegram", "slack"])
def test_ask_shows_what_a_platform_would_get(jianbao: Program, platform: str) -> None:
    jianbao.run("import", jianbao.write("issue.txt", ISSUE))

    done = jianbao.run("ask", "/latest", "--as", platform)

    assert done.returncode == 0, done.stderr
    assert "100억" in done.stdout
    if platform == "telegram":
        assert "<b>" in done.stdout
    if platform == "slack":
        assert '"blocks"' in done.stdout


def test_ask_gives_the_neutral_reply_as_one_json_object(jianbao: Program) -> None:
    jianbao.run("import", jianbao.write("issue.txt", ISSUE))

    body = json.loads(jianbao.run("ask", "/company tencent", "--json").stdout)

    assert body["language"] == "ko"
    assert all("type" in block for block in body["blocks"])


def test_an_empty_store_says_so_and_is_no_error(jianbao: Program) -> None:
    done = jianbao.run("ask", "/company meituan")

    assert done.returncode == 0
    assert done.stdout.strip()
    assert done.stderr == ""


def test_the_same_issue_twice_adds_nothing_and_a_changed_one_shows_what(jianbao: Program) -> None:
    name = jianbao.write("issue.txt", ISSUE)
    first = jianbao.run("import", name)
    before = jianbao.run("export").stdout
    again = jianbao.run("import", name)
    unchanged = jianbao.run("export").stdout
    jianbao.write("issue.txt", ISSUE.replace("로봇 300대를", "로봇 900대를"))
    changed = jianbao.run("import", name)

    assert first.returncode == again.returncode == changed.returncode == 0
    assert "새 이야기 3개, 달라진 이야기 0개, 빠진 이야기 0개를" in first.stdout
    assert "본문: " in changed.stdout
    assert "회사: " not in changed.stdout  # the same companies, only further on
    assert before == unchanged
    assert "900" in changed.stdout
    assert "900" in jianbao.run("export").stdout
    assert jianbao.run("export").stdout.count('"order":1,') == 1


def test_a_dry_run_writes_nothing(jianbao: Program) -> None:
    done = jianbao.run("import", jianbao.write("issue.txt", ISSUE), "--dry-run")

    assert done.returncode == 0
    assert "3" in done.stdout
    assert jianbao.run("export").stdout == ""


BAD = {
    "empty": b"",
    "blank": b" \n\n\t\n",
    "binary": bytes(range(256)) * 40,
    "no issue": b"import os\n\n\ndef main():\n    return os.getcwd()\n\n\nmain()\n",
    "encoding": ISSUE.encode("cp949"),
    "utf-16 without a mark": ISSUE.encode("utf-16-le"),
    "huge": ISSUE.encode() + b"x" * 50_000_000,
    "page": "<html><head><title>로그인</title></head><body><form>아이디</form></body></html>".encode(),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_clear_line_and_the_store_is_untouched(jianbao: Program, kind: str) -> None:
    jianbao.run("import", jianbao.write("issue.txt", ISSUE))
    before = jianbao.run("export").stdout
    name = jianbao.write("bad.bin", BAD[kind])

    done = jianbao.run("import", name)

    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert one_line(done.stderr), done.stderr
    assert jianbao.run("export").stdout == before


@pytest.mark.parametrize("source", ["missing.txt", ".", HOSTILE_ADDRESS, "http://no-such-host.invalid/"])
def test_what_cannot_be_reached_is_one_clear_line_and_makes_no_store(jianbao: Program, source: str) -> None:
    done = jianbao.run("import", source)

    assert done.returncode == 1
    assert one_line(done.stderr), done.stderr
    assert jianbao.files() == {}


def test_a_pipe_that_somebody_writes_into_is_read(jianbao: Program) -> None:
    os.mkfifo(jianbao.folder / "pipe")
    process = jianbao.start("import", "pipe")
    with (jianbao.folder / "pipe").open("wb") as pipe:
        pipe.write(ISSUE.encode())

    out, err = process.communicate(timeout=60)

    assert process.returncode == 0, err
    assert "2017-W49" in out


def test_read_prints_one_object_a_file_in_order_also_for_bad_ones(jianbao: Program) -> None:
    good, bad = jianbao.write("a.txt", ISSUE), jianbao.write("b.txt", b"\x00\x01\x02")

    done = jianbao.run("read", good, bad, good, "--json")

    bodies = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [body["file"] for body in bodies] == [good, bad, good]
    assert [len(body["items"]) for body in bodies] == [3, 0, 3]
    assert bodies[1]["problems"]
    assert bodies[0]["issue"]["week"] == "2017-W49"
    assert bodies[0]["items"][1]["figures"][0]["pair"]["unit"] == "KRW"
    assert jianbao.files() == {}


def test_resolve_answers_every_line_also_a_blank_one(jianbao: Program) -> None:
    done = jianbao.run("resolve", "--json", text="메이투안\n\n3690.HK\n오포\nzzzz")

    bodies = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [body["status"] for body in bodies] == ["found", "none", "found", "ambiguous", "none"]
    assert bodies[0]["ids"] == ["meituan"] == bodies[2]["ids"]
    assert jianbao.files() == {}


def test_push_counts_what_it_did_and_never_does_it_twice(jianbao: Program) -> None:
    jianbao.run("import", jianbao.write("issue.txt", ISSUE))
    jianbao.run("ask", "/subscribe mon 09:00 Asia/Seoul")
    due = json.loads(jianbao.run("chats", "export").stdout)["next_at"]

    dry = jianbao.run("push", "--at", due, "--dry-run", "--json")
    first = jianbao.run("push", "--at", due, "--json")
    again = jianbao.run("push", "--at", due, "--json")

    assert first.returncode == 0, first.stderr
    counts = json.loads(first.stdout)
    assert counts["sent"] >= 1
    assert (counts["failed"], counts["unknown"], counts["skipped"]) == (0, 0, [])
    assert "텐센트" in first.stderr
    assert json.loads(dry.stdout)["sent"] == 0
    assert json.loads(again.stdout)["sent"] == 0


def test_a_push_beside_another_writer_is_refused_and_a_dry_run_is_not(jianbao: Program) -> None:
    jianbao.run("import", jianbao.write("issue.txt", ISSUE))
    jianbao.run("ask", "/subscribe mon 09:00 Asia/Seoul")
    due = json.loads(jianbao.run("chats", "export").stdout)["next_at"]
    writer = open_library(jianbao.data)
    try:
        dry = jianbao.run("push", "--at", due, "--dry-run", "--json")
        done = jianbao.run("push", "--at", due)
    finally:
        writer.close()

    assert json.loads(dry.stdout)["would_send"] == ["console:local:console"]
    assert (done.returncode, done.stdout) == (1, "")
    assert "다른 프로그램이 저장소를 쓰고 있습니다" in done.stderr
    assert json.loads(jianbao.run("push", "--at", due, "--json").stdout)["sent"] == 1


def test_a_skipped_chat_is_told_with_the_bare_reason(jianbao: Program) -> None:
    jianbao.run("ask", "/subscribe mon 09:00 Asia/Seoul")
    due = json.loads(jianbao.run("chats", "export").stdout)["next_at"]

    done = jianbao.run("push", "--at", due, "--json")

    assert json.loads(done.stdout)["skipped"] == [{"chat": "console:local:console", "reason": "empty"}]


@pytest.mark.parametrize("moment", ["garbage", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", ""])
def test_a_moment_that_is_none_is_one_clear_line(jianbao: Program, moment: str) -> None:
    done = jianbao.run("push", f"--at={moment}")

    assert done.returncode == (1 if moment else 0)
    assert one_line(done.stderr) or not moment
    assert "Traceback" not in done.stderr


def test_a_push_for_a_door_without_a_token_says_that_it_waits(jianbao: Program) -> None:
    jianbao.run("import", jianbao.write("issue.txt", ISSUE))
    jianbao.run("ask", "/subscribe", "--chat", "telegram:1:5")
    due = json.loads(jianbao.run("chats", "export").stdout)["next_at"]

    done = jianbao.run("push", "--at", due, "--json")

    assert json.loads(done.stdout)["sent"] == 0
    assert "telegram" in done.stderr
    assert one_line(done.stderr)


def test_chats_go_out_and_come_in_as_they_were(jianbao: Program, tmp_path: Path) -> None:
    jianbao.run("ask", "/subscribe fri 18:30 Asia/Shanghai")
    jianbao.run("ask", "/follow meituan")
    out = jianbao.run("chats", "export").stdout
    (tmp_path / "other").mkdir()
    other = Program(tmp_path / "other")

    bad = other.run("chats", "import", other.write("bad.jsonl", out + '{"chat": 1}\n'))
    done = other.run("chats", "import", other.write("chats.jsonl", out))

    assert bad.returncode == 1
    assert done.returncode == 0, done.stderr
    assert other.run("chats", "export").stdout == out


def test_a_backup_restores_into_an_empty_folder_only(jianbao: Program) -> None:
    jianbao.run("import", jianbao.write("issue.txt", ISSUE))
    before = jianbao.run("export").stdout

    made = jianbao.run("backup", "b.tar.gz")
    refused = jianbao.run("restore", "b.tar.gz")
    restored = jianbao.run("restore", "b.tar.gz", JIANBAO_DATA="elsewhere")

    assert (made.returncode, refused.returncode, restored.returncode) == (0, 1, 0)
    assert one_line(refused.stderr)
    assert jianbao.run("export", JIANBAO_DATA="elsewhere").stdout == before


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("ask",), ("ask", "x", "--language", "fr")])
def test_wrong_usage_is_exit_two(jianbao: Program, arguments: tuple[str, ...]) -> None:
    done = jianbao.run(*arguments)

    assert done.returncode == 2
    assert "usage" in done.stderr
    assert done.stdout == ""


def test_a_bad_setting_stops_the_start_by_its_name(jianbao: Program) -> None:
    done = jianbao.run("ask", "/help", JIANBAO_TIMEZONE="Mars/Base")

    assert done.returncode == 2
    assert "JIANBAO_TIMEZONE" in done.stderr
    assert one_line(done.stderr)


@pytest.fixture
def running(jianbao: Program) -> Iterator[subprocess.Popen[str]]:
    """A bot that runs in the same folder; it has answered once, so its control socket stands."""
    process = jianbao.start("run")
    assert process.stdin
    assert process.stdout
    process.stdin.write("/status\n")
    process.stdin.flush()
    while "■" not in (text := process.stdout.readline()) or "/help" in text:
        assert text, process.stderr.read() if process.stderr else ""
    yield process
    process.kill()
    process.communicate()


def test_a_command_beside_a_running_bot_is_done_by_it(
    jianbao: Program, running: subprocess.Popen[str]
) -> None:
    imported = jianbao.run("import", jianbao.write("issue.txt", ISSUE))
    asked = jianbao.run("ask", "/company meituan")

    assert imported.returncode == 0, imported.stderr
    assert "https://news.example.com/2017-12-02/meituan" in asked.stdout
    assert running.poll() is None


def test_a_standby_takes_over_when_the_writer_is_killed(
    jianbao: Program, running: subprocess.Popen[str]
) -> None:
    standby = jianbao.start("run")
    assert standby.stdin
    assert standby.stderr
    assert "data" in standby.stderr.readline()

    running.send_signal(signal.SIGKILL)
    running.wait()

    assert "data" in standby.stderr.readline()
    out, _ = standby.communicate("/company meituan\n")
    assert standby.returncode == 0
    assert "3690" in out


def test_a_signal_ends_a_running_bot_cleanly(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGTERM)

    _, err = running.communicate()

    assert running.returncode == 0
    assert "Traceback" not in err


def test_the_sample_reads_as_the_readme_says() -> None:
    assert sample_text().count("내용") >= 14
