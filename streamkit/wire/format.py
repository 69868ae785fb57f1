"""One row for each wire API: the decoder, and how the provider's own objects are rebuilt from answers.

A class of an SDK is named as ``package.module:Class``, and imported when an object is built.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from ..details import Details
    from ..response import Response
    from .decoder import FormatDecoder


Event: TypeAlias = dict[str, Any]

SdkBuilder: TypeAlias = Callable[[Event], Any]

WHOLE = ":whole"
"""The end of the name of the API that chunks of an answer without streaming carry."""


NextTurn: TypeAlias = "Callable[[Event, Response], Event | None]"


@dataclass(frozen=True, slots=True)
class RebuildSpec:
    """The functions that rebuild what the provider would have sent without streaming.

    Args:
        answer: Function that turns the events and their Response into the non-streaming answer, as JSON.
        next_turn: Function that turns this answer and the Response into the assistant's message of a next turn; None
            where the form of the chat wire will do.
        sdk_event: Function that builds the SDK's object for one event.
        sdk_response: Function that builds the SDK's object for the non-streaming answer.
    """

    answer: Callable[[Sequence[Event], Response], Event]
    next_turn: NextTurn | None
    sdk_event: SdkBuilder
    sdk_response: SdkBuilder

    def of_whole(self) -> RebuildSpec:
        """Return the functions for an answer without streaming, whose only event is the answer."""
        build = _or_json(self.sdk_response)
        next_turn = _where_it_fits(self.next_turn)
        return replace(self, answer=_as_it_came, next_turn=next_turn, sdk_event=build, sdk_response=build)


def _as_it_came(events: Sequence[Event], response: Response) -> Event:
    return events[-1]


def _or_json(build: SdkBuilder) -> SdkBuilder:
    """Return a builder that gives plain JSON where the SDK fails to read the answer, as servers may send anything."""

    def built(answer: Event) -> Any:
        try:
            return build(answer)
        except Exception:
            return answer

    return built


def _where_it_fits(next_turn: NextTurn | None) -> NextTurn | None:
    """Return the function that gives None for an answer that lacks what the rebuilt ones always have."""
    if next_turn is None:
        return None

    def made(answer: Event, response: Response) -> Event | None:
        try:
            return next_turn(answer, response)
        except (AttributeError, LookupError, TypeError):
            return None

    return made


@dataclass(frozen=True, slots=True)
class DetailReader:
    """How the details of events are found and read: server tools, probabilities of tokens, fields of a Response.

    Args:
        read: Function that reads an event, for the choice with that number.
        each: Bytes, of which an event has some if it adds a detail.
        last: Bytes; of the events with one of them, only the last has the value that counts.
    """

    read: Callable[[Event, int], Details]
    each: tuple[bytes, ...]
    last: tuple[bytes, ...] = ()

    def select(self, payloads: Sequence[bytes]) -> set[int]:
        """Return the positions of the events to read."""
        found: set[int] = set()
        everything = b"\n".join(payloads)
        for mark in self.each:
            if mark in everything:
                found.update(at for at, payload in enumerate(payloads) if mark in payload)
        for mark in self.last:
            if mark in everything:
                found.add(max(at for at, payload in enumerate(payloads) if mark in payload))
        return found


@dataclass(frozen=True)
class Format:
    """One wire API. The decoder and the rebuild functions are imported when they are first used.

    Args:
        api: The name of the API, which its chunks carry.
        vendor: The vendor whose quirks apply unless the caller names another one.
        load_decoder: Function that imports and returns the decoder class.
        load_rebuild: Function that imports and returns the rebuild functions.
        load_whole: Function that imports and returns the function that turns an answer without streaming into the
            events that would have told it; None if such an answer is an event itself.
        load_details: Function that imports and returns the reader of the events' details; None if they have none.
        sentinel: True if ``[DONE]`` follows the answer, so that it can stand for a missing finish reason.
        takes_stop: False if a request has no stop strings, so that the decoder ends the answer there.
    """

    api: str
    vendor: str
    load_decoder: Callable[[], type[FormatDecoder]]
    load_rebuild: Callable[[], RebuildSpec]
    load_whole: Callable[[], Callable[[Event], list[Event]]] | None = None
    load_details: Callable[[], DetailReader] | None = None
    sentinel: bool = False
    takes_stop: bool = True

    @cached_property
    def decoder(self) -> type[FormatDecoder]:
        """The class that decodes this API."""
        return self.load_decoder()

    @cached_property
    def rebuild(self) -> RebuildSpec:
        """The functions that rebuild the provider's own objects."""
        return self.load_rebuild()

    @cached_property
    def details(self) -> DetailReader | None:
        """The reader of the events' details."""
        return self.load_details and self.load_details()

    def events_of(self, answer: Event) -> list[Event]:
        """Return the events that would have told an answer without streaming.

        Args:
            answer: The answer, parsed.
        """
        return [answer] if self.load_whole is None else self.load_whole()(answer)

    @cached_property
    def of_whole(self) -> Format:
        """The row of answers without streaming, by whose name their chunks find the SDK's class."""
        return replace(self, api=self.api + WHOLE, load_rebuild=self.rebuild.of_whole)


def sdk_class(name: str) -> Any:
    """Import and return a class or function of an SDK.

    Raises:
        ImportError: The package is not installed.
    """
    return pkgutil.resolve_name(name)


def construct(name: str) -> SdkBuilder:
    """Return a builder of a class whose ``construct`` checks nothing, as the generated SDKs have it."""

    def build(raw: Event) -> Any:
        return sdk_class(name).construct(**raw)

    return build


def construct_if_installed(name: str) -> SdkBuilder:
    """Return such a builder that gives a plain dict where the package is not installed."""

    def build(raw: Event) -> Any:
        try:
            cls = sdk_class(name)
        except ModuleNotFoundError:
            return raw
        return cls.construct(**raw)

    return build
