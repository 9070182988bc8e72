from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "guanlan.desk.sources"
    label = "sources"
