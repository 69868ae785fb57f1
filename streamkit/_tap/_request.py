"""A request as a tap sees it on its way: what identifies it, without its key, and with its prompt only on demand."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from .._recording import request_hash
from ..providers._secrets import address_without_keys, keys_in, keys_in_address
from ..scrub import Scrubber

_KEPT = re.compile(r"[A-Za-z0-9_.:/@+-]{0,100}\Z")  # a word of an API, and no sentence

# The fields whose words describe a request and are no text of its prompt.
_WORDS = frozenset(
    {
        *("model", "role", "type", "name", "format", "media_type", "mime_type", "mimeType", "tool_choice", "effort"),
        *("detail", "service_tier", "modality", "modalities", "voice", "reasoning_effort", "verbosity", "strict"),
        *("include", "encoding_format", "citation_quality", "safety_mode", "responseMimeType", "required"),
    }
)

# The fields that hold what a model or a tool has written in a form of its own: neither names nor numbers are shown.
_OPAQUE = frozenset({"args", "arguments", "data", "input", "json", "output", "response", "result"})

_BOUNDARY = re.compile(rb"boundary=\"?([^\";,\s]+)", re.IGNORECASE)


# The wire format of an answer, by the path of its request.
_APIS = {
    "/chat/completions": "openai.chat",
    "/completions": "openai.completions",
    "/responses": "openai.responses",
    "/messages": "anthropic.messages",
    "/v2/chat": "cohere.v2.chat",
    "/v1/chat": "cohere.v1.chat",
    ":streamGenerateContent": "gemini.generate_content",
    ":generateContent": "gemini.generate_content",
    "/converse-stream": "bedrock.converse",
    "/converse": "bedrock.converse",
    "/invoke-with-response-stream": "bedrock.invoke",
    "/api/chat": "ollama.chat",
    "/api/generate": "ollama.generate",
}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request of any HTTP library.

    Args:
        method: The method, such as ``POST``.
        url: The whole address.
        headers: The headers, by their names in small letters.
        content: The body.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def host(self) -> str:
        """The host, with the port where the address has one."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def path(self) -> str:
        """The path of the address."""
        return urlsplit(self.url).path

    @property
    def api(self) -> str | None:
        """The wire format of the answer; None if the path is none of those that are known."""
        return next((api for ending, api in _APIS.items() if self.path.endswith(ending)), None)

    def address(self) -> str:
        """Return the address without a password, and without the values of fields of the query that name a key."""
        return address_without_keys(self.url)

    def body(self) -> Any:
        """Return the body as JSON, or as text if it is none; a multipart body has one boundary for all."""
        content = self.content
        boundary = _BOUNDARY.search(self.headers.get("content-type", "").encode())
        if boundary is not None:
            content = content.replace(boundary[1], b"boundary")
        try:
            return json.loads(content)
        except ValueError:
            return content.decode("utf-8", "replace")

    def secrets(self) -> Scrubber:
        """Return what finds the keys of the request, and the texts of its prompt."""
        keys = (*keys_in(self.headers), *keys_in_address(self.url))
        return Scrubber(keys, _texts(self.body(), ""))

    def describe(self, *, prompts: bool) -> dict[str, Any]:
        """Return what a recording keeps of the request.

        Args:
            prompts: True to keep the body as it is; else each text of it is replaced by its length and two bytes of
                a hash, which show that a text has changed and cannot prove what it was.
        """
        body = self.body()
        fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {"body": body}
        return {
            "method": self.method,
            "address": self.address(),
            "hash": request_hash(self.api or self.path, fields),
            "prompts": prompts,
            "body": body if prompts else _outline(body, ""),
        }


def lines_of(description: Mapping[str, Any], ignore: Iterable[str] = ()) -> list[str]:
    """Return the lines of a request's description, one for each field of its body.

    Args:
        description: What ``HttpRequest.describe`` returned.
        ignore: The fields that are left out, such as ``"metadata"`` or ``"messages.0.content"``; ``"address"`` is the
            scheme, the host and the port.

    >>> lines_of({"method": "POST", "address": "http://a/v1", "body": {"model": "m", "messages": [{"role": "user"}]}})
    ['POST http://a/v1', 'messages.0.role: "user"', 'model: "m"']
    """
    left_out = tuple(ignore)
    address = description["address"]
    if "address" in left_out:
        address = "/" + address.split("/", 3)[-1]
    fields = _fields(description["body"], ())
    kept = [line for path, line in fields if not any(_is_below(path, each) for each in left_out)]
    return [f"{description['method']} {address}", *kept]


def _is_below(path: str, field_name: str) -> bool:
    return path == field_name or path.startswith(f"{field_name}.")


def _fields(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the path and the line of each leaf; a text has one line for each of its lines."""
    if isinstance(value, Mapping) and value:
        inside = cast("Mapping[str, Any]", value)
        for name in sorted(inside):
            yield from _fields(inside[name], (*path, name))
    elif isinstance(value, list) and value:
        for at, each in enumerate(cast("list[Any]", value)):
            yield from _fields(each, (*path, str(at)))
    else:
        name = ".".join(path)
        texts: list[Any] = value.splitlines(keepends=True) or [value] if isinstance(value, str) else [value]
        for text in texts:
            yield name, f"{name or 'body'}: {json.dumps(text, ensure_ascii=False)}"


def _texts(value: Any, name: str) -> Iterator[str]:
    """Yield the texts of a body that are no words of its API."""
    if isinstance(value, Mapping):
        for key, each in cast("Mapping[str, Any]", value).items():
            yield from _texts(each, key)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _texts(each, name)
    elif isinstance(value, str) and not (name in _WORDS and _KEPT.match(value)):
        yield value


def _outline(value: Any, name: str) -> Any:
    if name in _OPAQUE and isinstance(value, (Mapping, list)) and not _is_list_of_messages(value):
        return _trace("JSON", _canonical(value))
    if isinstance(value, Mapping):
        inside = cast("Mapping[str, Any]", value)
        return {key: _outline(each, key) for key, each in inside.items()}
    if isinstance(value, list):
        inside = "" if name in _OPAQUE else name
        return [_outline(each, inside) for each in cast("list[Any]", value)]
    if not isinstance(value, str) or (name in _WORDS and _KEPT.match(value)):
        return value
    return _trace("text", value)


def _is_list_of_messages(value: Any) -> bool:
    """Whether this is the ``input`` of the Responses API, which is a list of messages."""
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in cast("list[Any]", value))


def _trace(kind: str, text: str) -> str:
    two_bytes = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:4]
    return f"<{kind} of {len(text)} characters, {two_bytes}>"


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
