"""Reads the address of an Ollama server, in the format of OLLAMA_HOST."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..errors import ConfigurationError

_PORT = 11434


def ollama_address(host: str) -> str:
    """Return a complete address, as Ollama itself does: host, port, scheme and path can each be left out.

    Args:
        host: The value of ``OLLAMA_HOST`` or ``base_url=``; empty for Ollama on this machine.

    Raises:
        ConfigurationError: The value is no address.

    >>> ollama_address(""), ollama_address("box"), ollama_address(":8080")
    ('http://127.0.0.1:11434', 'http://box:11434', 'http://127.0.0.1:8080')
    >>> ollama_address("https://models.example/a/")
    'https://models.example:443/a'
    """
    scheme, separator, rest = host.partition("://")
    if not separator:
        scheme, rest = "http", host
    port = {"http": 80, "https": 443}.get(scheme, _PORT) if separator else _PORT
    try:
        found = urlsplit(f"{scheme}://{rest}")
        port = found.port or port
    except ValueError as error:
        raise ConfigurationError(f"OLLAMA_HOST={host!r} is no address: {error}.") from None
    name = found.hostname or "127.0.0.1"
    path = found.path.rstrip("/")
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}{path}"


def chat_address(host: str) -> str:
    """Return the address of Ollama's copy of OpenAI's API.

    Args:
        host: The value of ``OLLAMA_HOST`` or ``base_url=``, as for `ollama_address`.

    Raises:
        ConfigurationError: The value is no address.

    >>> chat_address("box"), chat_address("http://box:8080/v1/")
    ('http://box:11434/v1', 'http://box:8080/v1')
    """
    return ollama_address(host).removesuffix("/v1") + "/v1"
