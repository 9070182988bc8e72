from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "guanlan.desk.disclosure"
    label = "disclosure"
