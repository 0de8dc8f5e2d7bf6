"""What machines say in English, told as a cause that people know, in their language."""

from __future__ import annotations

import errno
import os

import pytest
from hypothesis import given, strategies as st

from handlers.causes import cause
from handlers.words import say, texts
from store.model import LANGUAGES, Language


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (errno.ENOSPC, "no_space"),
        (errno.EDQUOT, "no_space"),
        (errno.EACCES, "no_permission"),
        (errno.EPERM, "no_permission"),
        (errno.ENOENT, "not_found"),
        (errno.EISDIR, "is_folder"),
        (errno.ENOTDIR, "no_folder"),
        (errno.EROFS, "read_only"),
        (errno.EMFILE, "too_many_files"),
        (errno.EIO, "disk_fault"),
        (errno.ETIMEDOUT, "timed_out"),
        (errno.ECONNREFUSED, "refused"),
        (errno.ECONNRESET, "cut_off"),
        (errno.ENETUNREACH, "unreachable"),
        (errno.EADDRINUSE, "port_taken"),
    ],
)
def test_a_cause_is_known_however_it_is_written(code: int, found: str) -> None:
    words = os.strerror(code)
    assert cause(words) == (found, "")
    assert cause(str(OSError(code, words))) == (found, "")
    assert cause(str(OSError(code, words, "/data/a b"))) == (found, "/data/a b")
    assert cause(f"/data/a: {words}") == (found, "/data/a")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("[Errno -2] Name or service not known", "no_host"),
        ("database or disk is full", "no_space"),
        ("attempt to write a readonly database", "read_only"),
        ("All connection attempts failed", "unreachable"),
        ("TimedOut", "timed_out"),
    ],
)
def test_what_libraries_say_is_known(said: str, found: str) -> None:
    assert cause(said) == (found, "")


@pytest.mark.parametrize("said", ["", "too large", "unexpected 'x'", "He was refused", "a Permission denied"])
def test_what_is_not_known_stays_as_it_is(said: str) -> None:
    assert cause(said) == ("", "")
    assert say("cli.os_error", "ko", detail=said).startswith(f"파일을 쓸 수 없습니다({said}).")


@given(st.text(max_size=60))
def test_any_text_is_told_or_kept(said: str) -> None:
    assert isinstance(say("cli.os_error", "zh", detail=said), str)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko", "저장소에 쓰지 못했습니다(/data: 남은 공간이 없음)."),
        ("en", "The store could not be written (/data: no space left)."),
        ("zh", "无法写入资料库（/data：磁盘空间不足）。"),
    ],
)
def test_an_error_of_the_store_says_it_in_the_readers_language(language: Language, words: str) -> None:
    text = say(
        "error.store_full", language, path="/data", detail=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    )
    assert text.startswith(words)


def test_somebodys_words_are_never_taken_for_a_machines() -> None:
    assert "Permission denied" in say("problem.no_source", "ko", line=3, detail="Permission denied")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_path_stands_before_its_cause(language: Language) -> None:
    said = say("cli.os_error", language, detail="/x/y: Permission denied")
    assert str(texts(language)["cause.no_permission"]) in said
    assert "/x/y" in said
    assert "denied" not in said
