from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "guanlan.desk.web"
    label = "web"
