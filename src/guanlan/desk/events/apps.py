from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "guanlan.desk.events"
    label = "events"

    def ready(self) -> None:
        """The model of excerpts lies in a file of its own."""
        from guanlan.desk.events import excerpt_models  # noqa: F401
