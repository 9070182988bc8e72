from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "guanlan.desk.alerts"
    label = "alerts"
