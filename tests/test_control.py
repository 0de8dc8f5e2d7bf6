"""A command that must write hands its work to the process that writes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.control import ControlServer, hand_over
from bot.work import Document, Result, Work


async def test_a_work_and_its_result_cross_the_socket_whole(tmp_path: Path) -> None:
    seen: list[Work] = []

    async def perform(work: Work) -> Result:
        seen.append(work)
        return Result(1, "나왔다\n", "잘못\n")

    work = Work("import", {"dry_run": True}, (Document("a.txt", b"\x00\xff\n", "text/plain"),))
    server = ControlServer(tmp_path, perform)
    await server.start()
    try:
        result = await asyncio.to_thread(hand_over, tmp_path, work)
        mode = (tmp_path / "control.sock").stat().st_mode & 0o777
    finally:
        await server.stop()

    assert seen == [work]
    assert result == Result(1, "나왔다\n", "잘못\n")
    assert mode == 0o600


async def test_an_exception_and_junk_are_answered_and_the_next_command_works(tmp_path: Path) -> None:
    async def perform(work: Work) -> Result:
        if work.command == "bad":
            raise RuntimeError("token 12345:secret")
        return Result(0, "ok")

    server = ControlServer(tmp_path, perform)
    await server.start()
    try:
        failed = await asyncio.to_thread(hand_over, tmp_path, Work("bad", {}))
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control.sock"))
        writer.write(b"{not json\n")
        junk = await reader.readline()
        writer.close()
        await writer.wait_closed()
        good = await asyncio.to_thread(hand_over, tmp_path, Work("good", {}))
    finally:
        await server.stop()

    assert failed is not None
    assert failed.code == 1
    assert "secret" not in failed.err
    assert b'"code":2' in junk
    assert good == Result(0, "ok")


def test_nobody_listening_is_none_and_not_an_error(tmp_path: Path) -> None:
    assert hand_over(tmp_path, Work("ask", {})) is None
    (tmp_path / "control.sock").write_bytes(b"")
    assert hand_over(tmp_path, Work("ask", {})) is None
