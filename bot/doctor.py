"""`jianbao doctor`: one line for everything that must be right, 1 when something is not."""

from __future__ import annotations

import platform
import shutil
import sys

from bot.app import App, open_app, platform_doors
from bot.settings import Settings
from handlers.article import extracts
from handlers.errors import Refusal
from handlers.leftovers import aside_lines
from handlers.words import say
from store.errors import StoreLocked
from store.installation import InstallState

_LOW_MB = 200


async def doctor(settings: Settings) -> int:
    """Looks, and changes nothing but what opening the store mends."""
    language = settings.language
    lines: list[str] = [say("doctor.python", language, version=platform.python_version())]
    wrong: list[str] = []
    app = _open(settings, lines)
    try:
        _look_at_store(app, lines, wrong)
        _look_at_disk(settings, lines, wrong)
        await _look_at_doors(app, lines, wrong)
    finally:
        await app.close()
    for text in lines:
        print(f"✓ {text}")
    for text in wrong:
        print(f"✗ {text}", file=sys.stderr)
    print(say("doctor.wrong", language, count=len(wrong)) if wrong else say("doctor.ok", language))
    return 1 if wrong else 0


def _open(settings: Settings, lines: list[str]) -> App:
    lines.append(say("doctor.folder", settings.language, path=settings.data.absolute()))
    try:
        return open_app(settings)
    except StoreLocked:
        lines.append(say("doctor.in_use", settings.language))
        return open_app(settings, read_only=True)


def _look_at_store(app: App, lines: list[str], wrong: list[str]) -> None:
    library, language = app.store.library, app.settings.language
    lines.append(
        say("doctor.store", language, stories=library.story_count(), editions=library.edition_count())
    )
    lines.append(say("doctor.catalogue", language, count=len(app.store.catalogue.companies)))
    lines.append(say("doctor.extract" if extracts() else "doctor.no_extract", language))
    wrong.extend(library.notices())
    wrong.extend(app.store.ledger.check())
    wrong.extend(aside_lines(app.store, language))
    if app.store.ledger.holds():
        wrong.append(say("errors.held_console", language))


def _look_at_disk(settings: Settings, lines: list[str], wrong: list[str]) -> None:
    free = shutil.disk_usage(settings.data).free // 1_000_000
    if free < _LOW_MB:
        wrong.append(say("doctor.disk_low", settings.language, megabytes=free))
    else:
        lines.append(say("doctor.disk", settings.language, megabytes=free))


async def _look_at_doors(app: App, lines: list[str], wrong: list[str]) -> None:
    language = app.settings.language
    doors = platform_doors(app)
    if not doors:
        lines.append(say("doctor.no_door", language))
    for each in app.store.ledger.installations("slack") if app.settings.slack_client_id else ():
        if each.reason and each.state is not InstallState.REMOVED:
            why = say(each.reason, language)
            wrong.append(say("doctor.workspace", language, tenant=each.tenant, reason=why))
    for door in doors:
        try:
            await door.open()
        except Refusal as error:
            wrong.append(say(error.key, language, **error.words))
            continue
        lines.append(say("doctor.door", language, door=door.platform, detail=door.tenant))
        await door.stop()
