"""Work: one command of the command line, as data.

The process that holds the store does it: this one, or the running bot when it holds the lock
(bot/control.py carries a Work there and its Result back as JSON).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from io import StringIO
from typing import Any


@dataclass(frozen=True, slots=True)
class Document:
    """A file or page that was read before the store was opened. `error` = it could not be."""

    name: str
    data: bytes = b""
    content_type: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """`command` names the verb, `options` its plain-JSON arguments."""

    command: str
    options: dict[str, Any]
    documents: tuple[Document, ...] = ()

    def as_json(self) -> dict[str, Any]:
        documents = [
            {
                "name": d.name,
                "data": base64.b64encode(d.data).decode("ascii"),
                "content_type": d.content_type,
                "error": d.error,
            }
            for d in self.documents
        ]
        return {"command": self.command, "options": self.options, "documents": documents}

    @staticmethod
    def from_json(body: Any) -> Work:
        """ValueError (or KeyError, TypeError) when the shape is not ours."""
        documents = tuple(
            Document(
                str(d["name"]),
                base64.b64decode(d["data"], validate=True),
                str(d["content_type"]),
                str(d["error"]),
            )
            for d in body["documents"]
        )
        return Work(str(body["command"]), dict(body["options"]), documents)


@dataclass(frozen=True, slots=True)
class Result:
    """What a Work said: `out` for standard output, `err` for standard error, and the exit code."""

    code: int
    out: str = ""
    err: str = ""


@dataclass(frozen=True, slots=True)
class Streams:
    """What a command says while it works."""

    out: StringIO = field(default_factory=StringIO)
    err: StringIO = field(default_factory=StringIO)
