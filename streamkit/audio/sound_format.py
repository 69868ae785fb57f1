"""The format of sound, by its first bytes, and the samples of a WAV file; raw sound has no mark and is all else."""

from __future__ import annotations

import struct
from typing import Literal

from ..errors import ConfigurationError
from .pcm import Pcm, append_sound

Format = Literal["raw", "wav", "mp3", "aac", "flac", "ogg"]

_MARKS: dict[bytes, Format] = {b"RIFF": "wav", b"fLaC": "flac", b"OggS": "ogg", b"ID3": "mp3"}

_MPEG_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # kbit/s of layer III

_MPEG_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}  # by MPEG's version

_HEADER = 7  # bytes that say how long a frame of mp3 or aac is

_CHUNK = struct.Struct("<4sI")

_LAYOUT = struct.Struct("<HHIIHH")

_PCM, _EXTENSIBLE = 1, 0xFFFE


def format_of(begin: bytes | bytearray, *, ended: bool = False) -> Format | None:
    r"""Return the format of sound; None if that takes more bytes.

    Args:
        begin: The first bytes.
        ended: True if there are no others.

    >>> format_of(b"RIFF\0\0\0\0WAVE"), format_of(b"\1\2"), format_of(b"RI")
    ('wav', 'raw', None)
    """
    if begin[:1] == b"\xff":
        return _of_frames(begin, ended=ended)
    for mark, found in _MARKS.items():
        if begin[: len(mark)] == mark[: len(begin)]:
            needed = 12 if found == "wav" else 5
            if len(begin) < needed and not ended:
                return None
            return found if len(begin) >= needed and _is_marked(begin, found) else "raw"
    return "raw"


def _is_marked(begin: bytes | bytearray, found: Format) -> bool:
    """Return whether a mark is followed by what belongs to it, since raw sound may begin with any bytes."""
    if found == "wav":
        return begin[8:12] == b"WAVE"
    return found != "mp3" or begin[3] in (2, 3, 4)  # the versions of ID3


def _of_frames(begin: bytes | bytearray, *, ended: bool) -> Format | None:
    """Return the format of sound without a mark: that of its frames if one follows the first where it has to."""
    if len(begin) < _HEADER:
        return "raw" if ended else None
    found: Format = "mp3"
    length = _mp3_length(begin)
    if length is None:
        found, length = "aac", _aac_length(begin)
    if length is None:
        return "raw"
    if len(begin) < length + 2:
        return "raw" if ended else None
    return found if begin[length : length + 2] == begin[:2] else "raw"


def _mp3_length(header: bytes | bytearray) -> int | None:
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bits, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if header[1] < 0xE0 or version == 1 or layer != 1 or bits in (0, 15) or rate == 3:
        return None
    kbits, samples = (_MPEG_1[bits - 1], 144) if version == 3 else (_MPEG_2[bits - 1], 72)
    return samples * kbits * 1000 // _RATES[version][rate] + padding


def _aac_length(header: bytes | bytearray) -> int | None:
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if header[1] & 0xF6 == 0xF0 and length >= _HEADER else None


def readable_format(begin: bytes | bytearray, *, ended: bool = False) -> Format | None:
    """Return ``"raw"`` or ``"wav"``; None if that takes more bytes.

    Args:
        begin: The first bytes.
        ended: True if there are no others.

    Raises:
        ConfigurationError: The sound has another format.
    """
    found = format_of(begin, ended=ended)
    if found not in ("raw", "wav", None):
        raise ConfigurationError(
            f"This sound is {found.upper()}, and raw samples or a WAV file are needed: ask for pcm16 or wav, or write "
            "what audio() emits to a file as it is."
        )
    return found


class SoundReader:
    """Reads the samples of sound that arrives in pieces: all of raw sound, and of a WAV file those in it.

    Args:
        pcm: The layout of raw sound.
    """

    def __init__(self, pcm: Pcm) -> None:
        self.pcm = pcm
        """The layout of the samples: a WAV file's own, once its header has been read."""
        self._begun: bytearray | None = bytearray()
        self._left: int | None = None

    def feed(self, fragment: bytes) -> bytes:
        """Add bytes, and return the samples that they complete; a sample may be cut.

        Raises:
            ConfigurationError: The sound is neither raw nor a WAV file, or the file cannot be read.
        """
        if self._begun is None:
            return self._cut(fragment)
        append_sound(self._begun, fragment)
        return self._begin(ended=False)

    def flush(self) -> bytes:
        """Return the last samples; no other bytes come.

        Raises:
            ConfigurationError: A WAV file ends before its samples.
        """
        return b"" if self._begun is None else self._begin(ended=True)

    def _begin(self, *, ended: bool) -> bytes:
        begun = self._begun or bytearray()
        found = readable_format(begun, ended=ended)
        if found is None:
            return b""
        start = 0
        if found == "wav":
            start = self._read_header(bytes(begun))
            if not start:
                if ended:
                    raise ConfigurationError("This WAV file is cut before its samples.")
                return b""
        self._begun = None
        return self._cut(bytes(begun[start:]))

    def _read_header(self, begun: bytes) -> int:
        """Read the layout and the size of a file's samples, and return where they start; 0 if that takes more bytes."""
        at, layout = 12, None
        while at + _CHUNK.size <= len(begun):
            name, size = _CHUNK.unpack_from(begun, at)
            at += _CHUNK.size
            if name == b"data":
                if layout is None:
                    raise ConfigurationError("This WAV file has no layout before its samples.")
                self.pcm = layout
                # A program that writes while it records leaves the size open.
                self._left = size or None
                return at
            if name == b"fmt " and at + size <= len(begun):
                layout = _layout_of(begun[at : at + size])
            at += size + size % 2
        return 0

    def _cut(self, fragment: bytes) -> bytes:
        """Return the part of bytes that belongs to the samples; other parts of a file may follow."""
        if self._left is None:
            return fragment
        fragment = fragment[: self._left]
        self._left -= len(fragment)
        return fragment


def _layout_of(fields: bytes) -> Pcm:
    if len(fields) < _LAYOUT.size:
        raise ConfigurationError("The layout of this WAV file is damaged.")
    kind, channels, rate, _, _, bits = _LAYOUT.unpack_from(fields)
    if kind == _EXTENSIBLE and len(fields) >= 26:
        kind = int.from_bytes(fields[24:26], "little")
    if kind != _PCM:
        raise ConfigurationError(f"The samples of this WAV file have the format {kind}; only integers can be read.")
    if bits % 8:
        raise ConfigurationError(f"The samples of this WAV file have {bits} bits; whole bytes are needed.")
    return Pcm(rate, channels, bits // 8)


def samples_of(sound: bytes, pcm: Pcm) -> tuple[bytes, Pcm]:
    r"""Return the samples of complete sound, and their layout.

    Args:
        sound: Raw sound, or a WAV file.
        pcm: The layout of raw sound.

    Raises:
        ConfigurationError: The sound is neither, or the file cannot be read.

    >>> samples_of(Pcm(8_000).file(bytes(20)), Pcm())
    (b'\x00...\x00', Pcm(rate=8000, channels=1, width=2))
    """
    reader = SoundReader(pcm)
    return reader.feed(sound) + reader.flush(), reader.pcm
