"""The tools of one turn, and the way of each call: allowed, written down, carried out, answered."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import orjson
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from chat.models import Tool, ToolConsent, ToolUse, Turn
from chat.models.tools import Lost
from chat.providers.base import ToolCall, ToolResult, ToolSpec
from chat.providers.text import clean
from chat.tools import ToolContext, ToolOutput

from .carrying_out import carry_out
from .database import in_database

log = logging.getLogger(__name__)
MOST_AT_ONCE = 32
# A tool may tell of its progress as often as it likes, and is heard this often.
PROGRESS_SECONDS = 0.25
PROGRESS_CHARS = 200
Status = ToolUse.Status

DENIED = "The person did not allow this call. Go on without it, or ask them what they would rather have."
UNANSWERED = "Nobody answered in time whether this call is allowed, so it was not made."
STOPPED = "The person stopped this."
UNRECORDED = "This call could not be recorded here. It is not certain whether it was made."
UNKNOWN = (
    "The server was interrupted while this call was under way. It may or may not have happened. "
    "Do not repeat it without asking the person."
)
TOO_MANY = f"These are too many calls at once. At most {MOST_AT_ONCE} are made; this one was not."
ERRORS = {Status.FAILED, Status.DENIED, Status.UNKNOWN}


class Teller(Protocol):
    def move(self, call: str, status: str, note: str = "") -> None: ...
    def answer(self, call: str, status: str, text: str, seconds: float | None) -> None: ...


def tools_of(turn: Turn) -> list[Tool]:
    """Those that the model of a turn is told of. A conversation may name them; otherwise they are those that never ask."""
    if turn.model is None or not turn.model.takes_tools:
        return []
    usable = Tool.objects.usable_by(turn.user).select_related("server")
    chosen = turn.message.conversation.settings.get("tools")
    if chosen is None:
        return list(usable.filter(server=None, approval=Tool.Approval.NEVER))
    return list(usable.filter(name__in=chosen))


def specs_of(tools: Sequence[Tool]) -> list[ToolSpec]:
    return [ToolSpec(tool.name, tool.description, tool.schema) for tool in tools]


class Toolbox:
    """Calls of one round are made at the same time. Nothing is done before its row says so."""

    def __init__(self, turn: Turn, tools: Sequence[Tool], teller: Teller, lose: Callable[[], None]) -> None:
        self.waited = 0.0
        self._turn = turn
        self._tools = {tool.name: tool for tool in tools}
        self._teller = teller
        self._lose = lose
        self._context = ToolContext(turn.user_id, turn.message.conversation_id)
        self._open: dict[str, str] = {}
        self._questions: dict[str, asyncio.Future[bool]] = {}
        self._asking_since: float | None = None

    @property
    def is_asking(self) -> bool:
        return bool(self._questions)

    def decided(self, call: str, allowed: bool) -> None:
        answer = self._questions.get(call)
        if answer is not None and not answer.done():
            answer.set_result(allowed)

    async def answer(self, calls: Sequence[ToolCall]) -> list[ToolResult]:
        known = await in_database(_settled, self._turn)
        async with asyncio.TaskGroup() as group:
            made = [
                group.create_task(self._result(call, at, known.get(call.id))) for at, call in enumerate(calls)
            ]
        return [task.result() for task in made]

    async def abandon(self, status: str) -> None:
        """The turn has ended with calls that are open: none of them is carried out any more, or heard of."""
        try:
            await self._abandon(status)
        except (Lost, DatabaseError) as error:
            log.error("open calls of turn %s are left as they are: %r", self._turn.pk, error)

    async def _abandon(self, status: str) -> None:
        for call, state in list(self._open.items()):
            if status == Turn.Status.STOPPED:
                to, text = (Status.DENIED if state == Status.ASKING else Status.FAILED), STOPPED
            elif state == Status.ASKING:
                continue  # can be asked again
            else:
                to, text = Status.UNKNOWN, UNKNOWN
            await self._end(call, to, text)

    # --- one call ---

    async def _result(self, call: ToolCall, at: int, known: ToolUse | None) -> ToolResult:
        if known is not None:
            return ToolResult(call.id, known.result, known.status in ERRORS)
        try:
            status, text = await self._made(call, at)
            await self._end(call.id, status, text)
        except Lost:
            self._lose()
            raise asyncio.CancelledError from None
        except DatabaseError as error:
            log.error("a call of turn %s could not be written down: %r", self._turn.pk, error)
            status, text = Status.FAILED, UNRECORDED
            self._teller.answer(call.id, status, text, None)
        return ToolResult(call.id, text, status in ERRORS)

    async def _made(self, call: ToolCall, at: int) -> tuple[str, str]:
        """What has become of a call, in words for the model."""
        tool = self._tools.get(call.name)
        fields = {"tool": tool, "name": clean(call.name), "arguments": clean(call.arguments)}
        arguments = arguments_of(call.arguments)
        wrong = self._refusal(call, tool, arguments, at)
        if wrong or tool is None or isinstance(arguments, str):
            await self._note(call.id, status=Status.FAILED, **fields)
            return Status.FAILED, wrong
        if await in_database(_asks, tool, self._turn):
            await self._note(call.id, status=Status.ASKING, **fields)
            if refused := await self._ask(call.id):
                return Status.DENIED, refused
        await self._note(call.id, status=Status.RUNNING, started=timezone.now(), **fields)
        self._teller.move(call.id, Status.RUNNING)
        output = await self._carried_out(call.id, tool, arguments)
        return (Status.FAILED if output.is_error else Status.DONE), output.text

    def _refusal(self, call: ToolCall, tool: Tool | None, arguments: dict[str, Any] | str, at: int) -> str:
        if at >= MOST_AT_ONCE:
            return TOO_MANY
        if tool is None:
            names = ", ".join(sorted(self._tools)) or "none"
            return f"There is no tool of this name. The tools are: {names}."
        return arguments if isinstance(arguments, str) else ""

    async def _carried_out(self, call: str, tool: Tool, arguments: dict[str, Any]) -> ToolOutput:
        now = asyncio.get_running_loop().time
        told = 0.0

        def progress(note: str) -> None:
            nonlocal told
            if self._open.get(call) == Status.RUNNING and now() - told >= PROGRESS_SECONDS:
                told = now()
                self._teller.move(call, Status.RUNNING, clean(note)[:PROGRESS_CHARS])

        output = await carry_out(tool, arguments, self._context, progress)
        return ToolOutput(_cut(clean(output.text)), output.is_error)

    async def _ask(self, call: str) -> str:
        """Why it may not be made; empty where somebody has allowed it."""
        answer = self._questions[call] = asyncio.get_running_loop().create_future()
        self._teller.move(call, Status.ASKING)
        try:
            with self._person_waited_for():
                async with asyncio.timeout(settings.TOOL_APPROVAL_SECONDS):
                    return "" if await answer else DENIED
        except TimeoutError:
            return UNANSWERED
        finally:
            del self._questions[call]

    @contextmanager
    def _person_waited_for(self) -> Iterator[None]:
        """Several calls may ask at once, which is waited for once."""
        now = asyncio.get_running_loop().time
        self._asking_since = self._asking_since or now()
        try:
            yield
        finally:
            if len(self._questions) == 1 and self._asking_since is not None:
                self.waited += now() - self._asking_since
                self._asking_since = None

    # --- its row ---

    async def _note(self, call: str, **fields: Any) -> None:
        self._open[call] = fields["status"]
        await in_database(ToolUse.objects.note, self._turn, call, **fields)

    async def _end(self, call: str, status: str, text: str) -> None:
        fields = {"status": status, "result": text, "finished": timezone.now()}
        use = await in_database(ToolUse.objects.note, self._turn, call, **fields)
        self._open.pop(call, None)
        self._teller.answer(call, status, text, use.seconds)


def arguments_of(written: str) -> dict[str, Any] | str:
    """What the model wrote as arguments, or what is wrong with it."""
    try:
        arguments = orjson.loads(written) if written.strip() else {}
    except orjson.JSONDecodeError as error:
        return f"The arguments are not valid JSON ({error}). Nothing was done; send the call again."
    if not isinstance(arguments, dict):
        return "The arguments must be one JSON object. Nothing was done; send the call again."
    return arguments


def _cut(text: str) -> str:
    """As much as a model is given, of the beginning and the end, with a word on what is missing."""
    most = settings.TOOL_RESULT_MAX_CHARS
    if len(text) <= most:
        return text
    tail = most // 8
    left_out = len(text) - most
    return f"{text[: most - tail]}\n\n[{left_out} characters of this result were left out here]\n\n{text[-tail:]}"


def _asks(tool: Tool, turn: Turn) -> bool:
    if tool.approval == Tool.Approval.FIRST:
        return not ToolConsent.objects.filter(tool=tool, user_id=turn.user_id).exists()
    return tool.approval != Tool.Approval.NEVER


def _settled(turn: Turn) -> dict[str, ToolUse]:
    """Calls that a turn which is continued has brought along."""
    uses = ToolUse.objects.filter(turn=turn).select_related("tool")
    return {use.call: use for use in uses if use.is_settled}
