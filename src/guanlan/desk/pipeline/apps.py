from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "guanlan.desk.pipeline"
    label = "pipeline"

    def ready(self) -> None:
        from guanlan.desk.pipeline import checks  # noqa: F401 - registers itself
