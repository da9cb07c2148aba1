"""JSON that has to fit a schema: how it is asked for, found in an answer, and checked."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from jsonschema import exceptions, validators  # type: ignore[import-untyped]
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
from referencing.exceptions import Unresolvable

STEPS = 100_000
"""How many rules may be looked at for one answer: references can make a short schema endless."""
PATTERNS = ("pattern", "patternProperties")
_FENCED = re.compile(r"\A\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


class SchemaError(ValueError):
    """What was given is no schema that can be used. The message says why."""


class SchemaNotMet(Exception):
    """The model's answer is not what the schema asks for. `answer`: what it cost, where it is known."""

    answer: Any = None


class Schema:
    """References lead to places of the same schema alone: nothing is fetched. `patterns=False` refuses regular
    expressions, which can hold up a process for hours and so are not for strangers to send."""

    def __init__(self, document: Any, patterns: bool = True) -> None:
        if not isinstance(document, dict):
            raise SchemaError("A schema is a JSON object.")
        if not patterns and (name := next(_found(document), None)):
            raise SchemaError(f"`{name}` cannot be used in a schema here.")
        self.document: Mapping[str, Any] = document
        self._steps = 0
        kind = validators.validator_for(document, default=validators.validator_for({}))
        try:
            kind.check_schema(document)
        except exceptions.SchemaError as error:
            raise SchemaError(f"This is no JSON schema: {_line(error.message)}.") from error
        except RecursionError as error:
            raise SchemaError("This schema is nested too deeply.") from error
        rules = {name: self._counted(rule) for name, rule in kind.VALIDATORS.items()}
        self._validator = validators.extend(kind, rules)(document, registry=REGISTRY)

    @property
    def request(self) -> str:
        """For models whose servers do not hold them to a schema."""
        return (
            "Answer with one JSON value alone that fits this JSON schema, without any explanation or code fence:\n"
            + json.dumps(self.document, ensure_ascii=False)
        )

    def read(self, text: str) -> Any:
        """The value in an answer; raises `SchemaNotMet`, in words that help the model."""
        try:
            value = orjson.loads(_bare(text))
        except ValueError as error:
            raise SchemaNotMet(f"it is not JSON ({_line(str(error))}).") from None
        self._steps = STEPS
        try:
            wrong = next(self._validator.iter_errors(value), None)
        except Unresolvable as problem:
            raise SchemaError(f"A reference of the schema leads nowhere: {problem.ref}.") from problem
        except (RecursionError, _Endless):
            raise SchemaNotMet("it takes too long to compare with the schema.") from None
        if wrong is not None:
            raise SchemaNotMet(f"at {wrong.json_path} {_line(wrong.message)}.")
        return value

    def _counted(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self._steps -= 1
            if self._steps < 0:
                raise _Endless
            return rule(*arguments)

        return counted


class _Endless(Exception):
    pass


def _bare(text: str) -> str:
    """Without the code fence that many models cannot do without."""
    fenced = _FENCED.match(text)
    return fenced[1] if fenced else text


def _found(schema: Any) -> Iterator[str]:
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield from (name for name in PATTERNS if name in part)
        waiting += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 300 else f"{text[:297]}..."
