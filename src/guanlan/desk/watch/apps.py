from django.apps import AppConfig


class WatchConfig(AppConfig):
    name = "guanlan.desk.watch"
    label = "watch"
