"""What a provider has sent, seen as an object or an array, whatever it is."""

from __future__ import annotations

from typing import Any, cast


def as_object(given: object) -> dict[str, Any]:
    """Return an object, empty if it is none."""
    return cast("dict[str, Any]", given) if isinstance(given, dict) else {}


def as_objects(given: object) -> list[dict[str, Any]]:
    """Return the objects of an array, none if it is no array."""
    return [as_object(each) for each in cast("list[object]", given)] if isinstance(given, list) else []
