"""The lines of a recording: a header, a line for each read of the body, and the end as it was seen."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, TypeAlias, cast

import msgspec

from ..chunk import Chunk
from ..codec import as_builtins, decode
from ..errors import StreamError
from ..settings import SentinelEnds

FORMAT = "streamkit.recording"

"""The name of the format, which is the first field of every header."""

FORMAT_VERSION = 1

Kind: TypeAlias = Literal["bytes", "chunks"]

CLOCK = "ms since the request was sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is known of one call before its answer; a file has one for each call, and for a conversation another one.

    Args:
        kind: ``"bytes"`` for the bytes of the body as they were read, ``"chunks"`` for chunks that had no bytes.
        provider: The provider's name.
        model: The model's name in the request, without the provider's.
        api: The wire format of the bytes; None for chunks.
        vendor: The name of the row of quirks for the bytes; None for the format's own behaviour.
        provider_in_chunks: The provider's name in the chunks of the bytes; None if that is ``provider``.
        choices: The number of requested answers.
        stream: True if the answer was to arrive in events, False if in one body.
        status: The HTTP status; None if there was no answer, or no HTTP.
        content_type: The content type of the answer.
        request_id: The provider's id of the request.
        request: The hash of the request, see ``request_hash``; None if it is not known.
        params: The call's parameters that are no texts, see ``plain_params``.
        prompts: The prompts that it answers; None unless the user has asked for prompts to be recorded.
        body: The fields of the request's body; None unless the user has asked for prompts to be recorded.
        http: The HTTP request and what else was seen of its answer, which a recording of the pytest plugin has.
        sentinel_ends: The call's option of this name, which decides what its chunks are.
        thinking_tags: The call's option of this name; pairs are lists of two texts.
        blanked: The number of fields that were emptied because the provider repeats the prompt in them.
        scrubbed: The number of secrets that were replaced.
        conversation: True if the calls that follow are the turns of one conversation, whose own end comes last.
        reask: True if the calls that follow are the answers to one call that was asked again (``reask=``).
        turn: The call's turn in a conversation, from 0.
        attempt: The number of attempts at the call, or turn, before: those that failed, or did not fit (``reask=``).
        sent: The time at which the call was sent, in milliseconds of the file's clock; 0 for the first.
        started: The date and time at which the first call was sent, in the ISO 8601 form.
        clock: The clock of all times in the file.
        versions: The versions of the libraries by their names.
        name: The name of a recording that comes with streamkit.
        about: A sentence on the purpose of the recording.
    """

    kind: Kind
    provider: str
    model: str
    api: str | None = None
    vendor: str | None = None
    provider_in_chunks: str | None = None
    choices: int = 1
    stream: bool = True
    status: int | None = None
    content_type: str | None = None
    request_id: str | None = None
    request: str | None = None
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    prompts: tuple[str, ...] | None = None
    body: dict[str, Any] | None = None
    http: dict[str, Any] | None = None
    sentinel_ends: SentinelEnds | None = None
    thinking_tags: str | tuple[str | tuple[str, str], ...] | None = None
    blanked: int = 0
    scrubbed: int = 0
    conversation: bool = False
    reask: bool = False
    turn: int = 0
    attempt: int = 0
    sent: float = 0.0
    started: str | None = None
    clock: str = CLOCK
    versions: dict[str, str] = field(default_factory=dict[str, str])
    name: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEnd:
    """The end of a call as its readers saw it.

    Args:
        state: The state of the Response.
        ms: The time of the end, in milliseconds of the file's clock.
        error: The fields of the error, see ``error_fields``; None if there was none.
        stopped_by: The name of the function or operator that stopped the call.
        calls: The number of requests that were sent for the answer.
        resent: How often the request was sent again over a new connection.
        left_out: The number of bytes of the body that the file has no room for; the recording is cut there.
    """

    state: Literal["complete", "stopped", "failed", "unknown"]
    ms: float
    error: dict[str, Any] | None = None
    stopped_by: str | None = None
    calls: int = 1
    resent: int = 0
    left_out: int = 0


def header_line(header: Header) -> bytes:
    r"""Write the line of a header; what has its default is left out.

    Args:
        header: The header.

    >>> header_line(Header(kind="bytes", api="openai.chat", provider="openai", model="gpt-5-mini"))[:58]
    b'{"format":"streamkit.recording","version":1,"kind":"bytes"'
    """
    return _line({"format": FORMAT, "version": FORMAT_VERSION, **_without_defaults(header)})


def read_line(ms: float, data: bytes) -> bytes:
    r"""Write the line of one read: the time, and the bytes as text if they are UTF-8, else as base64.

    Args:
        ms: The time of the read, in milliseconds of the file's clock.
        data: The bytes that were read.

    >>> read_line(12.5, b"data: Io\n\n")
    b'[12.5,"data: Io\\n\\n"]\n'
    >>> read_line(13, b"\xff")
    b'[13,{"base64":"/w=="}]\n'
    """
    try:
        found: Any = data.decode()
    except UnicodeDecodeError:
        found = {"base64": base64.b64encode(data).decode("ascii")}
    return _line([_number(ms), found])


def chunk_line(ms: float, chunk: Chunk[Any, Any]) -> bytes:
    r"""Write the line of a chunk that had no bytes: of a foreign source, or the result of a tool.

    Args:
        ms: The time of the chunk, in milliseconds of the file's clock.
        chunk: The chunk.

    >>> chunk_line(12, Chunk(content="Io"))
    b'[12,{"type":"chunk","content":"Io"}]\n'
    """
    return _line([_number(ms), as_builtins(chunk)])


def end_line(end: RecordedEnd) -> bytes:
    r"""Write the line of the end of a call.

    Args:
        end: The end.

    >>> end_line(RecordedEnd(state="complete", ms=80))
    b'{"end":{"state":"complete","ms":80}}\n'
    """
    return _line({"end": {**_without_defaults(end), "ms": _number(end.ms)}})


def error_fields(error: StreamError) -> dict[str, Any]:
    """Return the fields of an error for ``RecordedEnd``, without what had arrived: the reads have that.

    Args:
        error: The error.

    >>> error_fields(StreamError("cut"))["message"]
    'cut'
    """
    fields = as_builtins(error)
    return {name: each for name, each in fields.items() if each is not None and name not in ("type", "partial")}


def error_of(found: Mapping[str, Any]) -> StreamError:
    """Return the error of such fields.

    Args:
        found: The fields, which ``error_fields`` has returned.

    Raises:
        ValueError: These are no fields of an error.
    """
    error = decode(msgspec.json.encode({**found, "type": "error", "partial": None}))
    assert isinstance(error, StreamError)
    return error


def request_hash(api: str, body: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a request in hexadecimal digits: of the wire format, and the body with sorted names.

    Args:
        api: The name of the wire format.
        body: The fields of the request's body, as the provider gets them.

    >>> request_hash("openai.chat", {"a": 1, "b": [2]}) == request_hash("openai.chat", {"b": [2], "a": 1})
    True
    """
    canonical = msgspec.json.encode([api, body], order="sorted", enc_hook=_plain)
    return hashlib.sha256(canonical).hexdigest()


def plain_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are numbers or truth values, and ``stop``: no other text may enter a recording.

    Args:
        params: The parameters of the call.

    >>> plain_params({"temperature": 0, "user": "ann", "stop": ["END"]})
    {'temperature': 0, 'stop': ['END']}
    """
    return {name: value for name, value in params.items() if name == "stop" or isinstance(value, (bool, int, float))}


def _plain(value: object) -> Any:
    """Return what is written for an object that JSON does not have: a model's fields, else its name."""
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if callable(dump) else repr(value)


def _number(ms: float) -> float:
    """Return a time with three digits, without a point where it is whole."""
    rounded = round(ms, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def _without_defaults(record: Header | RecordedEnd) -> dict[str, Any]:
    found = cast("dict[str, Any]", msgspec.to_builtins(record))
    for each in fields(record):
        default = each.default if each.default_factory is MISSING else each.default_factory()
        if getattr(record, each.name) == default:
            del found[each.name]
    return found


def _line(value: Any) -> bytes:
    return msgspec.json.encode(value) + b"\n"
