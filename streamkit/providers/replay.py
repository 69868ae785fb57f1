"""Recorded answers, played at their recorded pace through the wire's own decoder; no key, no network, no model.

``replay/openai``, ``replay/anthropic`` and ``replay/cohere`` answer recorded prompts, and raise an error for other
prompts; ``replay/openai:moons`` names one recording, and ``replay/NAME.jsonl`` a file of yours. A call has three
parameters: ``speed=`` (2 is twice as fast, ``"max"`` plays without pauses), ``faults=`` (a list of faults, see
``sk.open_recording``) and ``played=``, a list to which every request adds its ``Played``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from .._recording import (
    Header,
    Played,
    Recording,
    answers,
    as_faults,
    difference,
    nearest,
    prompt_text,
    read_header,
    read_recording,
)
from ..errors import ConfigurationError
from ._find import find
from ._recorded import RecordedRequest, as_speed
from ._recordings import ShippedRecording, recordings
from ._request import CallSpec, Provider
from ._request_body import request_body

_SUFFIX = ".jsonl"

_SIBLINGS = 1_000  # files of a folder that are looked at for the nearest one


class ReplayProvider(Provider):
    """Recordings of several providers: those that come with streamkit, and files."""

    name = "replay"
    transports = ("direct", "sdk")  # a context may set one; nothing is sent either way

    def request(self, ask: CallSpec) -> RecordedRequest:
        """Find the recording, and check the call as the real provider does; nothing is imported.

        Raises:
            ConfigurationError: There is no such recording, or the real provider cannot do what the call asks for.
        """
        params = dict(ask.params)
        options: dict[str, Any] = {
            "speed": as_speed(params.pop("speed", 1)),
            "faults": as_faults(params.pop("faults", ())),
            "played": _list(params.pop("played", None)),
        }
        if ask.client is not None:
            raise ConfigurationError("replay takes no client=: nothing is sent.")
        ask = replace(ask, params=params)
        if ask.model.endswith(_SUFFIX):
            recording = read_recording(ask.model)
            if ask.messages:
                _check_request(ask, recording, ask.model)
            ask = replace(ask, model=recording.header.model)
            return RecordedRequest(ask, recording.turns[0][-1], recording=recording, **options)
        found = _find(ask.model, prompt_text(ask.messages[-1] if ask.messages else None))
        # With an invalid key and address, no setting of the user's is read, and nothing could be sent.
        real = replace(ask, stream=True, model=found.header.model, api_key="replay", base_url="http://replay.invalid")
        find(found.header.model, provider=found.header.provider)[0].request(replace(real, transport="auto"))
        return RecordedRequest(ask, found.read().calls[-1], provider=self.name, **options)


def _check_request(ask: CallSpec, recording: Recording, name: str) -> None:
    """Raise if a recording answers another request."""
    header = recording.turns[0][0].header
    prompt = prompt_text(ask.messages[-1])
    body = request_body(header.provider, replace(ask, model=header.model, stream=header.stream))
    found = answers(header, body, prompt)
    if found:
        return
    alone = f"sk.stream('replay/{name}') without a prompt plays it whatever was asked"
    if found is None:
        raise ConfigurationError(f"{name} does not say which request it answers: {alone}.", provider="replay")
    more = [f"different there: {difference(header, body, ask.params)}"] if difference(header, body, ask.params) else []
    if header.prompts:
        more.append(f"recorded prompts: {' | '.join(header.prompts)}")
    others = list(_siblings(name))
    same = [each for each, known in others if answers(known, body, prompt)]
    near = same or nearest(prompt, others)
    if near:
        more.append(f"{'recorded in' if same else 'nearest'}: {', '.join(f'replay/{each}' for each in near)}")
    rest = "".join(f"; {each}" for each in more)
    raise ConfigurationError(f"{name} answers another request{rest}; {alone}.", provider="replay")


def _siblings(name: str) -> Iterator[tuple[str, Header]]:
    """Yield the other recordings of a file's folder, with their headers."""
    file = Path(name)
    for each in sorted(file.parent.glob(f"*{_SUFFIX}"))[:_SIBLINGS]:
        if each != file:
            try:
                yield str(each), read_header(each)
            except ConfigurationError:  # another file of lines
                continue


def _list(value: object) -> list[Played]:
    if value is not None and not isinstance(value, list):
        raise ConfigurationError(f"played={value!r}: give a list, to which each request adds what became of it.")
    return cast("list[Played]", [] if value is None else value)


def _find(model: str, prompt: str) -> ShippedRecording:
    provider, _, name = model.partition(":")
    known = recordings()
    matching = [each for each in known if each.header.provider == provider and name in ("", each.header.name)]
    if not matching:
        names = ", ".join(f"replay/{each.model}" for each in known)
        raise ConfigurationError(
            f"There is no recording replay/{model}; there are {names}, and files of yours whose names end in .jsonl.",
            provider="replay",
        )
    for each in matching:
        if answers(each.header, None, prompt):
            return each
    prompts = " | ".join(recorded for each in matching for recorded in each.prompts)
    raise ConfigurationError(f"No recording for this prompt. Recorded prompts: {prompts}", provider="replay")


PROVIDER: Provider = ReplayProvider()
