from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "guanlan.desk.reports"
    label = "reports"
