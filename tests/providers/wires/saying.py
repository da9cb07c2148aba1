"""What the answers of all formats say."""

import json

from tests.providers.recorded import Said

MADE = "made here"


def told(*calls, finish="tool_calls", **more):
    return Said(calls=calls, finish=finish, **more)


def echoed(*items):
    return tuple(json.dumps(item, sort_keys=True) for item in items)
