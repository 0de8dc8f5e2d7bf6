"""The control socket: a command that must write hands its work to the process that writes.

A Unix socket in the data folder (0600, so only the same user), one JSON object a line each way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson

from bot.work import Result, Work

log = logging.getLogger(__name__)

_NAME = "control.sock"
_LIMIT = 96 * 1024 * 1024  # a few documents of 5 MB in base64
_ADDRESS_LIMIT = 100  # bytes of a Unix socket's path, 108 on Linux and 104 on macOS

Perform = Callable[[Work], Awaitable[Result]]


class ControlServer:
    """Listens while the bot runs."""

    def __init__(self, folder: Path, perform: Perform) -> None:
        self._path = folder / _NAME
        self._perform = perform
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Bind, replacing what a killed process left: the caller holds the store's lock."""
        if len(bytes(self._path)) > _ADDRESS_LIMIT:
            log.warning("the data folder's path is too long for a control socket: %s", self._path)
            return
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=_LIMIT)
        self._path.chmod(0o600)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            result = await self._answer(await self._line(reader))
            writer.write(orjson.dumps(result) + b"\n")
            await writer.drain()
        writer.close()

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readline()
        except ValueError:  # longer than the limit
            return b""

    async def _answer(self, line: bytes) -> Result:
        try:
            work = Work.from_json(orjson.loads(line))
        except (ValueError, KeyError, TypeError):
            return Result(2, err="the running bot did not understand this command\n")
        try:
            return await self._perform(work)
        except Exception as error:
            log.exception("command %s failed", work.command)
            return Result(1, err=f"the running bot failed on this command: {type(error).__name__}\n")


def hand_over(folder: Path, work: Work, *, seconds: float = 300.0) -> Result | None:
    """Let the running bot do it; None when nobody listens (it is starting, or another program
    holds the folder). Once the work has left, a lost answer is said, not tried again.
    """
    path = folder / _NAME
    if not path.exists() or len(bytes(path)) > _ADDRESS_LIMIT:
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        try:
            connection.connect(str(path))
        except OSError:
            return None
        try:
            connection.sendall(orjson.dumps(work.as_json()) + b"\n")
            with connection.makefile("rb") as answer:
                body = orjson.loads(answer.readline())
        except (OSError, ValueError) as error:
            return Result(1, err=f"the running bot did not answer ({type(error).__name__}); see its log\n")
    return Result(int(body["code"]), str(body["out"]), str(body["err"]))
