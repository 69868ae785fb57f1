"""How a Response rebuilds the provider's own objects: an interface, since ``wire`` above has the implementation.

It does not know a Response either: what it is given is typed as Any.
"""

from __future__ import annotations

from typing import Any


class Rebuilder:
    """Rebuilds the provider's own objects from the events of a Response; this base class has no events.

    Two Responses that differ only in their rebuilder compare as equal, and a pickled Response has none.
    """

    __slots__ = ()

    def sdk_object(self, response: Any) -> Any:
        """Return the provider's own non-streaming object; None if the events are not kept."""
        return None

    def next_turn(self, response: Any) -> dict[str, Any] | None:
        """Return the assistant message of the next turn in the provider's form; None to use the chat format."""
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rebuilder)

    __hash__ = None  # pyright: ignore[reportAssignmentType] - as every class with an __eq__ of its own

    def __reduce__(self) -> tuple[type[Rebuilder], tuple[()]]:
        return Rebuilder, ()
