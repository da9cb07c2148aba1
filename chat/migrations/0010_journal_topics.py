from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0009_turns_at_once"),
    ]

    operations = [
        migrations.AlterField(
            model_name="journaltopic",
            name="touched",
            field=models.FloatField(default=0, help_text="Unix time of the last append."),
        ),
        migrations.AddIndex(
            model_name="journaltopic",
            index=models.Index(
                condition=models.Q(("floor__lt", models.F("offset"))),
                fields=["touched"],
                name="journal_topic_untrimmed",
            ),
        ),
    ]
