"""What the options of a question stand for: parameters of ``-o``, and the files and addresses of ``-a``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn
from urllib.parse import urlsplit

from ..errors import ConfigurationError
from ..messages import AudioPart, DocumentPart, ImagePart

# Options of sk.stream that the command line gives in another way, or that take an object of Python.
_ELSEWHERE = {
    "api_key": "a key is read from the environment, where other users of this machine do not see it",
    "base_url": "give --base-url URL",
    "model": "give -m PROVIDER/MODEL",
    "prompt": "write the question behind the options",
    "provider": "give -m PROVIDER/MODEL",
    "record": "give streamkit record FILE QUESTION",
    "response_model": "give --schema FILE or --schema MODULE:MODEL",
    "system": "give -s TEXT",
    **dict.fromkeys(
        ("caps", "client", "keep", "limits", "timeouts"), "it takes an object of Python, so it is for programs"
    ),
}

TAKEN = "images (PNG, JPEG, GIF, WebP), audio (WAV, MP3, OGG, FLAC) and PDF"

_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")

_SOUNDS = {b"ID3": "mp3", b"OggS": "ogg", b"fLaC": "flac"}

_MP3_SYNC = 0xE0  # the upper bits of an MP3 frame's second byte, behind 0xFF

_IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})


def parameters(given: Iterable[str]) -> dict[str, Any]:
    r"""Read ``name=value`` options; a value that is JSON stands for what it says, any other for its text.

    Args:
        given: Options as they were typed.

    Raises:
        ConfigurationError: An option has another form, is given twice, or has an option of its own.

    >>> parameters(["temperature=0.2", 'stop=["END"]', "reasoning_effort=low"])
    {'temperature': 0.2, 'stop': ['END'], 'reasoning_effort': 'low'}
    """
    found: dict[str, Any] = {}
    for option in given:
        name, equals, value = option.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise ConfigurationError("-o takes NAME=VALUE, as in -o temperature=0.2.")
        if name in _ELSEWHERE:
            raise ConfigurationError(f"-o {name}=…: {_ELSEWHERE[name]}.")
        if name in found:
            raise ConfigurationError(f"-o {name}=… is given twice.")
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_not_json)
    except (ValueError, RecursionError):
        return text


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def attachment(path: str) -> ImagePart | AudioPart | DocumentPart:
    """Make a message part of a file, or of an address that begins with ``https://`` or ``http://``.

    Args:
        path: Path of the file, or the address.

    Raises:
        ConfigurationError: The file cannot be read, or is of a kind that no part stands for.
    """
    if path.startswith(("https://", "http://")):
        return _from_address(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"-a {path}: the file cannot be read ({error.strerror}).") from error
    part = _from_bytes(data, PurePosixPath(Path(path).as_posix()).name)
    if part is None:
        what = "The file is empty" if not data else "This kind of file is not taken"
        raise ConfigurationError(f"-a {path}: {what}. Taken are {TAKEN}; pipe a text file in.")
    return part


def _from_bytes(data: bytes, name: str) -> ImagePart | AudioPart | DocumentPart | None:
    """Make the part that the first bytes ask for; the suffix of a name may be wrong."""
    riff = data[8:12] if data.startswith(b"RIFF") else b""
    if data.startswith(_IMAGES) or riff == b"WEBP":
        return ImagePart(data)
    if riff == b"WAVE":
        return AudioPart(data, "wav")
    if data.startswith(b"%PDF-"):
        return DocumentPart(data, name=name)
    sound = next((kind for magic, kind in _SOUNDS.items() if data.startswith(magic)), None)
    if sound is None and data[:1] == b"\xff" and data[1:2] >= bytes([_MP3_SYNC]):
        sound = "mp3"
    return None if sound is None else AudioPart(data, sound)


def _from_address(url: str) -> ImagePart | DocumentPart:
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    kinds: dict[str, Callable[[], ImagePart | DocumentPart]] = {".pdf": lambda: DocumentPart(url=url)}
    kinds |= dict.fromkeys(_IMAGE_SUFFIXES, lambda: ImagePart(url=url))
    if suffix not in kinds:
        raise ConfigurationError(
            "-a: an address ends in .png, .jpg, .gif, .webp or .pdf, so that its kind is known: download others."
        )
    return kinds[suffix]()
