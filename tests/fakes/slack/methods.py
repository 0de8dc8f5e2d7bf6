"""The Web API methods, over a World. Arguments have been read and checked by their names."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.fakes.slack import view_methods
from tests.fakes.slack.blocks import LIMITS, problems_of_message
from tests.fakes.slack.refusals import Refused, TooFast
from tests.fakes.slack.world import BOT, Channel, Message, World

Json = dict[str, Any]


def auth_test(world: World, args: Json) -> Json:
    enterprise = {"enterprise_id": world.enterprise} if world.enterprise else {}
    return {"url": "https://fake.slack.com/", "team": "fake", "team_id": world.team, "user_id": BOT,
            "user": "jianbao", "bot_id": "BBOT", "is_enterprise_install": False, **enterprise}  # fmt: skip


def post_message(world: World, args: Json) -> Json:
    channel = _postable(world, args["channel"])
    _check(args)
    if seconds := world.too_fast(channel.id):
        raise TooFast(seconds)
    thread = str(args.get("thread_ts", ""))
    _thread(world, channel, thread)
    message = world.add(
        Message(channel.id, world.stamp(), BOT, args.get("text", ""), args.get("blocks", []), thread,
                metadata=args.get("metadata"), arguments=args)
    )  # fmt: skip
    return {"channel": channel.id, "ts": message.ts, "message": {"type": "message", "ts": message.ts}}


def post_ephemeral(world: World, args: Json) -> Json:
    channel = _postable(world, args["channel"])
    _check(args)
    if args["user"] not in channel.members:
        raise Refused("user_not_in_channel")
    thread = str(args.get("thread_ts", ""))
    _thread(world, channel, thread)
    message = world.add(
        Message(channel.id, world.stamp(), BOT, args.get("text", ""), args.get("blocks", []), thread,
                to=args["user"], via="chat.postEphemeral", arguments=args)
    )  # fmt: skip
    return {"message_ts": message.ts}


def update(world: World, args: Json) -> Json:
    _postable(world, args["channel"])
    _check(args)
    message = world.message(args["channel"], str(args["ts"]))
    if message is None:
        raise Refused("message_not_found")
    if message.user != BOT:
        raise Refused("cant_update_message")
    edit(message, args)
    return {"channel": message.channel, "ts": message.ts, "text": message.text}


def edit(message: Message, args: Json) -> None:
    """Change what a message says; without blocks they stay only where no text is given."""
    message.text = args.get("text", message.text)
    message.blocks = args.get("blocks", [] if "text" in args else message.blocks)
    message.edits += 1


def delete(world: World, args: Json) -> Json:
    message = world.message(args["channel"], str(args["ts"]))
    if message is None:
        raise Refused("message_not_found")
    world.messages.remove(message)
    return {}


def info(world: World, args: Json) -> Json:
    channel = _visible(world, args["channel"])
    if channel.user:
        return {"channel": {"id": channel.id, "is_im": True, "user": channel.user}}
    return {
        "channel": {
            "id": channel.id,
            "name": channel.name,
            "is_channel": not channel.private,
            "is_im": False,
            "is_private": channel.private,
            "is_archived": channel.archived,
            "is_member": BOT in channel.members,
            "creator": channel.creator,
        }
    }


def join(world: World, args: Json) -> Json:
    channel = _visible(world, args["channel"])
    if channel.user or channel.private:
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    channel.members.add(BOT)
    return {"channel": {"id": channel.id}}


def members(world: World, args: Json) -> Json:
    return {"members": sorted(_visible(world, args["channel"]).members)}


def open_(world: World, args: Json) -> Json:
    user = world.users.get(str(args.get("users", "")))
    if user is None or user.bot:
        raise Refused("user_not_found")
    if user.deleted:
        raise Refused("user_disabled")
    return {"channel": {"id": world.direct(user.id).id}}


def history(world: World, args: Json) -> Json:
    channel = _visible(world, args["channel"])
    if BOT not in channel.members:
        raise Refused("not_in_channel")
    return _messages(world, args, [m for m in world.messages if m.channel == channel.id and not m.thread_ts])


def replies(world: World, args: Json) -> Json:
    channel, ts = _visible(world, args["channel"]), str(args["ts"])
    if world.message(channel.id, ts) is None:
        raise Refused("thread_not_found")
    found = [m for m in world.messages if m.channel == channel.id and ts in {m.ts, m.thread_ts}]
    return _messages(world, args, found, newest_first=False)


def users_info(world: World, args: Json) -> Json:
    user = world.users.get(args["user"])
    if user is None:
        raise Refused("user_not_found")
    return {"user": user.shown(locale=bool(args.get("include_locale")))}


def upload_url(world: World, args: Json) -> Json:
    file_id = f"F{world.number()}"
    if len(args.get("alt_txt", "")) > 1_000:
        raise Refused("invalid_arguments", "alt_txt is longer than 1,000 characters")
    world.files[file_id] = (args["filename"], b"")
    world.alt_texts[file_id] = args.get("alt_txt", "")
    return {"file_id": file_id, "upload_url": f"upload/{file_id}"}


def complete(world: World, args: Json) -> Json:
    for file in args["files"]:
        if file["id"] not in world.files or not world.files[file["id"]][1]:
            raise Refused("file_not_found")
        if "channel_id" in args:
            channel = _postable(world, args["channel_id"])
            name, data = world.files[file["id"]]
            thread = str(args.get("thread_ts", ""))
            _thread(world, channel, thread)
            told = {"data": data, "alt_txt": world.alt_texts[file["id"]]}
            world.add(Message(channel.id, world.stamp(), BOT, name, [], thread, via="files", arguments=told))
    return {"files": [{"id": file["id"], "title": file.get("title")} for file in args["files"]]}


METHODS: dict[str, Callable[[World, Json], Json]] = {
    "assistant.threads.setStatus": view_methods.status,
    "assistant.threads.setSuggestedPrompts": view_methods.prompts,
    "assistant.threads.setTitle": view_methods.title,
    "auth.test": auth_test,
    "chat.delete": delete,
    "chat.postEphemeral": post_ephemeral,
    "chat.postMessage": post_message,
    "chat.unfurl": view_methods.unfurl,
    "chat.update": update,
    "conversations.history": history,
    "conversations.info": info,
    "conversations.join": join,
    "conversations.members": members,
    "conversations.open": open_,
    "conversations.replies": replies,
    "files.completeUploadExternal": complete,
    "files.getUploadURLExternal": upload_url,
    "users.conversations": view_methods.conversations,
    "users.info": users_info,
    "views.open": view_methods.open_,
    "views.publish": view_methods.publish,
    "views.push": view_methods.push,
    "views.update": view_methods.update,
}


def _visible(world: World, name: str) -> Channel:
    """A conversation that the bot may know of: public ones, and where it is."""
    channel = world.channels.get(name)
    if channel is None or (channel.private and BOT not in channel.members):
        raise Refused("channel_not_found")
    return channel


def _postable(world: World, name: str) -> Channel:
    channel = _visible(world, name)
    if channel.archived:
        raise Refused("is_archived")
    if BOT not in channel.members:
        raise Refused("not_in_channel")
    if channel.user and world.users[channel.user].deleted:
        raise Refused("user_disabled")
    return channel


def _thread(world: World, channel: Channel, ts: str) -> None:
    if not ts:
        return
    parent = world.message(channel.id, ts)
    if parent is None:
        raise Refused("thread_not_found")
    if parent.thread_ts:
        raise Refused("cannot_reply_to_message")


def _check(args: Json) -> None:
    if problems := problems_of_message(args):
        codes = ("no_text", "msg_blocks_too_long", "invalid_blocks_format")
        raise Refused(next((c for c in codes if c in problems), "invalid_blocks"), "; ".join(problems))
    if len(args.get("text", "")) > LIMITS["message"]["text"]["max_length"]:
        raise Refused("msg_too_long")
    metadata = args.get("metadata")
    if metadata is not None:
        if set(metadata) != {"event_type", "event_payload"} or not isinstance(
            metadata["event_payload"], dict
        ):
            raise Refused("invalid_metadata_format")
        if len(json.dumps(metadata)) > LIMITS["message"]["metadata"]["max_length"]:
            raise Refused("metadata_too_large")


def _messages(world: World, args: Json, found: list[Message], *, newest_first: bool = True) -> Json:
    """A page: a channel's history begins with the newest, a thread with its parent."""
    since = float(args.get("oldest", 0))
    shown = [m for m in found if float(m.ts) > since and not m.to]
    shown.sort(key=lambda m: m.ts, reverse=newest_first)
    with_metadata = bool(args.get("include_all_metadata"))
    begin, limit = int(args.get("cursor") or 0), int(args.get("limit", 100))
    more = len(shown) > begin + limit
    return {
        "messages": [
            {"type": "message", "ts": m.ts, "user": m.user, "text": m.text,
             **({"metadata": m.metadata} if with_metadata and m.metadata else {})}
            for m in shown[begin : begin + limit]
        ],
        "has_more": more,
        "response_metadata": {"next_cursor": str(begin + limit) if more else ""},
    }  # fmt: skip
