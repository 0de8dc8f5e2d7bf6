"""The part of /settings about quiet hours."""

from __future__ import annotations

from dataclasses import replace

from handlers.chat_settings import keep, reply, settings_of
from handlers.cities import zone_label
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Button, Reply
from handlers.quiet import parse_quiet
from handlers.settings_panel import back, panel, quiet_text
from handlers.words import say
from store.bundle import Store

_OFFERED = ("22:00-08:00", "23:00-07:00", "00:00-09:00", "20:00-10:00")


def set_quiet(ask: Ask, store: Store, word: str) -> Reply:
    """Change the hours in which nothing makes a sound, or offer some."""
    spoken = reply_language(ask, store)
    before = settings_of(ask, store)
    if not word:
        off = Button(say("settings.quiet.off", spoken), "/settings quiet off")
        offered = [Button(hours.replace("-", "–"), f"/settings quiet {hours}") for hours in _OFFERED]
        return reply(
            spoken,
            first("settings.quiet.which", spoken, hours=quiet_text(before, spoken)),
            told("settings.quiet.means", spoken, zone=zone_label(before.schedule.zone, spoken)),
            small("settings.quiet.example", spoken),
            buttons=(*offered, off, back(spoken)),
            replace=ask.pressed,
        )
    after = replace(before, quiet=parse_quiet(word))
    if after != before:
        keep(ask, store, after, what="settings", detail=f"quiet {after.quiet or 'off'}")
    return panel(ask, store, told("settings.quiet.now", spoken, hours=quiet_text(after, spoken)))
