"""The index of words, which each kind of database keeps in its own way (see chat/search)."""

import django.db.models.deletion
from django.db import migrations, models

# A later migration that makes SQLite copy chat_searchentry has to make the trigger again.
INDEX = {
    "sqlite": [
        """CREATE VIRTUAL TABLE chat_search USING fts5(words, tokenize = "ascii tokenchars ':'")""",
        """CREATE TRIGGER chat_search_forgets AFTER DELETE ON chat_searchentry
        BEGIN DELETE FROM chat_search WHERE rowid = old.id; END""",
    ],
    "postgresql": [
        "ALTER TABLE chat_searchentry ADD COLUMN words tsvector",
        "CREATE INDEX chat_searchentry_words ON chat_searchentry USING gin (words)",
    ],
}
NO_INDEX = {
    "sqlite": ["DROP TRIGGER chat_search_forgets", "DROP TABLE chat_search"],
    "postgresql": ["ALTER TABLE chat_searchentry DROP COLUMN words"],
}


def make_index(apps, schema_editor):
    for statement in INDEX[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    for statement in NO_INDEX[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0003_devices'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('created', models.DateTimeField()),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='chat.conversation')),
                ('message', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, to='chat.message')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('message', None)), fields=('conversation',), name='one_search_entry_per_title')],
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
