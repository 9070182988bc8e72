"""Loading Django late, and telling a person when the settings do not allow it."""

from __future__ import annotations

import os

from guanlan.cli.words import fail


def load() -> None:
    """Set Django up once. Wrong settings become one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanlan.desk.settings")
    import django

    from guanlan.desk.common.env import SettingError

    try:
        django.setup()
    except SettingError as error:
        raise fail(f"设置有误：{error}", f"Wrong setting: {error}") from error


def load_migrated() -> None:
    """Set Django up and require an up-to-date database with a body in it."""
    load()
    from django.db import DatabaseError

    from guanlan.desk.organisation.selectors import body

    try:
        found = body()
    except DatabaseError as error:
        raise fail(
            f"数据库还没有准备好（{error}）。请先运行 guanlan init。",
            f"The database is not ready ({error}). Run guanlan init first.",
        ) from error
    if found is None:
        raise fail("还没有单位。请先运行 guanlan init。", "There is no body yet. Run guanlan init first.")


def migrate() -> None:
    """Bring the database to this version, quietly."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
