"""How a connection is closed: to its end, whatever cancels the caller meanwhile, and whatever it complains of."""

from __future__ import annotations

from typing import Protocol

from ..runtime import is_own_error, shielded


class Closable(Protocol):
    """Something open."""

    async def aclose(self) -> None:
        """Close it."""
        ...


async def close(connection: Closable) -> None:
    """Close a connection; one that has been cut may complain, and that is no news."""
    await shielded(_closing(connection))


async def _closing(connection: Closable) -> None:
    try:
        await connection.aclose()
    except BaseException as error:
        if not is_own_error(error):
            raise
