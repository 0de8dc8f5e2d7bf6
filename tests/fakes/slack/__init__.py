"""A strict fake of Slack: Web API, Socket Mode, signed HTTP, response_url."""

from tests.fakes.slack.grants import CLIENT_ID, CLIENT_SECRET, LIVES, Grant
from tests.fakes.slack.people import Acked, People
from tests.fakes.slack.server import APP_TOKEN, BOT_TOKEN, SECRET, FakeSlack, Fault
from tests.fakes.slack.world import BOT, Channel, Message, User, View

__all__ = [
    "APP_TOKEN",
    "BOT",
    "BOT_TOKEN",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "LIVES",
    "SECRET",
    "Acked",
    "Channel",
    "FakeSlack",
    "Fault",
    "Grant",
    "Message",
    "People",
    "User",
    "View",
]
