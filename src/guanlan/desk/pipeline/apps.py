from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "guanlan.desk.pipeline"
    label = "pipeline"
