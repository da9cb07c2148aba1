"""Indexes of tables that may have millions of rows: PostgreSQL makes them while others write.

One that was broken off is there as an invalid index: drop it by its name, and migrate again.
"""

from django.db import migrations, models


class AddIndex(migrations.AddIndex):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.add_index(model, self.index, concurrently=True)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("chat", "0010_journal_topics"),
    ]

    operations = [
        AddIndex(
            model_name="attachment",
            index=models.Index(fields=["file"], name="attachment_file"),
        ),
        AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("parent", None)), fields=["conversation", "created"], name="message_root"
            ),
        ),
        AddIndex(
            model_name="turn",
            index=models.Index(
                condition=models.Q(("status__in", ("queued", "running"))),
                fields=["user"],
                name="turn_active_of_user",
            ),
        ),
    ]
