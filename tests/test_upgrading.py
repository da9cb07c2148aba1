"""A newer version on the data of an older one."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.checks import provider_keys
from chat.models import Provider


def test_what_is_checked_before_a_migration_asks_for_no_column_that_it_may_yet_have_to_add(db):
    provider = Provider(name="Lab")
    provider.key = "sk-something-long"
    provider.save()
    with CaptureQueriesContext(connection) as asked:
        assert provider_keys(None, databases=["default"]) == []
    (query,) = (each["sql"] for each in asked if "key_sealed" in each["sql"])
    columns = query.partition(" FROM ")[0].removeprefix("SELECT ").split(", ")
    assert {column.rpartition(".")[2].strip('"') for column in columns} == {"id", "name", "key_sealed"}
