from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "guanlan.desk.common"
    label = "common"

    def ready(self) -> None:
        from guanlan.desk.common import checks  # noqa: F401 - registers itself
