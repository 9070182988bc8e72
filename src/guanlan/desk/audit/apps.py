from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "guanlan.desk.audit"
    label = "audit"
