from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "guanlan.desk.documents"
    label = "documents"
