from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "guanlan.desk.events"
    label = "events"
