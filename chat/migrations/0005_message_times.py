import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """A message may have been said before it came here. Nothing of this is in the database, whose table stays as it is."""

    dependencies = [("chat", "0004_search")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="message",
                    name="created",
                    field=models.DateTimeField(default=django.utils.timezone.now),
                )
            ]
        )
    ]
