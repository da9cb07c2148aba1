"""S26: a backup that is made in mid-turn, restored into an empty place: every turn ends, nothing that was kept is lost,
and people go on."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.faults.model_server import ModelServer
from tests.faults.oracles import ends
from tests.faults.scripts import paced, quick, words
from tests.faults.world import World, open_world
from tests.product import PASSWORD, Product, Template
from tests.reading import read
from tests.servers import PostgresServer, binary
from tests.viewers import Person, Viewer

SCRIPTS = {"long": paced(2000), "quick": quick}


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, template, tmp_path):
    """A product with a model server, and where another may begin."""
    if request.param == "sqlite":
        yield from _place(Template(template.data.parent), tmp_path)
        return
    with PostgresServer() as server:
        yield from _place(Template(template.data.parent, server), tmp_path)


def _place(template: Template, directory: Path):
    environment = {"TURN_LEASE_SECONDS": "3"}
    with open_world(template, directory, environment, ModelServer(SCRIPTS)) as world:
        yield world, template


def backed_up(product: Product, backup: Path) -> None:
    """As docs/running.md says it."""
    if url := product.environment.get("DATABASE_URL"):
        with pytest.raises(AssertionError, match="pg_dump --format=custom"):
            product.manage("backup", str(backup))
        command = [
            binary("pg_dump"),
            "--format=custom",
            "--no-owner",
            f"--file={backup / 'rivulet.dump'}",
            url,
        ]
        subprocess.run(command, check=True)
    assert "attachments, secret_key" in product.manage("backup", str(backup))


def restored(template: Template, backup: Path, directory: Path) -> Product:
    """Into a place where nothing is."""
    product = Product(template, directory)
    shutil.rmtree(product.data)
    product.data.mkdir()
    if template.databases:
        url = product.environment["DATABASE_URL"] = template.databases.database()
        command = [binary("pg_restore"), "--no-owner", "--exit-on-error", "--dbname", url]
        subprocess.run([*command, backup / "rivulet.dump"], check=True)
    else:
        shutil.copy(backup / "rivulet.sqlite3", product.data)
    shutil.copy(backup / "secret_key", product.data)
    shutil.copytree(backup / "attachments", product.data / "attachments")
    return product


async def test_s26_what_is_restored_from_a_backup_in_mid_turn_ends_clean_and_goes_on(place, tmp_path):
    """S26"""
    world, template = place
    backup = tmp_path / "backup"
    (world.product.data / "attachments" / "ab").mkdir(parents=True)
    (world.product.data / "attachments" / "ab" / "file").write_text("kept")
    async with Person(world.product.url) as alice:
        await alice.sign_in("alice", PASSWORD)
        done = await world.begin(alice, "quick")
        await world.outcome(done)
        running = await world.begin(alice, "long")
        await running.watch(lambda viewer: len(viewer.text) > 300)
        shown = running.text
        backed_up(world.product, backup)
        # It goes on here, as if nothing had happened.
        await running.watch(lambda viewer: len(viewer.text) > len(shown) + 300)
        turn, asked = world.last(running).turn, len(world.models.asked("quick"))
        await alice.act(turn, "stop")
    with restored(template, backup, tmp_path / "elsewhere") as product:
        there = World(product, world.models)
        there.names = world.names
        row = await ends(there.ledger, turn)
        assert (row.status, row.reason) == ("interrupted", "server")
        assert row.text.startswith(shown)
        assert words(2000).startswith(row.text)
        assert all(each.is_over for each in there.ledger.every_turn())
        assert (product.data / "attachments" / "ab" / "file").read_text() == "kept"
        async with Person(product.url) as alice:
            await alice.sign_in("alice", PASSWORD)
            page = await alice.open(running.conversation)
            assert page.answer.status == "interrupted"
            assert (await alice.open(done.conversation)).answer.text == read("Done.")
            again = await there.begin(alice, "quick")
            assert (await there.outcome(again)).text == "Done."
            # With the key of the model server, which only the secret of the backup can read.
            assert len(world.models.asked("quick")) == asked + 1
            await Viewer(alice, running.conversation).load()


async def test_a_backup_is_the_owners_alone_and_is_never_mixed_with_another(template, tmp_path):
    product = Product(Template(template.data.parent), tmp_path / "product")
    product.manage("backup", str(tmp_path / "backup"))
    files = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    assert files
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    with pytest.raises(AssertionError, match="There is a backup in"):
        product.manage("backup", str(tmp_path / "backup"))
