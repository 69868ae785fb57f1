"""Raw PCM sound: the layout of the bytes, and the WAV header that describes the layout."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO, cast

from ..errors import ConfigurationError

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")

_OPEN = 0xFFFFFFFF  # a size that is not known yet; players read on to the end

_BOUNDS = {"rate": (1, 1_000_000), "channels": (1, 64), "width": (1, 4)}


@dataclass(frozen=True, slots=True)
class Pcm:
    """The layout of raw sound; the default is OpenAI's ``pcm16``.

    Args:
        rate: Samples a second of one channel.
        channels: Number of channels, interleaved sample by sample.
        width: Bytes of one sample of one channel.

    Raises:
        ConfigurationError: A number is out of range.

    >>> Pcm().ms(48_000)
    1000.0
    """

    rate: int = 24_000
    channels: int = 1
    width: int = 2

    def __post_init__(self) -> None:
        for name, (low, high) in _BOUNDS.items():
            value: object = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise ConfigurationError(f"{name}={value!r}: give a whole number from {low} to {high}.")

    @property
    def block(self) -> int:
        """Bytes of one sample of all channels, the smallest unit that can be played."""
        return self.channels * self.width

    def size(self, ms: float) -> int:
        """Return the number of bytes of a duration.

        Raises:
            ConfigurationError: ``ms`` is not a whole number of samples, 1 or more.
        """
        given = cast("object", ms)
        samples = self.rate * ms / 1000 if isinstance(given, (int, float)) and not isinstance(given, bool) else 0.0
        if not (0.5 < samples < 2**31 and abs(samples - round(samples)) < 1e-6):
            raise ConfigurationError(
                f"ms={ms!r}: give milliseconds that are a whole number of samples at {self.rate} a second."
            )
        return round(samples) * self.block

    def ms(self, size: int) -> float:
        """Return the duration of a number of bytes, in milliseconds."""
        return size / self.block / self.rate * 1000

    def header(self, size: int | None = None) -> bytes:
        """Write the header of a WAV file.

        Args:
            size: Bytes of sound that follow; None if the size is not known yet.
        """
        known = size is not None and size + size % 2 + 36 < _OPEN
        riff, data = (size + size % 2 + 36, size) if known and size is not None else (_OPEN, _OPEN)
        layout = (16, 1, self.channels, self.rate, self.rate * self.block, self.block, 8 * self.width)
        return _HEADER.pack(b"RIFF", riff, b"WAVE", b"fmt ", *layout, b"data", data)

    def file(self, sound: bytes) -> bytes:
        """Make a complete WAV file."""
        return self.header(len(sound)) + sound + b"\0" * (len(sound) % 2)


def patch_wav(file: str | os.PathLike[str] | BinaryIO) -> None:
    """Correct the sizes in a saved WAV file, whose header ``wav()`` wrote before the sizes were known.

    A file with correct sizes stays unchanged.

    Args:
        file: Path of the file, or the file itself, open for reading and writing.

    Raises:
        ConfigurationError: The file was not written by ``wav()``, or cannot be written.

    >>> import io, wave
    >>> file = io.BytesIO(Pcm().header() + bytes(480))
    >>> patch_wav(file)
    >>> wave.open(io.BytesIO(file.getvalue())).getnframes()
    240
    """
    if isinstance(file, (str, os.PathLike)):
        try:
            with open(file, "r+b") as opened:
                return patch_wav(opened)
        except OSError as error:
            raise ConfigurationError(f"{os.fspath(file)} cannot be written: {error.strerror}.") from error
    file.seek(0)
    begin = file.read(_HEADER.size)
    if len(begin) < _HEADER.size or (begin[:4], begin[8:16], begin[36:40]) != (b"RIFF", b"WAVEfmt ", b"data"):
        raise ConfigurationError("This is no WAV file that wav() has written.")
    _, _, _, _, _, _, channels, rate, _, _, bits, _, size = _HEADER.unpack(begin)
    if size == _OPEN:
        pcm = Pcm(rate, channels, bits // 8)
        size = file.seek(0, os.SEEK_END) - _HEADER.size
        size -= size % pcm.block
        file.truncate(_HEADER.size + size)
        file.seek(0, os.SEEK_END)
        file.write(b"\0" * (size % 2))
        file.seek(0)
        file.write(pcm.header(size))
    file.seek(0, os.SEEK_END)


def append_sound(buffer: bytearray, fragment: bytes) -> None:
    """Append sound to a buffer.

    Raises:
        ConfigurationError: The sound is not bytes.
    """
    try:
        buffer += fragment
    except TypeError:
        kind = type(fragment).__name__
        raise ConfigurationError(f"Sound is read, and {kind} came: put ops.audio() before this operator.") from None
