"""The command line: words in, exit code out (0 done, 1 failed, 2 wrong usage).

Standard output carries the answer alone; everything else goes to standard error. A command that
needs the store hands its work to the running bot when that holds the folder's lock.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.settings import Settings, SettingsError, from_environment
from bot.work import Document, Result, Work
from handlers.errors import Refusal
from handlers.words import say
from store.errors import StoreError, StoreLocked
from store.model import LANGUAGES


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never a traceback for what a person did."""
    _speak_utf8()
    options = _parser().parse_args(arguments)
    if options.command == "keys" and options.verb == "make":
        return _make_key()  # before the settings are read: they may ask for the key
    try:
        settings = from_environment()
    except SettingsError as error:
        print(f"jianbao: {error}", file=sys.stderr)
        return 2
    from bot.log import set_up

    set_up(settings.log, settings.secrets)
    try:
        return _dispatch(options, settings)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Refusal as error:
        return _fail(say(error.key, settings.language, **error.words))
    except StoreError as error:
        return _fail(say(error.key, settings.language, **error.args_for_words))
    except OSError as error:
        return _fail(say("cli.os_error", settings.language, detail=_os_words(error)))


def _speak_utf8() -> None:
    """Whatever the locale: a pipe into a program must not change what we print."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def _os_words(error: OSError) -> str:
    named = f"{error.filename}: " if error.filename else ""
    return f"{named}{error.strerror or type(error).__name__}"


def _fail(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jianbao",
        description="A weekly digest of Chinese tech news for Telegram and Slack, with a store you can ask.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="open every configured door, the clock and the web")
    run.add_argument("--no-console", action="store_true", help="do not read standard input")

    ask = commands.add_parser("ask", help="answer one command, as a chat would get it")
    ask.add_argument("text", help='such as "/company meituan"')
    ask.add_argument("--language", choices=LANGUAGES, help="instead of the chat's own")
    ask.add_argument("--as", dest="platform", choices=("console", "telegram", "slack"), default="console")
    ask.add_argument("--json", action="store_true", help="the neutral reply")
    _add_chat(ask)

    bring = commands.add_parser("import", help="read newsletter issues into the store")
    bring.add_argument("sources", nargs="+", metavar="FILE|URL")
    bring.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
    publish = bring.add_mutually_exclusive_group()
    publish.add_argument("--publish", action="store_true", help="publish it even if it is a back issue")
    publish.add_argument("--no-publish", action="store_true", help="keep it as a back issue")

    read = commands.add_parser("read", help="read documents and store nothing")
    read.add_argument("files", nargs="+", metavar="FILE")
    shape = read.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one JSON object a line")
    shape.add_argument("--explain", action="store_true", help="every name and figure looked at, and why")

    resolve = commands.add_parser("resolve", help="company names on standard input, one a line")
    resolve.add_argument("--json", action="store_true", help="one JSON object a line")

    push = commands.add_parser("push", help="deliver what is due at a time, then exit")
    push.add_argument("--at", metavar="ISO-TIME", help="such as 2026-11-23T09:00+09:00; default now")
    push.add_argument("--dry-run", action="store_true")
    push.add_argument("--json", action="store_true")

    commands.add_parser("doctor", help="check settings, store and doors")
    export = commands.add_parser("export", help="every edition with its stories, as JSON")
    export.add_argument("--output", metavar="FILE", help="default: standard output")
    back = commands.add_parser("backup", help="both memories of one moment as one archive")
    back.add_argument("archive", metavar="FILE.tar.gz")
    restore = commands.add_parser("restore", help="unpack a backup into an empty data folder")
    restore.add_argument("archive", metavar="FILE.tar.gz")

    chats = commands.add_parser("chats", help="the chats and their settings")
    chats.add_argument("verb", nargs="?", choices=("list", "import", "export"), default="list")
    chats.add_argument("file", nargs="?", metavar="FILE.jsonl")

    names = commands.add_parser("names", help="what companies are called here, as a table")
    names.add_argument("verb", choices=("import", "export", "reread"))
    names.add_argument("file", nargs="?", metavar="FILE.tsv")
    names.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")

    keys = commands.add_parser("keys", help="make a key for JIANBAO_KEYS, or seal all tokens again")
    keys.add_argument("verb", choices=("make", "rotate"))

    _add_feeds(commands)
    manifest = commands.add_parser("manifest", help="the Slack app's manifest, made from the commands")
    manifest.add_argument("--name", default="Jianbao")
    manifest.add_argument("--request-url", default="", help="for signed HTTP instead of Socket Mode")
    manifest.add_argument("--redirect-url", default="", help="for many workspaces: SLACK_REDIRECT_URL")
    manifest.add_argument("--public-url", default="", help="where our pages are, to unfurl links to them")
    return parser


def _add_feeds(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    feed = commands.add_parser("feed", help="look at one feed and store nothing")
    feed.add_argument("verb", choices=("test",))
    feed.add_argument("source", metavar="FILE|URL", help='or "defaults": every source that comes along')
    feed.add_argument("--json", action="store_true", help="one JSON object")

    feeds = commands.add_parser("feeds", help="the feeds that are read by themselves")
    feeds.add_argument("verb", nargs="?", choices=("list", "import", "export"), default="list")
    feeds.add_argument("file", nargs="?", metavar="FILE.opml", help='or "defaults"')


def _add_chat(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--chat", metavar="PLATFORM:TENANT:ID[:THREAD]", help="default: the console's chat")
    parser.add_argument("--user", default="console", help="who asks; the console's user is an admin")


def _dispatch(options: argparse.Namespace, settings: Settings) -> int:
    match options.command:
        case "run":
            from bot.run import run

            return asyncio.run(run(settings, console=not options.no_console))
        case "read":
            from bot.reading_cli import read_files

            return read_files(
                options.files, as_json=options.json, language=settings.language, explain=options.explain
            )
        case "resolve":
            from bot.reading_cli import resolve_lines

            return resolve_lines(sys.stdin, as_json=options.json, language=settings.language)
        case "feed":
            from bot.feeds_cli import feed_test

            return feed_test(options.source, settings, as_json=options.json)
        case "manifest":
            return _manifest(options)
        case "restore":
            return _restore(Path(options.archive), settings)
        case "doctor":
            from bot.doctor import doctor

            return asyncio.run(doctor(settings))
        case _:
            return _work(options, settings)


def _make_key() -> int:
    from store.seal import make_key

    print(make_key())
    return 0


def _manifest(options: argparse.Namespace) -> int:
    import json

    from bot.slack_manifest import manifest

    body = manifest(
        options.name,
        socket_mode=not options.request_url,
        request_url=options.request_url,
        redirect_url=options.redirect_url,
        public_url=options.public_url,
    )
    print(json.dumps(body, ensure_ascii=False, indent=2))
    return 0


def _restore(archive: Path, settings: Settings) -> int:
    from store.backup import restore

    try:
        count = restore(archive, settings.data)
    except FileExistsError:
        return _fail(say("cli.restore_in_use", settings.language, path=settings.data))
    print(say("cli.restored", settings.language, count=count, path=settings.data))
    print(say("errors.restored_console", settings.language), file=sys.stderr)
    return 0


_OURS = ("command", "sources", "file")


def _plain(name: str, value: object) -> object:
    """Paths are made whole: the running bot works in another folder."""
    return str(Path(str(value)).absolute()) if name in ("archive", "output") and value else value


def _work(options: argparse.Namespace, settings: Settings) -> int:
    work = Work(
        options.command,
        {name: _plain(name, value) for name, value in vars(options).items() if name not in _OURS},
        _documents(options, settings),
    )
    if options.command == "keys":
        from bot.keys_cli import first_key

        work = replace(work, options=work.options | {"print": first_key(settings)})
    result = _do(work, settings)
    sys.stdout.write(result.out)
    sys.stdout.flush()
    sys.stderr.write(result.err)
    return result.code


def _documents(options: argparse.Namespace, settings: Settings) -> tuple[Document, ...]:
    """Files are read here, in the caller's folder; addresses are fetched here too."""
    if options.command == "import":
        from bot.reading_cli import load

        return load(options.sources, settings)
    if options.command == "chats" and options.verb == "import":
        if not options.file:
            raise Refusal("cli.chats_file")
        return (Document(options.file, Path(options.file).read_bytes()),)
    if options.command == "names" and options.verb == "import":
        if not options.file:
            raise Refusal("names.file")
        return (Document(options.file, Path(options.file).read_bytes()),)
    if options.command == "feeds" and options.verb == "import" and options.file != "defaults":
        if not options.file:
            raise Refusal("feed.file")
        return (Document(options.file, Path(options.file).read_bytes()),)
    return ()


def _do(work: Work, settings: Settings) -> Result:
    """Here, when the folder is free; else by the running bot; else, for a look-up, read-only."""
    from bot.perform import perform_alone

    try:
        return asyncio.run(perform_alone(work, settings))
    except StoreLocked:
        from bot.control import hand_over

        result = hand_over(settings.data, work)
        if result is not None:
            return result
        if _only_reads(work):
            return asyncio.run(perform_alone(work, settings, read_only=True))
        raise


def _only_reads(work: Work) -> bool:
    """Whether it can be done beside another process that writes."""
    if work.command == "push":
        return bool(work.options.get("dry_run"))
    looks = work.command in ("ask", "export", "chats", "names", "feeds")
    return looks and work.options.get("verb") not in ("import", "reread")
