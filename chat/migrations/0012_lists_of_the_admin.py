from importlib import import_module

from django.db import migrations, models

# Made while others write, where the database can.
AddIndex = import_module("chat.migrations.0011_large_tables").AddIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("chat", "0011_large_tables"),
    ]

    operations = [
        AddIndex(
            model_name="spending",
            index=models.Index(fields=["model_name", "-day"], name="spending_by_model"),
        ),
        AddIndex(
            model_name="tooluse",
            index=models.Index(fields=["-asked"], name="use_asked"),
        ),
    ]
