"""Every error that can end a stream, in one tree; the SDKs' own errors for the same cause stand on the right.

    StreamError                  any error that ended a stream
    ├── TruncatedError           the body ended before the provider sent the end   (no SDK raises this)
    ├── StalledError             no content arrived for too long                   (APITimeoutError, ReadTimeout)
    ├── MalformedError           the body is not in the provider's format          (JSONDecodeError, UnicodeDecodeError)
    │   └── ValidationFailed     no answer fits its type, however often the model was asked again
    ├── TransportError           the connection failed                             (APIConnectionError, ReadError …)
    ├── LimitExceeded            more arrived than a limit allows
    ├── SlowSubscriber           a subscriber fell further behind than its limit
    ├── StreamGap                a subscriber needs chunks that are no longer kept
    ├── StreamNotFound           a store has no stream of that id
    ├── ProducerLost             the process that read from the provider is gone
    ├── ProducerFenced           another process has taken the stream over
    ├── LogUnavailable           the store that holds the log cannot be reached
    ├── StoppedError             another subscriber stopped the stream
    ├── ToolArgumentsError       a tool call has invalid arguments
    ├── GuardTripped             a check has not let text through
    ├── ConfigurationError       the call cannot be made with these settings       (OpenAIError, TypeError, ValueError)
    └── ProviderError            the provider refused or failed                    (APIStatusError, InternalServerError)
        ├── RateLimited          429                                               (RateLimitError)
        ├── AuthenticationFailed 401, 403                              (AuthenticationError, PermissionDeniedError)
        ├── Overloaded           503, 529                                          (InternalServerError)
        ├── BadRequest           400, 404, 409, 413, 422                  (BadRequestError, NotFoundError …)
        └── ContentFiltered      refused for its content before an answer began    (BadRequestError)

A flow that was awaited and gave no element ends in ``NothingEmitted``, a StreamError and reactivex's error (``_flow``).
The content that had arrived is in ``partial``. Where an SDK is loaded, its own error is the ``__cause__``, and a
ProviderError, StalledError or TransportError of a call is an instance of the SDK's class too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from .scrub import one_line

if TYPE_CHECKING:
    from .response import Response


class StreamError(Exception):
    """Any error that ended a stream.

    Args:
        message: One sentence with the cause and, if known, the remedy.
        partial: The Response folded from the chunks that had arrived.
        retryable: True if the same call may succeed later; the default depends on the class.
        provider: The provider's name.
        request_id: The provider's id of the request, for the provider's support.
        status: The HTTP status; None without one.
        code: The provider's own error code.
        retry_after: Seconds to wait, as sent by the provider.
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
        """The message with its quote at full length, until the request's secrets have been removed."""

    @property
    def details(self) -> dict[str, Any]:
        """All attributes except the message and the partial Response, as JSON-ready values."""
        names = ("retryable", "provider", "request_id", "status", "code", "retry_after")
        return {name: getattr(self, name) for name in names}

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.partial, self.details)


class TruncatedError(StreamError):
    """The stream ended before the provider sent the end."""

    default_retryable = True


class StalledError(StreamError):
    """No content arrived for longer than ``Timeouts`` allows."""

    default_retryable = True


class MalformedError(StreamError):
    """The body is not in the provider's format."""

    default_retryable = True


class ValidationFailed(MalformedError):
    """No answer fits the ``response_model``, although the model was asked again as often as ``reask=`` allows.

    ``__cause__`` is pydantic's error about the last answer, if that is JSON.

    Args:
        message: One sentence with what does not fit in the last answer.
        attempts: The Response of every answer, in order, each with its text.
        details: The other arguments of ``StreamError``.
    """

    default_retryable = False

    def __init__(self, message: str, *, attempts: Iterable[Response] = (), **details: Any) -> None:
        super().__init__(message, **details)
        self.attempts = tuple(attempts)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.partial, {**self.details, "attempts": self.attempts})


class TransportError(StreamError):
    """The connection could not be made, or broke."""

    default_retryable = True


class LimitExceeded(StreamError):
    """More arrived than a limit allows."""


class SlowSubscriber(StreamError):
    """This subscriber fell further behind than the overflow policy allows."""


class StreamGap(StreamError):
    """The log no longer keeps the chunks that this subscriber needs."""


class StreamNotFound(StreamError):
    """The store has no stream of that id."""


class ProducerLost(StreamError):
    """The process that read from the provider is gone."""

    default_retryable = True


class ProducerFenced(StreamError):
    """Another process has taken the stream over."""


class LogUnavailable(StreamError):
    """The store that holds the log cannot be reached."""

    default_retryable = True


class StoppedError(StreamError):
    """Another subscriber, or a stop from outside, ended the stream early.

    Args:
        message: One sentence that names who stopped it, where that is known.
        by: The name of the function or operator that stopped it, as ``stopped_by`` of the Response has it.
        details: The other arguments of ``StreamError``.
    """

    def __init__(self, message: str, *, by: str | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.by = by

    @property
    def details(self) -> dict[str, Any]:
        """All attributes except the message and the partial Response, as JSON-ready values."""
        return {**super().details, "by": self.by}


class ToolArgumentsError(StreamError):
    """A tool call has invalid arguments, or names a tool that the request did not declare.

    The error has the attributes of the tool call, so that it can be answered like one:
    ``tool_message_params([(error, str(error))])``.

    Args:
        message: One sentence that names what does not fit.
        id: The provider's id of the call.
        name: The tool's name.
        index: Position among the calls of the answer, from 0.
        arguments_text: The JSON of the arguments as it arrived.
        details: The other arguments of ``StreamError``.
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
        """All attributes except the message and the partial Response, as JSON-ready values."""
        call = {"id": self.id, "name": self.name, "index": self.index, "arguments_text": self.arguments_text}
        return {**super().details, **call}


class GuardTripped(StreamError):
    """A check of ``ops.guard`` has not let text through, or has not answered in time.

    The message has no text of the answer. ``partial`` is the Response of what was let through.

    Args:
        message: One sentence with the cause.
        passed: Text that was let through, of the choice that was checked; at most the first 16,777,216 characters.
        held: Text of that choice that had arrived and was not let through.
        details: The other arguments of ``StreamError``.
    """

    def __init__(self, message: str, *, passed: str = "", held: str = "", **details: Any) -> None:
        super().__init__(message, **details)
        self.passed = passed
        self.held = held

    @property
    def details(self) -> dict[str, Any]:
        """All attributes except the message and the partial Response, as JSON-ready values."""
        return {**super().details, "passed": self.passed, "held": self.held}


class ConfigurationError(StreamError):
    """The call cannot be made with these settings."""


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
    """The provider's content filter refused the prompt."""


_BY_STATUS: dict[int, type[ProviderError]] = {
    **dict.fromkeys((400, 404, 405, 409, 413, 415, 422), BadRequest),
    **dict.fromkeys((401, 403), AuthenticationFailed),
    429: RateLimited,
    **dict.fromkeys((503, 529), Overloaded),
}
# Error classes by a word that the provider's error code or type contains.
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
# Codes of errors that a retry does not help, although their status is one that usually passes.
_FINAL_CODES = frozenset({"insufficient_quota"})

_LONGEST = 10_000  # characters of a provider's own message

_TRANSIENT_STATUS = frozenset({408, 409, 429, 500, 502, 503, 504, 529})


def provider_error(
    message: str, *, status: int | None = None, code: str | None = None, kind: str | None = None, **details: Any
) -> ProviderError:
    """Make a ProviderError of the class that fits the HTTP status, code and type.

    Args:
        message: The provider's message.
        status: The HTTP status, or the number inside an in-stream error.
        code: The provider's error code.
        kind: The provider's error type.
        details: Other arguments of the error.

    >>> type(provider_error("slow down", status=429)).__name__
    'RateLimited'
    >>> type(provider_error("no", code="content_filter", status=400)).__name__
    'ContentFiltered'
    """
    message, code = one_line(message, longest=_LONGEST), code and one_line(code)
    text = f"{code or ''} {kind or ''}".lower()
    by_word = next((cls for word, cls in _BY_WORD if word in text), None)
    cls = _BY_STATUS.get(status or 0) or by_word or ProviderError
    if by_word is ContentFiltered:
        cls = ContentFiltered
    retryable = None
    if code in _FINAL_CODES or kind in _FINAL_CODES:
        retryable = False
    elif status is not None and status >= 408:
        retryable = status in _TRANSIENT_STATUS
    elif cls is ProviderError and status is None:
        retryable = True  # an unclassified failure inside a stream is a fault on the provider's side
    return cls(message, status=status, code=code, retryable=retryable, **details)


def _rebuild(cls: type[StreamError], message: str, partial: Response | None, details: dict[str, Any]) -> StreamError:
    return cls(message, partial=partial, **details)
