"""Every page and its name."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from guanlan.desk.web.views import account, audit, document, documents, intake, joining, people, runs, sources

urlpatterns: list[URLPattern] = [
    path("", RedirectView.as_view(pattern_name="documents"), name="home"),
    # account
    path("sign-in/", account.sign_in, name="sign-in"),
    path("sign-out/", account.sign_out, name="sign-out"),
    path("account/", account.profile, name="profile"),
    path("account/password/", account.password, name="password"),
    path("language/", account.language, name="language"),
    path("colours/", account.theme_switch, name="theme-switch"),
    path("healthz", account.health, name="health"),
    # information
    path("documents/", documents.documents, name="documents"),
    path("documents/mark/", documents.mark, name="documents-mark"),
    path("documents/undo/", documents.undo, name="documents-undo"),
    path("documents/event/", joining.join, name="documents-event"),
    path("documents/new/", intake.enter, name="document-new"),
    path("documents/views/", documents.keep_view, name="view-keep"),
    path("documents/views/<int:pk>/drop/", documents.drop_view, name="view-drop"),
    path("documents/<int:pk>/", document.document, name="document"),
    path("documents/<int:pk>/preview/", documents.preview, name="document-preview"),
    path("documents/<int:pk>/screen/", documents.screen_one, name="document-screen"),
    path("documents/<int:pk>/tone/", document.set_tone, name="document-tone"),
    path("documents/<int:pk>/hits/<int:hit>/", document.set_hit, name="document-hit"),
    path("documents/<int:pk>/event/", joining.join_one, name="document-event"),
    path("documents/<int:pk>/capture/", document.capture, name="document-capture"),
    path("import/", intake.begin, name="import"),
    path("import/<slug:name>/", intake.check, name="import-check"),
    # sources and runs
    path("sources/", sources.sources, name="sources"),
    path("sources/new/", sources.source_new, name="source-new"),
    path("sources/<int:pk>/", sources.source, name="source"),
    path("sources/<int:pk>/edit/", sources.source_edit, name="source-edit"),
    path("sources/<int:pk>/pause/", sources.source_pause, name="source-pause"),
    path("sources/<int:pk>/resume/", sources.source_resume, name="source-resume"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/progress/", runs.progress, name="run-progress"),
    path("runs/<int:pk>/bad-rows.csv", runs.run_csv, name="run-csv"),
    # units, people, audit
    path("people/", people.people, name="people"),
    path("people/units/<int:pk>/new-unit/", people.unit_new, name="unit-new"),
    path("people/units/<int:pk>/new-person/", people.person_new, name="person-new"),
    path("people/<int:pk>/", people.member, name="member"),
    path("people/<int:pk>/roles/<int:grant>/end/", people.role_end, name="role-end"),
    path("people/<int:pk>/close/", people.deactivate, name="member-close"),
    path("people/<int:pk>/reset/", people.reset, name="member-reset"),
    path("audit/", audit.audit, name="audit"),
    path("audit/check/", audit.check, name="audit-check"),
]
