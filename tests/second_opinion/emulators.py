"""Other people's Slack and Telegram, started in build/, where they are to be had."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from tests.fakes.slack import CLIENT_ID, CLIENT_SECRET

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build/second-opinion"
EMULATE = "emulate@0.11.2"  # later versions of the name are another program's
KEY = "second-opinion"
_PATIENCE = 30.0


class NotHereError(Exception):
    """An emulator cannot be had on this machine; the text says why."""


def made(command: Sequence[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no words"]
        raise NotHereError(f"{what} cannot be installed: {last[0][:160]}")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@asynccontextmanager
async def running(*command: str, look: str, folder: Path, **environ: str) -> AsyncIterator[None]:
    """A process until it is no longer wanted; entered once `look` answers."""
    with (folder / f"{Path(command[0]).name}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env={**os.environ, **environ}, stdout=log, stderr=log
        )
        try:
            await _answers(look, process)
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _answers(look: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(_PATIENCE), aiohttp.ClientSession() as session:
        while True:
            if process.returncode is not None:
                raise NotHereError(f"it ended with {process.returncode} before it answered")
            try:
                async with session.get(look):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def emulate(redirect_url: str) -> AsyncIterator[str]:
    """The Slack of npm's emulate; its address."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise NotHereError("there is no npm here")
    BUILD.mkdir(parents=True, exist_ok=True)
    program = BUILD / "node_modules/emulate"
    if not program.exists():
        quiet = ("--no-audit", "--no-fund", "--ignore-scripts")
        made((npm, "install", "--prefix", str(BUILD), *quiet, EMULATE), EMULATE)
    version = json.loads((program / "package.json").read_text("utf-8"))
    if f"emulate@{version['version']}" != EMULATE:
        raise NotHereError(f"emulate is {version['version']} here")
    seed = BUILD / "emulate.json"
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "name": "Jianbao",
           "redirect_uris": [redirect_url]}  # fmt: skip
    users = [{"name": "ada", "real_name": "Ada", "email": "ada@company.example"}]
    slack = {"users": users, "channels": [{"name": "general"}], "oauth_apps": [app]}
    seed.write_text(json.dumps({"slack": slack}), "utf-8")
    [script] = version["bin"].values()
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    preload, arguments = str(HERE / "loopback.cjs"), ("-s", "slack", "-p", str(port), "--seed", str(seed))
    async with running(
        node, "--require", preload, str(program / script), "start", *arguments, look=base, folder=BUILD
    ):
        yield base


@asynccontextmanager
async def telemelya() -> AsyncIterator[str]:
    """The Telegram of telemelya, with a Redis and an S3 in memory; its address."""
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    python = BUILD / "venv/bin/python"
    wanted = (HERE / "requirements.txt").read_text("utf-8")
    mark = BUILD / "venv/made"
    if not mark.exists() or mark.read_text("utf-8") != wanted:
        made((uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(python.parents[1])), "a venv")
        hashed = ("--require-hashes", "-r", str(HERE / "requirements.txt"))
        made((uv, "pip", "install", "--quiet", "--python", str(python), *hashed), "telemelya")
        mark.write_text(wanted, "utf-8")
    redis, s3, port = free_port(), free_port(), free_port()
    base = f"http://127.0.0.1:{port}"
    bin_ = python.parent
    serve = (
        f"from fakeredis import *; TcpFakeServer(('127.0.0.1', {redis}), server_type='redis').serve_forever()"
    )
    async with AsyncExitStack() as stack:
        store = await asyncio.create_subprocess_exec(str(python), "-c", serve)
        stack.push_async_callback(store.wait)
        stack.callback(store.terminate)
        await stack.enter_async_context(
            running(str(bin_ / "moto_server"), "-H", "127.0.0.1", "-p", str(s3),
                    look=f"http://127.0.0.1:{s3}", folder=BUILD)
        )  # fmt: skip
        await stack.enter_async_context(
            running(
                str(bin_ / "telemelya-server"), look=base, folder=BUILD,
                AUTH_KEYS=KEY, MOCK_SERVER_HOST="127.0.0.1", MOCK_SERVER_PORT=str(port), MOCK_SERVER_URL=base,
                REDIS_URL=f"redis://127.0.0.1:{redis}/0", MINIO_ENDPOINT=f"127.0.0.1:{s3}",
                AWS_DEFAULT_REGION="us-east-1",
            )
        )  # fmt: skip
        yield base
