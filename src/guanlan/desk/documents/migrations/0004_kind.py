from django.db import migrations, models

KINDS = [('question', 'Question'), ('complaint', 'Complaint'), ('suggestion', 'Suggestion'), ('praise', 'Praise'), ('news', 'Report of news'), ('notice', 'Public notice'), ('noise', 'Advert or noise')]


class Migration(migrations.Migration):

    dependencies = [('documents', '0003_search')]

    operations = [
        migrations.AddField(
            model_name='document',
            name='effective_kind',
            field=models.CharField(blank=True, choices=KINDS, max_length=12),
        ),
        migrations.AddField(
            model_name='document',
            name='kind',
            field=models.CharField(blank=True, choices=KINDS, max_length=12),
        ),
        migrations.AddField(
            model_name='document',
            name='kind_probability',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='document',
            name='kind_unsure',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='document',
            name='person_kind',
            field=models.CharField(blank=True, choices=KINDS, max_length=12),
        ),
        migrations.AlterField(
            model_name='label',
            name='kind',
            field=models.CharField(choices=[('tone', 'Tone'), ('kind', 'Kind of text')], max_length=12),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['effective_kind', 'id'], name='document_kind'),
        ),
    ]
