"""The recordings of a test as files: a take becomes one, and a file becomes what a replay needs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from .._recording import (
    Fault,
    Header,
    RecordedEnd,
    end_line,
    error_fields,
    header_line,
    plain_params,
    read_line,
    read_recording,
)
from .._recording._scrub import ReadScrubber
from ..errors import ConfigurationError, ProviderError, TransportError
from ..wire import APIS, open_decoder
from ._playing import Recorded
from ._take import Take

SUFFIX = ".jsonl"


def paths(path: Path) -> Iterator[Path]:
    """Yield the files of a recording: ``moons.jsonl``, ``moons-2.jsonl`` and so on, without end.

    Args:
        path: The first of them.
    """
    yield path
    number = 1
    while True:
        number += 1
        yield path.with_name(f"{path.name.removesuffix(SUFFIX)}-{number}{SUFFIX}")


def read_all(path: Path) -> list[Recorded]:
    """Read the files of a recording; there are none if the first is missing.

    Args:
        path: The first of them.

    Raises:
        ConfigurationError: A file is no recording of a request.
    """
    found: list[Recorded] = []
    for each in paths(path):
        if not each.exists():
            return found
        found.append(_read(each))
    raise AssertionError


def _read(path: Path) -> Recorded:
    recording = read_recording(path)
    header, http = recording.header, recording.header.http
    if http is None:
        raise ConfigurationError(
            f"{path} has no HTTP request in it: it was not recorded by a test. Tests replay what tests have recorded."
        )
    reads = cast("tuple[tuple[float, bytes], ...]", recording.reads)
    body = http["body"] if header.body is None else header.body
    return Recorded(
        name=path.name,
        request={**http, "body": body, "hash": header.request, "prompts": header.prompts is not None},
        status=header.status,
        headers={**http["headers"], **({"content-type": header.content_type} if header.content_type else {})},
        reads=reads,
        end=http["end"],
        reason=http.get("reason", ""),
        api=header.api,
    )


def write(take: Take, path: Path, *, prompts: bool) -> None:
    """Write a take as a recording; nobody ever sees half of the file.

    Args:
        take: The recorded call.
        path: The file, which is replaced.
        prompts: True if the body of the request may be in it.

    Raises:
        OSError: The file cannot be written.
    """
    header, end = _header_and_end(take, prompts=prompts)
    scrub = ReadScrubber(take.request.secrets(), api=header.api, whole=not header.stream, prompts=prompts)
    reads = [read_line(seconds * 1000, data) for seconds, data in (*scrub.feed(take.reads), *scrub.flush())]
    last = scrub.line(end_line(end), error=True)
    header = replace(header, blanked=scrub.blanked, scrubbed=scrub.scrubbed)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with open(unfinished, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.writelines((scrub.line(header_line(header), error=bool(take.reason)), *reads, last))
    unfinished.replace(path)


def as_recorded(take: Take, faults: Sequence[Fault]) -> Recorded:
    """Return a take as if it had been read from a file.

    Args:
        take: The recorded call.
        faults: The faults that its answer gets.
    """
    return Recorded(
        name="the recording",
        request={},
        status=take.status,
        headers=take.headers,
        reads=take.reads,
        end=take.end or "left",
        reason=take.reason,
        api=take.request.api,
        faults=faults,
    )


def _header_and_end(take: Take, *, prompts: bool) -> tuple[Header, RecordedEnd]:
    request = take.request
    body = request.body()
    fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    api = request.api
    streams = bool(fields.get("stream")) or "stream" in request.path.lower()
    choices = fields.get("n") or 1
    end, seen = _end(take, api, choices=choices, whole=not streams)
    described = request.describe(prompts=prompts)
    http = {
        "method": described["method"],
        "address": described["address"],
        "headers": {name: value for name, value in take.headers.items() if name != "content-type"},
        "end": seen,
    }
    if take.reason:
        http["reason"] = take.reason
    if not (prompts and fields):
        http["body"] = described["body"]
    header = Header(
        kind="bytes",
        provider=APIS[api].vendor if api else request.host,
        model=_model(fields, request.path),
        api=api,
        choices=choices,
        stream=streams,
        status=take.status,
        content_type=take.headers.get("content-type"),
        request_id=take.headers.get("request-id") or take.headers.get("x-request-id"),
        request=described["hash"],
        params=plain_params(fields),
        prompts=_prompts(fields) if prompts else None,
        body=fields if prompts and fields else None,
        http=http,
        started=take.started.isoformat(timespec="seconds"),
        versions={"streamkit": version("streamkit")},
    )
    return header, end


def _end(take: Take, api: str | None, *, choices: int, whole: bool) -> tuple[RecordedEnd, str]:
    """Return the end as the format has it, and as the HTTP library's reader saw it."""
    ms, seen = take.seconds * 1000, take.end or "left"
    if take.status is None or seen not in ("whole", "left"):
        return RecordedEnd(state="failed", ms=ms, error=error_fields(TransportError(take.reason or seen))), seen
    if take.status >= 400:
        refused = ProviderError(f"The server answered with status {take.status}.", status=take.status)
        return RecordedEnd(state="failed", ms=ms, error=error_fields(refused)), seen
    if api is None:
        return RecordedEnd(state="unknown", ms=ms), seen
    decoder = open_decoder(api, choices=choices, whole=whole)
    for _, data in take.reads:
        decoder.feed(data)
    if seen == "left" and not decoder.done:
        return RecordedEnd(state="stopped", ms=ms, stopped_by="the reader"), seen
    decoder.finish()
    if decoder.error is not None:
        return RecordedEnd(state="failed", ms=ms, error=error_fields(decoder.error)), seen
    return RecordedEnd(state="complete" if decoder.end_is_proven else "unknown", ms=ms), "whole"


def _model(fields: Mapping[str, Any], path: str) -> str:
    """Return the model of a request, which some providers have in the address."""
    found = fields.get("model") or next(iter(re.findall(r"/models?/([^/:]+)", path)), "")
    return str(found)


def _prompts(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the text of the last message, by which a replay finds a recording."""
    messages = next((fields[name] for name in ("messages", "contents", "input", "prompt") if fields.get(name)), "")
    last: Any = cast("list[Any]", messages)[-1] if isinstance(messages, list) else messages
    if isinstance(last, dict):
        message = cast("dict[str, Any]", last)
        last = message.get("content") or message.get("parts") or ""
    parts: list[Any] = cast("list[Any]", last) if isinstance(last, list) else [last]
    texts = (cast("dict[str, Any]", each).get("text") if isinstance(each, dict) else each for each in parts)
    return (" ".join(text for text in texts if isinstance(text, str)),)
