"""Views, unfurling and the agent's threads: the Web API methods of Slack's own surfaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.fakes.slack.blocks import problems_of_message, problems_of_view
from tests.fakes.slack.refusals import Refused
from tests.fakes.slack.world import BOT, View, World

Json = dict[str, Any]

_DEEPEST = 3  # modals on one stack


def publish(world: World, args: Json) -> Json:
    _check(args["view"], "home")
    if args["user_id"] not in world.users:
        raise Refused("user_not_found")
    world.views[args["user_id"]] = args["view"]
    return {"view": {"id": f"V{world.number()}", **args["view"]}}


def open_(world: World, args: Json) -> Json:
    _check(args["view"], "modal")
    user = _triggered(world, args["trigger_id"])
    return _shown(world, View(f"V{world.number()}", user, args["view"]))


def push(world: World, args: Json) -> Json:
    _check(args["view"], "modal")
    user = _triggered(world, args["trigger_id"])
    if sum(view.user == user for view in world.modals) >= _DEEPEST:
        raise Refused("push_limit_reached")
    return _shown(world, View(f"V{world.number()}", user, args["view"]))


def update(world: World, args: Json) -> Json:
    _check(args["view"], "modal")
    shown = next((view for view in world.modals if view.id == args.get("view_id")), None)
    if shown is None:
        raise Refused("not_found")
    shown.body = args["view"]
    return {"view": {"id": shown.id}}


def unfurl(world: World, args: Json) -> Json:
    by_message = bool(args.get("channel") and args.get("ts"))
    by_id = bool(args.get("source") and args.get("unfurl_id"))
    if by_message == by_id:
        raise Refused("invalid_arguments", "channel and ts, or source and unfurl_id")
    offered = world.links.get(args.get("unfurl_id") or args.get("ts") or "")
    if offered is None:
        raise Refused("cannot_find_message")
    for url, shown in args["unfurls"].items():
        if url not in offered:
            raise Refused("cannot_unfurl_url", url)
        if set(shown) - {"blocks", "preview"}:
            raise Refused("invalid_unfurls_format", str(sorted(shown)))
        if found := problems_of_message(shown):
            raise Refused("invalid_blocks", "; ".join(found))
    world.unfurls.append(args["unfurls"])
    return {}


def conversations(world: World, args: Json) -> Json:
    kinds = set(args.get("types", "public_channel").split(","))
    if not kinds <= {"public_channel", "private_channel", "mpim", "im"}:
        raise Refused("invalid_types")
    found = [
        channel
        for channel in world.channels.values()
        if not channel.user
        and args.get("user", BOT) in channel.members
        and (BOT in channel.members or not channel.private)
        and ("private_channel" if channel.private else "public_channel") in kinds
        and not (channel.archived and args.get("exclude_archived"))
    ]
    begin, limit = int(args.get("cursor") or 0), int(args.get("limit", 100))
    more = str(begin + limit) if len(found) > begin + limit else ""
    shown = [{"id": channel.id, "name": channel.name} for channel in found[begin : begin + limit]]
    return {"channels": shown, "response_metadata": {"next_cursor": more}}


def status(world: World, args: Json) -> Json:
    _thread(world, args)
    world.statuses.append((args["channel_id"], args["thread_ts"], args.get("status", "")))
    return {}


def title(world: World, args: Json) -> Json:
    _thread(world, args)
    world.titles[args["channel_id"], args["thread_ts"]] = args["title"]
    return {}


def prompts(world: World, args: Json) -> Json:
    channel = world.channels.get(args["channel_id"])
    if channel is None or not channel.user:
        raise Refused("channel_not_found")
    given = args["prompts"]
    sound = all(set(one) == {"title", "message"} and all(one.values()) for one in given)
    if not 0 < len(given) <= 4 or not sound:
        raise Refused("invalid_arguments", "prompts")
    world.prompts[args["channel_id"]] = given
    return {}


def _thread(world: World, args: Json) -> None:
    channel = world.channels.get(args["channel_id"])
    if channel is None or not channel.user:
        raise Refused("channel_not_found", "only in a direct conversation")
    if world.message(channel.id, args["thread_ts"]) is None:
        raise Refused("thread_not_found")


def _check(view: Json, kind: str) -> None:
    found = problems_of_view(view)
    if view.get("type") != kind:
        found.append(f"view.type is not {kind}")
    if found:
        raise Refused("invalid_arguments", "; ".join(found))


def _triggered(world: World, name: str) -> str:
    """Whose trigger this is; good once, and for three seconds."""
    trigger = world.triggers.get(name)
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    trigger.used = True
    if world.clock() - trigger.made > timedelta(seconds=3):
        raise Refused("expired_trigger_id")
    return trigger.user


def _shown(world: World, view: View) -> Json:
    world.modals.append(view)
    return {"view": {"id": view.id}}
