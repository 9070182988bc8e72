from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('watch', '0003_look_back'),
    ]

    operations = [
        migrations.AddField(
            model_name='themehit',
            name='via',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AlterField(
            model_name='alertrule',
            name='kind',
            field=models.CharField(choices=[('theme', 'Theme hit'), ('tone', 'Negative tone'), ('volume', 'Volume'), ('grade', 'Grade'), ('source', 'Source')], max_length=10),
        ),
    ]
