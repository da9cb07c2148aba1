from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0006_any_model"),
    ]

    operations = [
        migrations.AddField(
            model_name="model",
            name="listed",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
