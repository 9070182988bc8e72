from django.apps import AppConfig


class CountsConfig(AppConfig):
    name = "guanlan.desk.counts"
    label = "counts"
