from importlib import import_module

from django.db import migrations, models

# Made while others write, where the database can.
AddIndex = import_module("chat.migrations.0011_large_tables").AddIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("chat", "0013_traceparent"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="turn", name="turn_active_of_user"),
        AddIndex(
            model_name="turn",
            index=models.Index(
                condition=models.Q(("finished", None)), fields=["user"], name="turn_unfinished_of_user"
            ),
        ),
    ]
