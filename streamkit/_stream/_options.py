"""The options that ``sk.context`` sets for calls, and the precedence of several values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

from ..errors import ConfigurationError
from ..forks import new_lock
from ..providers import CallSpec
from ..runtime import Limits
from ..settings import Caps, SentinelEnds, ThinkingTags, Timeouts, Transport

if TYPE_CHECKING:
    from .._recording import Cache, Recorder
    from ._recorded import RecordedTo

    Record: TypeAlias = str | os.PathLike[str] | Recorder | Literal[False]

    Cached: TypeAlias = Cache | Literal[False]
else:
    Record = Cached = Any

OVERRIDES: ContextVar[tuple[Mapping[str, Any], ...]] = ContextVar("streamkit_overrides", default=())

"""The options of every ``with sk.context(...)`` that is open here, the innermost last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """The options of a call that a context may set too; None where nothing is given.

    Args:
        timeouts: The call's clocks.
        limits: The limits that it shares with other calls.
        caps: The bounds on the size of the answer.
        resend: True if the request may be sent again on a fresh connection.
        transport: The sender of the request: ``"direct"`` for streamkit itself, ``"sdk"`` for the provider's SDK, or
            ``"auto"``.
        record: What the call is recorded to: a path, what ``sk.recording`` returns, or False for nothing.
        cache: The ``sk.Cache`` that may have the answer, or False for none.

    Raises:
        ConfigurationError: A value has the wrong type.
    """

    timeouts: Timeouts | None = None
    limits: Limits | None = None
    caps: Caps | None = None
    resend: bool | None = None
    transport: Transport | None = None
    record: Record | None = None
    cache: Cached | None = None

    def __post_init__(self) -> None:
        for name, kind, usage in _KINDS:
            value: object = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise ConfigurationError(f"{name}={value!r}: give {usage}.")
        if self.transport is not None and self.transport not in _TRANSPORTS:
            known = ", ".join(map(repr, _TRANSPORTS))
            raise ConfigurationError(f"transport={self.transport!r}: give {known}.")
        if self.cache is not None and self.cache is not False:
            from .._recording import Cache  # which few calls need

            if not isinstance(cast("object", self.cache), Cache):
                raise ConfigurationError(f"cache={self.cache!r}: give sk.Cache(folder), or False.")

    def over(self, other: CallOptions) -> CallOptions:
        """Return these options; an option that is None is taken from ``other``.

        >>> CallOptions(resend=False).over(CallOptions(resend=True, caps=Caps())).resend
        False
        """
        if other is NO_OPTIONS:
            return self
        given = {name: value for name in _NAMES if (value := getattr(self, name)) is not None}
        return replace(other, **given)

    def of_request(self) -> dict[str, Any]:
        """Return the options that a call specification has too; those that are None are left out."""
        given: dict[str, Any] = {}
        for name in _OF_REQUEST:
            if (value := getattr(self, name)) is not None:
                given[name] = value
        return given

    def on(self, ask: CallSpec) -> CallSpec:
        """Return the call specification with these options; an option that is None changes nothing."""
        given = self.of_request()
        return replace(ask, **given) if given else ask


_NAMES = tuple(each.name for each in fields(CallOptions))

_OF_REQUEST = ("limits", "caps", "resend", "transport", "cache")

_TRANSPORTS = get_args(Transport)

_KINDS: tuple[tuple[str, type, str], ...] = (
    ("timeouts", Timeouts, "sk.Timeouts(first=…, between=…, total=…) in seconds"),
    ("limits", Limits, "sk.Limits(concurrency=…, rpm=…, tpm=…)"),
    ("caps", Caps, "sk.Caps(text=…, tool_calls=…) in bytes and counts"),
    ("resend", bool, "True or False"),
)


NO_OPTIONS = CallOptions()


class Blocks:
    """The open blocks of ``sk.recording`` in this process, on whatever thread and loop."""

    def __init__(self) -> None:
        self.innermost: RecordedTo | None = None
        """The recorder of the block that was entered last and is still open; None outside of all blocks."""
        self._open: list[RecordedTo] = []
        self._lock = new_lock()

    def enter(self, recorder: RecordedTo) -> None:
        """Open a block."""
        with self._lock:
            self._open.append(recorder)
            self.innermost = recorder

    def leave(self, recorder: RecordedTo) -> None:
        """Close a block."""
        with self._lock:
            at = max(at for at, each in enumerate(self._open) if each is recorder)
            del self._open[at]
            self.innermost = self._open[-1] if self._open else None


BLOCKS = Blocks()


def context_options() -> CallOptions:
    """Return the options that the open contexts set; the innermost wins."""
    found = NO_OPTIONS
    for given in OVERRIDES.get():
        found = CallOptions(**{name: given[name] for name in _NAMES if name in given}).over(found)
    return found


def check_reask(value: object, *, typed: bool = True) -> None:
    """Raise unless a value is a number of times to ask again, for a call whose answer has a type.

    Args:
        value: The value of ``reask``.
        typed: True if the call has a ``response_model``.

    Raises:
        ConfigurationError: It is no whole number, or there is nothing that an answer has to fit.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(f"reask={value!r}: give the number of times to ask again, a whole number, 0 or more.")
    if value and not typed:
        raise ConfigurationError(
            f"reask={value} asks again if an answer does not fit its type: give response_model=Model, which may be a "
            "pydantic model or another type; or leave reask out."
        )


def check_sentinel_ends(value: object) -> SentinelEnds | None:
    """Return a valid value of ``sentinel_ends``, or None.

    Raises:
        ConfigurationError: The value is not one of the known ones.
    """
    if value is None:
        return None
    known = get_args(SentinelEnds)
    if value not in known:
        raise ConfigurationError(f"sentinel_ends={value!r}: give {', '.join(map(repr, known))}.")
    return cast("SentinelEnds", value)


def check_thinking_tags(value: ThinkingTags | None) -> ThinkingTags | None:
    """Return a valid value of ``thinking_tags``, or None.

    Raises:
        ConfigurationError: A tag is no name and no pair of texts.
    """
    if value is None:
        return None
    from ..wire.thinking_tags import as_tags  # which few calls need

    return as_tags(value)
