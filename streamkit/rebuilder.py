"""What a Response is handed to make the provider's own objects; a Response itself knows no wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .response import Response


class Rebuilder:
    """Makes the provider's own objects from the events behind a Response; this one has none.

    It takes no part in comparisons, and stays behind where a Response is pickled.
    """

    __slots__ = ()

    def sdk_object(self, response: Response) -> Any:
        """Return the provider's own non-streaming object; None where the events are not at hand.

        Args:
            response: The fold of the events.
        """
        return None

    def next_turn(self, response: Response) -> dict[str, Any] | None:
        """Return the assistant's message of a next turn in the provider's form; None where the chat form will do.

        Args:
            response: The fold of the events.
        """
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rebuilder)

    __hash__ = None  # pyright: ignore[reportAssignmentType] - as every class with an __eq__ of its own

    def __reduce__(self) -> tuple[type[Rebuilder], tuple[()]]:
        return Rebuilder, ()
