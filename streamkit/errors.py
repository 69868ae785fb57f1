"""What can end a stream other than its own completion.

    StreamError                  anything that ended a stream
    ├── TruncatedError           it ended before the provider said so              (no SDK raises this)
    ├── StalledError             nothing of substance for too long                 (APITimeoutError, ReadTimeout)
    ├── MalformedError           what came is not the provider's format            (JSONDecodeError, UnicodeDecodeError)
    ├── TransportError           the connection failed                             (APIConnectionError, ReadError …)
    ├── LimitExceeded            more arrived than a bound allows
    ├── SlowSubscriber           one reader fell further behind than it may
    ├── StreamGap                a reader asked for chunks that are no longer kept
    ├── StreamNotFound           a store knows no stream of that id
    ├── ProducerLost             the process that read from the provider is gone
    ├── ProducerFenced           another process has taken the stream over
    ├── LogUnavailable           the store that holds the log cannot be reached
    ├── StoppedError             it was stopped, and this subscriber came for the whole
    ├── ToolArgumentsError       a tool's arguments are not what the tool takes
    ├── ConfigurationError       the call cannot be made as it stands              (OpenAIError, TypeError, ValueError)
    └── ProviderError            the provider refused or failed                    (APIStatusError, InternalServerError)
        ├── RateLimited          429                                               (RateLimitError)
        ├── AuthenticationFailed 401, 403                              (AuthenticationError, PermissionDeniedError)
        ├── Overloaded           503, 529                                          (InternalServerError)
        ├── BadRequest           400, 404, 409, 413, 422                  (BadRequestError, NotFoundError …)
        └── ContentFiltered      refused for its content before an answer began    (BadRequestError)

What had arrived is in ``partial``; the SDK's own error, where there is one, is ``__cause__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .scrub import one_line

if TYPE_CHECKING:
    from .response import Response


class StreamError(Exception):
    """Anything that ended a stream.

    Args:
        message: One sentence that says what happened and, where it can, what to do.
        partial: The Response folded from what had arrived.
        retryable: Whether the same call may succeed later; the class's own answer if not given.
        provider: The provider's name.
        request_id: The provider's id of the request, for its support.
        status: The HTTP status, if there was one.
        code: The provider's own error code.
        retry_after: Seconds that the provider asked to wait.
    """

    default_retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        partial: Response | None = None,
        retryable: bool | None = None,
        provider: str | None = None,
        request_id: str | None = None,
        status: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.partial = partial
        self.retryable = self.default_retryable if retryable is None else retryable
        self.provider = provider
        self.request_id = request_id
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.uncut: str | None = None
        """The message before a quote in it was cut, until what holds the request's secrets has taken them out."""

    @property
    def details(self) -> dict[str, Any]:
        """Everything but the message and the partial Response, as JSON-ready values."""
        names = ("retryable", "provider", "request_id", "status", "code", "retry_after")
        return {name: getattr(self, name) for name in names}

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.partial, self.details)


class TruncatedError(StreamError):
    """It ended before the provider said that it was finished."""

    default_retryable = True


class StalledError(StreamError):
    """Nothing of substance arrived for longer than ``Timeouts`` allows."""

    default_retryable = True


class MalformedError(StreamError):
    """What arrived is not the provider's format."""

    default_retryable = True


class TransportError(StreamError):
    """The connection could not be made, or broke."""

    default_retryable = True


class LimitExceeded(StreamError):
    """More arrived than a bound of ours allows."""


class SlowSubscriber(StreamError):
    """This subscriber fell further behind than it may."""


class StreamGap(StreamError):
    """The log no longer keeps the chunks that this reader asked for."""


class StreamNotFound(StreamError):
    """The store knows no stream of that id."""


class ProducerLost(StreamError):
    """The process that read from the provider is gone."""

    default_retryable = True


class ProducerFenced(StreamError):
    """Another process has taken the stream over."""


class LogUnavailable(StreamError):
    """The store that holds the log cannot be reached."""

    default_retryable = True


class StoppedError(StreamError):
    """The stream was stopped before its end, and this subscriber had not asked for that."""


class ToolArgumentsError(StreamError):
    """A tool's arguments are not what the tool takes, or the model called a tool that is none of the call's.

    It has the call's attributes, so it is answered as a call is: ``tool_message_params([(error, str(error))])``.

    Args:
        message: What does not fit.
        id: The provider's id of the call.
        name: The tool's name.
        index: Its place among the calls of the answer.
        arguments_text: The arguments as they came.
        details: As those of every error.
    """

    def __init__(
        self,
        message: str,
        *,
        id: str | None = None,  # noqa: A002 - the field's own name
        name: str = "",
        index: int = 0,
        arguments_text: str = "",
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.id = id
        self.name = name
        self.index = index
        self.arguments_text = arguments_text

    @property
    def details(self) -> dict[str, Any]:
        """Everything but the message and the partial Response, as JSON-ready values."""
        told = {"id": self.id, "name": self.name, "index": self.index, "arguments_text": self.arguments_text}
        return {**super().details, **told}


class ConfigurationError(StreamError):
    """The call cannot be made as it stands."""


class ProviderError(StreamError):
    """The provider refused the call, or failed."""


class RateLimited(ProviderError):
    """Too many requests or tokens (429)."""

    default_retryable = True


class AuthenticationFailed(ProviderError):
    """The key is missing, wrong, or not allowed to do this (401, 403)."""


class Overloaded(ProviderError):
    """The provider has no capacity right now (503, 529)."""

    default_retryable = True


class BadRequest(ProviderError):
    """The provider does not accept the request (400, 404, 409, 413, 422)."""


class ContentFiltered(ProviderError):
    """The provider refused the prompt for its content."""


_BY_STATUS: dict[int, type[ProviderError]] = {
    **dict.fromkeys((400, 404, 405, 409, 413, 415, 422), BadRequest),
    **dict.fromkeys((401, 403), AuthenticationFailed),
    429: RateLimited,
    **dict.fromkeys((503, 529), Overloaded),
}
# Codes and types that providers put into an error object, by what they contain.
_BY_WORD: tuple[tuple[str, type[ProviderError]], ...] = (
    ("content_filter", ContentFiltered),
    ("content_policy", ContentFiltered),
    ("rate_limit", RateLimited),
    ("too_many_requests", RateLimited),
    ("insufficient_quota", RateLimited),
    ("overloaded", Overloaded),
    ("unavailable", Overloaded),
    ("authentication", AuthenticationFailed),
    ("invalid_api_key", AuthenticationFailed),
    ("permission", AuthenticationFailed),
    ("invalid_request", BadRequest),
    ("not_found", BadRequest),
)
# Refused for good although the status is one that usually passes.
_FINAL_CODES = frozenset({"insufficient_quota"})

_LONGEST = 10_000  # characters of a provider's own words

_TRANSIENT_STATUS = frozenset({408, 409, 429, 500, 502, 503, 504, 529})


def provider_error(
    message: str, *, status: int | None = None, code: str | None = None, kind: str | None = None, **details: Any
) -> ProviderError:
    """Choose the class for a provider's error from its HTTP status, code and type.

    Args:
        message: What the provider said.
        status: The HTTP status, or the number inside an in-stream error.
        code: The provider's error code.
        kind: The provider's error type.
        details: Passed on to the error.

    >>> type(provider_error("slow down", status=429)).__name__
    'RateLimited'
    >>> type(provider_error("no", code="content_filter", status=400)).__name__
    'ContentFiltered'
    """
    message, code = one_line(message, longest=_LONGEST), code and one_line(code)
    words = f"{code or ''} {kind or ''}".lower()
    named = next((cls for word, cls in _BY_WORD if word in words), None)
    cls = _BY_STATUS.get(status or 0) or named or ProviderError
    if named is ContentFiltered:
        cls = ContentFiltered
    retryable = None
    if code in _FINAL_CODES or kind in _FINAL_CODES:
        retryable = False
    elif status is not None and status >= 408:
        retryable = status in _TRANSIENT_STATUS
    elif cls is ProviderError and status is None:
        retryable = True  # an unnamed failure inside a stream: the provider's own trouble
    return cls(message, status=status, code=code, retryable=retryable, **details)


def _rebuild(cls: type[StreamError], message: str, partial: Response | None, details: dict[str, Any]) -> StreamError:
    return cls(message, partial=partial, **details)
