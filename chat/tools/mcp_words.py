"""What went wrong with an MCP server, in one sentence. Nothing the server said is part of it, but for what its protocol
gives as the message of an error, which the model needs to do better."""

from collections.abc import Iterator

import httpx2
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, INVALID_PARAMS, METHOD_NOT_FOUND, PARSE_ERROR
from pydantic import ValidationError

from .mcp import ServerTrouble
from .mcp_guard import Guard

SAID_MAX_CHARS = 400


def in_words(name: str, error: BaseException, guard: Guard) -> ServerTrouble:
    """The SDK's tasks fail in groups; of the causes the first that tells something is taken."""
    if guard.trouble:
        return guard.trouble
    causes = list(_leaves(error))
    for cause in causes:
        if sentence := _sentence(name, cause, guard):
            return ServerTrouble(sentence, _detail(cause))
    return ServerTrouble(f"{name} cannot be talked to.", _detail(causes[0]))


def _sentence(name: str, cause: BaseException, guard: Guard) -> str:
    match cause:
        case ServerTrouble():
            return str(cause)
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            return f"{name} cannot be reached. It may not be running, or its address may be wrong."
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            return f"The address of {name} is none."
        case httpx2.HTTPError() | TimeoutError():
            return _broke_off(name)
        case ValidationError():
            return f"{name} answered with something that the protocol does not know."
        case MCPError():
            return _refusal(name, cause, guard)
    return ""


def _refusal(name: str, error: MCPError, guard: Guard) -> str:
    if error.code == CONNECTION_CLOSED:
        return _broke_off(name)
    if error.code == PARSE_ERROR:
        return f"{name} answered with something that is no JSON."
    if guard.status == 404:
        return f"There is no MCP server at the address of {name}."
    if guard.status >= 500:
        return f"{name} has a problem of its own (HTTP {guard.status})."
    if guard.status >= 400 and error.code not in (METHOD_NOT_FOUND, INVALID_PARAMS):
        return f"{name} does not accept the request (HTTP {guard.status})."
    said = " ".join(error.message.split())[:SAID_MAX_CHARS]
    return f"{name} refuses: {said}" if said else f"{name} refuses."


def _broke_off(name: str) -> str:
    return f"The connection to {name} broke off. Whether it has done what it was asked is not known."


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def _detail(cause: BaseException) -> str:
    if isinstance(cause, ValidationError):
        first = cause.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"{type(cause).__name__}: {cause}"
