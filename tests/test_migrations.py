"""An upgrade takes one process after the other: for a while the code of the release before runs on the tables of the next.

So a migration only adds. What is no longer wanted is taken out of the code in one release and out of the tables in the next.
"""

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models.functions import Now

# The tables that the first release which can be upgraded in this way has.
FIRST = 12
# What takes something away that the release before has left alone, and since when.
OVERDUE: dict[str, str] = {}
ADDS = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.RunPython,
)


def is_borne(operation: Operation) -> bool:
    """Whether code that knows nothing of it goes on. Its rows name no new column, so that the database fills it in."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return all(map(is_borne, operation.database_operations))
    if isinstance(operation, migrations.AddField):
        field = operation.field
        return field.null or field.has_db_default() or bool(field.many_to_many)
    return isinstance(operation, ADDS)


def test_no_migration_takes_away_what_the_release_before_needs():
    loader = MigrationLoader(None)
    later = [
        migration
        for (app, name), migration in loader.disk_migrations.items()
        if app == "chat" and int(name[:4]) > FIRST and name not in OVERDUE
    ]
    wrong = [
        f"{migration.name}: {operation.describe()}"
        for migration in later
        for operation in migration.operations
        if not is_borne(operation)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("operation", "borne"),
    [
        (migrations.AddField("turn", "a", models.TextField(null=True)), True),
        (migrations.AddField("turn", "a", models.DateTimeField(db_default=Now())), True),
        (migrations.AddField("turn", "a", models.TextField(default="")), False),
        (migrations.RemoveField("turn", "a"), False),
        (migrations.RenameField("turn", "a", "b"), False),
        (migrations.AlterField("turn", "a", models.IntegerField()), False),
        (migrations.DeleteModel("turn"), False),
        (migrations.RunSQL("DROP TABLE chat_turn"), False),
        (migrations.SeparateDatabaseAndState([migrations.RemoveField("turn", "a")], []), False),
        (migrations.SeparateDatabaseAndState([], [migrations.RemoveField("turn", "a")]), True),
    ],
)
def test_what_adds_is_told_from_what_takes_away(operation, borne):
    """A default of Django's is none for code that does not know the column."""
    assert is_borne(operation) is borne
