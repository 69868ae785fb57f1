"""The options that ``sk.context`` sets for calls, and the precedence of several values."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from typing import Any, cast, get_args

from ..errors import ConfigurationError
from ..providers import CallSpec
from ..runtime import Limits
from ..settings import Caps, SentinelEnds, ThinkingTags, Timeouts, Transport

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

    Raises:
        ConfigurationError: A value has the wrong type.
    """

    timeouts: Timeouts | None = None
    limits: Limits | None = None
    caps: Caps | None = None
    resend: bool | None = None
    transport: Transport | None = None

    def __post_init__(self) -> None:
        for name, kind, usage in _KINDS:
            value: object = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise ConfigurationError(f"{name}={value!r}: give {usage}.")
        if self.transport is not None and self.transport not in _TRANSPORTS:
            known = ", ".join(map(repr, _TRANSPORTS))
            raise ConfigurationError(f"transport={self.transport!r}: give {known}.")

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

_OF_REQUEST = ("limits", "caps", "resend", "transport")

_TRANSPORTS = get_args(Transport)

_KINDS: tuple[tuple[str, type, str], ...] = (
    ("timeouts", Timeouts, "sk.Timeouts(first=…, between=…, total=…) in seconds"),
    ("limits", Limits, "sk.Limits(concurrency=…, rpm=…, tpm=…)"),
    ("caps", Caps, "sk.Caps(text=…, tool_calls=…) in bytes and counts"),
    ("resend", bool, "True or False"),
)


NO_OPTIONS = CallOptions()


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
