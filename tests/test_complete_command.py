"""`manage.py complete`, as a process of its own."""

import asyncio
import csv
import json
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from chat.oneshot.answer import Answer
from chat.oneshot.batch import Batch
from chat.oneshot.results import Results
from chat.oneshot.rows import Rows, TableError
from chat.oneshot.schema import Schema, SchemaError, SchemaNotMet
from tests.faults.model_server import ModelServer, Wire
from tests.faults.world import CONNECT, KEY
from tests.product import ROOT, Product

HEADER = "row,id,text,answer,error,prompt_tokens,completion_tokens,seconds\n"


async def echo(wire: Wire) -> None:
    """Takes its time, so that a test can come in between."""
    await wire.gone_or(0.1)
    await wire.head()
    await wire.say(wire.request.text.upper())
    await wire.finish()


async def json_of(wire: Wire) -> None:
    await wire.head()
    await wire.say(json.dumps({"n": len(SERVER.asked("json"))}))
    await wire.finish()


async def picky(wire: Wire) -> None:
    if "bad" in wire.request.text and len(SERVER.asked_with(wire.request.text)) == 1:
        await wire.head(400)
    else:
        await echo(wire)


SERVER = ModelServer({"echo": echo, "json": json_of, "picky": picky})


class Shell:
    def __init__(self, product: Product) -> None:
        self.environment = product.environment | {"TURN_RETRIES": "0"}

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", "complete", *map(str, arguments)]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *arguments: object, says: str = "") -> tuple[int, str, str]:
        process = self.start(*arguments)
        said, complained = process.communicate(says, timeout=60)
        return process.returncode, said, complained


@pytest.fixture(scope="module")
def shell(template, tmp_path_factory):
    """No server: the command needs the data alone."""
    product = Product(template, tmp_path_factory.mktemp("command"))
    with SERVER.serving():
        product.manage(
            "shell",
            "-c",
            CONNECT.format(name="scripted", url=SERVER.url, models=list(SERVER.scripts), key=KEY),
        )
        yield Shell(product)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def table(path: Path, texts: list[str]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["id", "text"], *([f"r{n}", text] for n, text in enumerate(texts))])
    return path


def test_the_answer_is_all_there_is_on_standard_output(shell, tmp_path):
    assert shell.run("--model", "scripted/echo", says="from a pipe") == (0, "FROM A PIPE\n", "")
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object", "properties": {"n": {"const": 2}}}')
    assert shell.run("--model", "json", "--schema", schema, "Count") == (0, '{"n": 2}\n', "")
    status, said, complained = shell.run("--model", "json", "--schema", schema, "Count")
    assert (status, said) == (3, "")
    assert "does not fit the schema: at $.n" in complained


def test_a_batch_that_is_killed_goes_on_where_it_was(shell, tmp_path):
    texts = [f'row {n}, "quoted"\nand long' for n in range(14)]
    source, out = table(tmp_path / "in.csv", texts), tmp_path / "out.csv"
    asked = ("--model", "echo", "--csv", source, "--out", out, "--prompt", "Say {text}", "--concurrency", 2)
    process = shell.start(*asked)
    wait_for_rows(out, 3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = len(SERVER.asked("echo"))
    with out.open("a") as file:
        file.write('99,r99,"half a')
    status, _, complained = shell.run(*asked)
    assert status == 0, complained
    assert "14/14" in complained
    rows = rows_of(out)
    assert sorted(int(row["row"]) for row in rows) == list(range(1, 15))
    assert all(row["answer"] == f"SAY {row['text']}".upper() for row in rows)
    assert len(SERVER.asked("echo")) - before <= 11


def test_ctrl_c_ends_it_cleanly(shell, tmp_path):
    source, out = table(tmp_path / "in.csv", ["a"] * 5000), tmp_path / "out.csv"
    asked = ("--model", "echo", "--csv", source, "--out", out, "--prompt", "{text}", "--key", "id")
    process = shell.start(*asked)
    wait_for_rows(out, 2)
    process.send_signal(signal.SIGINT)
    _, complained = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in complained
    assert complained.rstrip().endswith("Stopped.")
    assert all(row["answer"] == "A" for row in rows_of(out))


def test_an_error_is_written_down_and_asked_again_when_told(shell, tmp_path):
    source, out = table(tmp_path / "in.csv", ["good", "bad"]), tmp_path / "out.csv"
    asked = ("--model", "picky", "--csv", source, "--out", out, "--prompt", "{text}")
    status, _, complained = shell.run(*asked)
    assert status == 4
    assert "1 rows have an error" in complained
    assert [row["error"] != "" for row in sorted(rows_of(out), key=lambda row: row["row"])] == [False, True]
    assert shell.run(*asked, "--retry-errors")[0] == 0
    assert sorted((row["answer"], row["error"]) for row in rows_of(out)) == [("BAD", ""), ("GOOD", "")]


def wait_for_rows(path: Path, count: int) -> None:
    deadline = time.monotonic() + 30
    while not path.exists() or len(rows_of(path)) <= count:
        assert time.monotonic() < deadline, "no rows come"
        time.sleep(0.02)


# --- in this process ---


@pytest.mark.django_db
def test_what_is_missing_is_told_and_has_a_status_of_its_own(tmp_path):
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "zebra"}')
    for arguments, word in (
        (["--model", "none", "hello"], "no model none"),
        (["--schema", str(schema), "hello"], "no JSON schema"),
        (["--schema", str(tmp_path / "nowhere"), "hello"], "No such file"),
    ):
        with pytest.raises(CommandError, match=word) as refused:
            call_command("complete", *arguments)
        assert refused.value.returncode == 2


def test_half_a_row_is_cut_off_wherever_it_breaks(tmp_path):
    out = tmp_path / "out.csv"
    row = '2,b,"two ""words""\nin lines",answer,,1,2,3\n'
    for cut in range(len(row)):
        out.write_text(f"{HEADER}1,a,x,y,,1,2,3\n{row[:cut]}")
        results = Results(out, ["id", "text"])
        results.close()
        assert results.done == {"1"}
        assert out.read_text() == f"{HEADER}1,a,x,y,,1,2,3\n"


def test_files_that_cannot_be_used_are_told_of(tmp_path):
    for text, word in (
        ("", "no header"),
        ("a,a\n", "name of its own"),
        ("answer\n", "name of its own"),
        ("b\n", "no column 'a'"),
    ):
        path = tmp_path / "bad.csv"
        path.write_text(text)
        with pytest.raises(TableError, match=word):
            Rows(path, "a")
    twice = tmp_path / "twice.csv"
    twice.write_text("a\n1\n1\n")
    with pytest.raises(TableError, match="twice"):
        Rows(twice, "a").keys()
    out = tmp_path / "out.csv"
    out.write_text("something,else\n")
    with pytest.raises(TableError, match="other columns"):
        Results(out, ["a"])
    assert out.read_text() == "something,else\n"
    with closing(Results(tmp_path / "new.csv", ["a"])) as results:
        with pytest.raises(TableError, match="another process"):
            Results(tmp_path / "new.csv", ["a"])
        with pytest.raises(TableError, match="no column 'b'"):
            Batch(Rows(twice), results, 'Say {b}, not {"json": 1}')


async def test_who_is_told_to_stop_takes_no_other_row_though_a_library_swallows_the_word(tmp_path):
    asked = []

    async def deaf(question: str) -> Answer:
        asked.append(question)
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0.01)
        return Answer(question, "stop", 0.0)

    source = table(tmp_path / "in.csv", [str(number) for number in range(1000)])
    with closing(Results(tmp_path / "out.csv", ["id", "text"])) as results:
        running = asyncio.create_task(Batch(Rows(source, "id"), results, "{text}").run(deaf, 4))
        while len(asked) < 8 and not running.done():
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert len(asked) < 20


def test_a_schema_fetches_nothing_and_ends():
    remote = Schema({"$ref": "http://127.0.0.1:9/schema.json"})
    with pytest.raises(SchemaError, match="leads nowhere"):
        remote.read("1")
    doubling = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)}
    endless = Schema({"$defs": {**doubling, "a40": {"type": "integer"}}, "$ref": "#/$defs/a0"})
    with pytest.raises(SchemaNotMet, match="too long"):
        endless.read("1")
    with pytest.raises(SchemaNotMet, match="too long"):
        Schema({"$ref": "#"}).read("1")
    assert Schema(json.loads('{"enum": [1]}')).read("```\n1\n```") == 1
