"""Causes: what an operating system, a database or a network library says in English, as one of a few
causes that people know.
"""

from __future__ import annotations

import errno
import os
import re

_CODES = {
    "no_space": (errno.ENOSPC, errno.EDQUOT),
    "no_permission": (errno.EACCES, errno.EPERM),
    "not_found": (errno.ENOENT,),
    "is_folder": (errno.EISDIR,),
    "no_folder": (errno.ENOTDIR,),
    "exists": (errno.EEXIST,),
    "name_too_long": (errno.ENAMETOOLONG,),
    "read_only": (errno.EROFS,),
    "too_many_files": (errno.EMFILE, errno.ENFILE),
    "disk_fault": (errno.EIO,),
    "timed_out": (errno.ETIMEDOUT,),
    "refused": (errno.ECONNREFUSED,),
    "cut_off": (errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE),
    "unreachable": (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN),
    "port_taken": (errno.EADDRINUSE,),
}

_SENTENCES = {
    "no space": "no_space",
    "database or disk is full": "no_space",
    "unable to open database file": "not_found",
    "attempt to write a readonly database": "read_only",
    "disk I/O error": "disk_fault",
    "timed out": "timed_out",
    "Name or service not known": "no_host",
    "No address associated with hostname": "no_host",
    "nodename nor servname provided, or not known": "no_host",
    "Temporary failure in name resolution": "no_host",
    "Server disconnected without sending a response.": "cut_off",
    "Server disconnected": "cut_off",
    "All connection attempts failed": "unreachable",
    "TimeoutError": "timed_out",
    "ConnectTimeout": "timed_out",
    "ReadTimeout": "timed_out",
    "TimedOut": "timed_out",
    "ConnectionTimeoutError": "timed_out",
    "ServerTimeoutError": "timed_out",
    "ConnectionRefusedError": "refused",
    "ConnectionResetError": "cut_off",
    "ServerDisconnectedError": "cut_off",
    "ClientConnectorDNSError": "no_host",
    "ClientConnectorError": "unreachable",
    "ClientConnectionError": "unreachable",
    "NetworkError": "unreachable",
}

_CAUSES = {
    sentence.casefold(): cause
    for sentence, cause in (
        *((os.strerror(code), cause) for cause, codes in _CODES.items() for code in codes),
        *_SENTENCES.items(),
    )
}

_SAID = re.compile(r"(?P<named>[^\n]*: )?(?:\[Errno -?\d+\] )?(?P<said>[^:']+?)(?:: '(?P<file>[^']*)')?")


def cause(text: str) -> tuple[str, str]:
    """The cause that `text` tells in full ("" where it is none of ours), and the path it names ("").

    "[Errno 13] Permission denied: '/data'" and "/data: Permission denied" are ("no_permission", "/data").
    """
    match = _SAID.fullmatch(text.strip())
    if match is None:
        return "", ""
    found = _CAUSES.get(match["said"].casefold(), "")
    return found, (match["file"] or (match["named"] or "").removesuffix(": ")) if found else ""
