from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0003_unit_duties'),
    ]

    operations = [
        migrations.AddField(
            model_name='unit',
            name='grading',
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
