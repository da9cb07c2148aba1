"""Ask a model without a chat: one question, or a question for each row of a CSV file. See docs/complete.md."""

import asyncio
import json
import sys
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.models import Model
from chat.oneshot.answer import Answer
from chat.oneshot.asking import ask, model_named
from chat.oneshot.batch import Batch
from chat.oneshot.results import Results
from chat.oneshot.rows import Rows, TableError
from chat.oneshot.schema import Schema, SchemaNotMet
from chat.providers import close_providers
from chat.providers.base import ProviderError

FAILED, USAGE, NOT_MET, ROWS_FAILED, STOPPED = 1, 2, 3, 4, 130
Ask = Callable[[str], Awaitable[Answer]]


class Command(BaseCommand):
    help = "Asks a model once and prints its answer; with --csv once for each row of a file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "question", nargs="?", metavar="PROMPT", help="standard input where there is none"
        )
        parser.add_argument("--model", default="", help="its name, or provider/name; the default model")
        parser.add_argument("--system", default="", help="what the model is told before all else")
        parser.add_argument("--schema", type=Path, help="a JSON schema: the answer is JSON that fits it")
        rows = parser.add_argument_group("a question for each row")
        rows.add_argument("--csv", type=Path, help="the rows, with a header")
        rows.add_argument(
            "--out", type=Path, help="where answers are added; those it has are not asked for again"
        )
        rows.add_argument("--prompt", help="the question, with {column} for what a row says")
        rows.add_argument(
            "--key", default="", help="the column that tells rows apart; their number in the file"
        )
        rows.add_argument("--concurrency", type=int, default=4, help="questions at once (4)")
        rows.add_argument("--retry-errors", action="store_true", help="ask again where there was an error")

    def handle(self, *args: Any, **options: Any) -> None:
        schema = self._schema(options["schema"])
        model = model_named(Model.objects.connected(), options["model"])
        if model is None:
            raise CommandError(f"There is no model {options['model'] or 'yet'}.", returncode=USAGE)

        async def of_model(question: str) -> Answer:
            return await ask(model, question, options["system"], schema=schema)

        try:
            if options["csv"]:
                self._rows(of_model, options)
            else:
                self._one(of_model, options)
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=STOPPED) from None

    def _one(self, ask: Ask, options: dict[str, Any]) -> None:
        question = options["question"] or sys.stdin.read()
        if not question.strip():
            raise CommandError("There is no question.", returncode=USAGE)
        try:
            answer = asyncio.run(_closing(ask(question)))
        except ProviderError as error:
            raise CommandError(f"{error.message} ({error.reason})", returncode=FAILED) from None
        except SchemaNotMet as problem:
            text = f"The answer does not fit the schema: {problem}"
            raise CommandError(text, returncode=NOT_MET) from None
        is_json = options["schema"] is not None
        self.stdout.write(json.dumps(answer.value, ensure_ascii=False) if is_json else answer.text)

    def _rows(self, ask: Ask, options: dict[str, Any]) -> None:
        if not (options["out"] and options["prompt"]):
            raise CommandError("--csv also needs --out and --prompt.", returncode=USAGE)
        if options["concurrency"] < 1:
            raise CommandError("--concurrency is a number from 1.", returncode=USAGE)
        try:
            rows = Rows(options["csv"], options["key"])
            with closing(Results(options["out"], rows.columns)) as results:
                batch = Batch(rows, results, options["prompt"])
                if options["retry_errors"]:
                    results.forget_errors()
                asyncio.run(_closing(batch.run(ask, options["concurrency"])))
        except (TableError, OSError) as error:
            raise CommandError(str(error), returncode=USAGE) from None
        if results.failed:
            text = f"{len(results.failed)} rows have an error in {options['out']}; --retry-errors asks for them again."
            raise CommandError(text, returncode=ROWS_FAILED)

    def _schema(self, path: Path | None) -> Schema | None:
        try:
            return Schema(json.loads(path.read_text())) if path else None
        except (OSError, ValueError) as error:
            raise CommandError(f"{path}: {error}", returncode=USAGE) from None


async def _closing(work: Awaitable[Any]) -> Any:
    try:
        return await work
    finally:
        await close_providers()
