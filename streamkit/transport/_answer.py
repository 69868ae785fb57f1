"""The neutral form of a request and of an answer, which is the same over each HTTP library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(slots=True)
class AnswerHead:
    """The status and the headers of an answer, as an error keeps them: nothing of the request is in here.

    Args:
        status_code: The HTTP status.
        headers: The headers, whose names are found in any case.
        url: The address of the request, without query and password.
    """

    status_code: int
    headers: MutableMapping[str, str]
    url: str


class HttpAnswer(Protocol):
    """An open HTTP answer, whose body has not been read."""

    request_id: str | None
    """The provider's id of the request."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whose names are found in any case."""
        ...

    @property
    def released(self) -> bool:
        """Whether the whole body has arrived and the pool has the connection: there is nothing to close."""
        ...

    def head(self) -> AnswerHead:
        """Return a copy of status and headers, which keeps neither the connection nor the request alive."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return an iterator over the body's bytes as they arrive, inflated where the server has compressed them.

        Raises:
            MalformedError: The body's encoding is not identity, gzip or deflate.
        """
        ...

    def shut_down(self) -> None:
        """Shut the socket down at once, from any thread; do nothing if the connection is another request's by now."""
        ...

    async def aclose(self) -> None:
        """Close the connection and wait for that; a connection whose body was read to the end goes to the pool."""
        ...


class HttpClient(Protocol):
    """A client that sends requests to one address."""

    async def post(self, url: str, *, headers: Mapping[str, Any], content: bytes, timeouts: Any = ...) -> HttpAnswer:
        """Send a request and return the answer when the headers have arrived; redirects are not followed.

        Args:
            url: The complete address, with the query.
            headers: The headers; those of the HTTP library are added.
            content: The body.
            timeouts: Seconds that each step may take, or those of connecting, reading, writing and waiting for a
                connection; None for no limit. By default only connecting has a limit.

        Raises:
            Unanswered: A connection that had been kept was lost before an answer.
            Exception: The exception of the HTTP library.
        """
        ...

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        ...


def address_of(url: str) -> str:
    """Return an address without query and password, for errors."""
    before, separator, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{before}{separator}{host.rpartition('@')[2]}{slash}{path}"
