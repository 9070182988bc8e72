from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "guanlan.desk.organisation"
    label = "organisation"
