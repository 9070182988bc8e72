from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "guanlan.desk.documents"
    label = "documents"

    def ready(self) -> None:
        """The models of evidence lie in files of their own."""
        from guanlan.desk.documents import evidence_models, stamp_checks, stamp_models  # noqa: F401
