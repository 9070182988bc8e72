from django.db import migrations, models


def name_own_levels(apps, schema_editor):  # type: ignore[no-untyped-def]
    """Until now every grade was one of the default table, whose levels are the common ones."""
    apps.get_model("events", "Assessment").objects.update(own=models.F("level"))


class Migration(migrations.Migration):

    dependencies = [('events', '0003_forecast')]

    operations = [
        migrations.AddField(
            model_name='assessment',
            name='own',
            field=models.CharField(blank=True, max_length=24),
        ),
        migrations.AddField(
            model_name='event',
            name='given',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AlterField(
            model_name='assessment',
            name='preset',
            field=models.CharField(default='default', max_length=40),
        ),
        migrations.RunPython(name_own_levels, migrations.RunPython.noop),
    ]
