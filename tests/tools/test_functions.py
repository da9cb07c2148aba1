"""A typed function as a tool: what the model is told of it, and what becomes of what the model sends."""

import asyncio
import threading
import uuid
from typing import Annotated, Literal

import pytest
from pydantic import Field

from chat.models import Tool
from chat.tools import ToolContext, ToolError, installed, tool
from chat.tools.calculator import calculator
from chat.tools.clock import current_time
from chat.tools.synchronise import synchronise
from chat.turns.toolbox import arguments_of

CONTEXT = ToolContext(1, uuid.uuid4())


@tool(approval="first", has_effects=True)
def paint(
    colour: Literal["red", "blue"], coats: Annotated[int, Field(ge=1, le=9)] = 1, *, context: ToolContext
) -> str:
    """Paints the fence.

    It takes a while to dry."""
    if colour == "red":
        raise ToolError("There is no red paint left.")
    return f"{coats} x {colour} for {context.user} in {threading.current_thread() is threading.main_thread()}"


async def called(function, **arguments):
    return await function(arguments, CONTEXT)


def test_a_model_is_told_of_name_description_and_schema_and_not_of_our_context():
    spec = paint.spec
    assert (spec.name, spec.description) == ("paint", "Paints the fence.\n\nIt takes a while to dry.")
    assert spec.schema["required"] == ["colour"]
    assert set(spec.schema["properties"]) == {"colour", "coats"}
    assert spec.schema["properties"]["colour"]["enum"] == ["red", "blue"]
    assert spec.schema["additionalProperties"] is False


async def test_it_is_called_in_a_thread_with_its_arguments_and_with_ours():
    assert (await called(paint, colour="blue", coats=2)).text == "2 x blue for 1 in False"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({}, "colour: Field required"),
        ({"colour": "green"}, "colour: Input should be 'red' or 'blue'"),
        ({"colour": "blue", "coats": 99}, "coats"),
        ({"colour": "blue", "context": {"user": 2}}, "context: Extra inputs"),
        ({"colour": "red"}, "no red paint"),
    ],
)
async def test_what_is_wrong_is_said_in_words_for_the_model(arguments, word):
    output = await paint(arguments, CONTEXT)
    assert output.is_error
    assert word in output.text


@pytest.mark.parametrize("written", ["{", "[]", "1", "null", '"a"', "{'a': 1}", "NaN", "\ud800"])
def test_arguments_that_are_no_json_object_are_refused(written):
    assert isinstance(arguments_of(written), str)


@pytest.mark.parametrize("written", ["", " ", "{}"])
def test_no_arguments_are_an_empty_object(written):
    assert arguments_of(written) == {}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("2^10", "1024"),
        ("0.1 + 0.2 - 0.3", "5.551115123125783e-17"),
        ("sqrt(2) ** 2", "2.0000000000000004"),
        ("factorial(20) // 7", "347557429739520000"),
        ("round(pi, 3)", "3.142"),
        ("-(3 % 2)", "-1"),
    ],
)
async def test_the_calculator_computes(expression, value):
    output = await called(calculator, expression=expression)
    assert (output.is_error, output.text.rpartition(" = ")[2]) == (False, value)


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "9**9**9",
            "2**(10**9)",
            "10**5000",
            "factorial(10**6)",
            "comb(10**9, 10**8)",
            "lcm(2**8000, 3**5000)",
        ),
        *(
            "'a' * 10**9",
            "[0] * 10**9",
            "().__class__",
            "__import__('os')",
            "open('x')",
            "pi.real",
            "lambda: 1",
        ),
        *("x = 1", "1; 2", "1/0", "sqrt(-1)", "(-8)**0.5", "9.0**999", "", "(", "1 < 2", "True", "f'{1}'"),
        *("(" * 200 + "1" + ")" * 200, "1+" * 240 + "1"),
    ],
)
async def test_the_calculator_refuses_what_is_no_sum_or_too_much_and_at_once(expression):
    async with asyncio.timeout(2):
        output = await called(calculator, expression=expression)
    # The last two are long, and yet sums.
    assert output.is_error or output.text.endswith((" = 1", " = 241"))


async def test_the_time_is_told_where_somebody_is():
    assert "Asia/Tokyo (UTC+0900)" in (await called(current_time, time_zone="Asia/Tokyo")).text
    for wrong in ("Nowhere", "../../etc/passwd", "/etc/localtime", ""):
        assert (await called(current_time, time_zone=wrong)).is_error


@pytest.mark.django_db
def test_each_tool_gets_a_row_once_which_is_the_admins_from_then_on(settings):
    synchronise()
    rows = {row.name: row for row in Tool.objects.all()}
    assert set(rows) == set(installed())
    assert {name for name, row in rows.items() if row.enabled} == {
        *("calculator", "current_time", "search_conversations")
    }
    assert rows["read_web_page"].approval == "first"
    Tool.objects.filter(name="calculator").update(enabled=False, approval="always", description="old")
    settings.TOOLS = [path for path in settings.TOOLS if "clock" not in path]
    synchronise()
    row = Tool.objects.get(name="calculator")
    assert (row.enabled, row.approval) == (False, "always")
    assert row.description != "old"
    assert Tool.objects.get(name="current_time").gone
