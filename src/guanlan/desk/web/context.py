"""What every page needs to know."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def desk(request: HttpRequest) -> dict[str, Any]:
    """Name of the body and the counts of the navigation."""
    return {}
