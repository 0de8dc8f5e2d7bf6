"""A platform in a process of its own: it finishes what it received, and counts what it accepted.

One line in, "CHAT<tab>PART\\n"; one line out, the message's id. What has arrived whole is accepted,
whether or not anybody is left to hear of it. "?<n>" asks for the counts, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

Accepted = Counter[tuple[str, str]]


@dataclass
class Platform:
    """The parent's side: the server's process and its socket."""

    path: Path
    pid: int

    def accepted(self) -> Accepted:
        """Copies by (chat, part)."""
        counts: dict[str, int] = json.loads(self._asked("?counts"))
        return Counter({(key.partition("\t")[0], key.partition("\t")[2]): n for key, n in counts.items()})

    def total(self) -> int:
        """How many messages were accepted so far, copies included."""
        return int(self._asked("?total"))

    def _asked(self, question: str) -> str:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(self.path))
            link.sendall(f"{question}\n".encode())
            with link.makefile("r", encoding="utf-8") as answer:
                return answer.readline()

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.path.unlink(missing_ok=True)


def start(path: Path, *, seed: int, slowest: float = 0.003) -> Platform:
    """Fork the server; it answers within `slowest` seconds. Returns when it listens."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(128)
    pid = os.fork()
    if pid == 0:
        try:
            asyncio.run(_serve(listener, Random(seed), slowest))
        finally:
            os._exit(1)
    listener.close()
    return Platform(path, pid)


async def _serve(listener: socket.socket, random: Random, slowest: float) -> None:
    accepted: Counter[str] = Counter()
    total = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal total
        try:
            while (line := await reader.readline()).endswith(b"\n"):
                text = line.decode().rstrip("\n")
                if text == "?counts":
                    answer = json.dumps(accepted)
                elif text == "?total":
                    answer = str(total)
                else:
                    accepted[text] += 1
                    total += 1
                    answer = f"m{total}"
                    if slowest:
                        await asyncio.sleep(random.random() * slowest)
                writer.write(f"{answer}\n".encode())
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(talk, sock=listener, limit=1 << 24)
    await server.serve_forever()
