from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "guanlan.desk.common"
    label = "common"
