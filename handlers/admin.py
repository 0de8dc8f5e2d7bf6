"""What those who run this bot can type: /import, /send, /status, /chats, /errors, /retry.

One name for each, so that the table of commands need not know which file holds which.
"""

from handlers.errors_cmd import errors, retry
from handlers.issue_import import import_
from handlers.operations import chats, status
from handlers.send_cmd import send

__all__ = ["chats", "errors", "import_", "retry", "send", "status"]
