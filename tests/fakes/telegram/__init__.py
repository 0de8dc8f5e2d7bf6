"""A strict Bot API server on loopback: rejects what Telegram rejects, fails when told to."""

from tests.fakes.telegram.server import TOKEN, FakeTelegram
from tests.fakes.telegram.world import Message, Person, Room

__all__ = ["TOKEN", "FakeTelegram", "Message", "Person", "Room"]
