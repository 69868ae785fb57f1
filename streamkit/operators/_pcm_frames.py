"""Raw sound in frames of a fixed length."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..audio.pcm import Pcm, append_sound
from ..audio.sound_format import SoundReader
from ._base.machine import flush, operator


def pcm_frames(
    ms: float, *, rate: int = 24_000, channels: int = 1, width: int = 2, pad: bool = False
) -> Callable[[Observable[bytes]], Observable[bytes]]:
    r"""Split raw sound into frames of a number of milliseconds, exact to the sample.

    .. marble::
        :alt: pcm_frames

        --abc--d--efgh--ij--|
        [  pcm_frames(20)   ]
        --ab---cd-ef-gh-ij--|

    Args:
        ms: Milliseconds of a frame: a whole number of samples.
        rate: Samples a second of one channel.
        channels: Number of channels.
        width: Bytes of one sample.
        pad: True to pad the last frame with silence.

    Returns:
        An operator from pieces of raw sound to frames. Of a WAV file the samples are taken, at the rate and with the
        channels that the file itself names. Before the end, and before an error, the remaining whole
        samples are emitted as a shorter last frame; an incomplete sample is dropped.

    Raises:
        ConfigurationError: A number is out of range; by ``on_error``, the sound is neither raw nor a WAV file.

    >>> import reactivex as rx, streamkit as sk
    >>> sound = rx.of(bytes(301), bytes(199), bytes(700))
    >>> [len(frame) for frame in sk.flow(sound).pipe(pcm_frames(10))]
    [480, 480, 240]
    """
    pcm = Pcm(rate, channels, width)
    pcm.size(ms)
    return cut_frames(lambda: SoundReader(pcm), lambda layout: layout.size(ms), pad=pad)


def cut_frames(
    make_reader: Callable[[], SoundReader], size_of: Callable[[Pcm], int], *, pad: bool = False
) -> Callable[[Observable[bytes]], Observable[bytes]]:
    """Split sound into frames whose size follows from the layout of the samples.

    Args:
        make_reader: A function that makes the reader of one subscription's sound.
        size_of: A function that takes the layout and returns the bytes of a frame.
        pad: True to pad the last frame with silence.
    """

    @operator(emits="many", reads="sound", gives="sound", name="pcm_frames()")
    def cut(
        source: Observable[bytes], observer: abc.ObserverBase[bytes], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        frames = _Frames(make_reader(), size_of, pad=pad)

        def on_next(fragment: bytes) -> None:
            for frame in frames.feed(fragment):
                observer.on_next(frame)

        def on_error(error: Exception) -> None:
            flush(observer, frames.buffered)
            observer.on_error(error)

        def on_completed() -> None:
            flush(observer, frames.flush)
            observer.on_completed()

        return source.subscribe(on_next, on_error, on_completed, scheduler=scheduler)

    return cut


class _Frames:
    def __init__(self, reader: SoundReader, size_of: Callable[[Pcm], int], *, pad: bool) -> None:
        self._reader = reader
        self._size_of = size_of
        self._pad = pad
        self._buffer = bytearray()

    def feed(self, fragment: bytes) -> list[bytes]:
        buffer = self._buffer
        append_sound(buffer, self._reader.feed(fragment))
        if not buffer:
            return []
        size = self._size_of(self._reader.pcm)
        whole = len(buffer) - len(buffer) % size
        ready = bytes(buffer[:whole])
        del buffer[:whole]
        return [ready[at : at + size] for at in range(0, whole, size)]

    def buffered(self) -> list[bytes]:
        """Return the whole samples that fill no frame, as a last frame."""
        pcm, size = self._reader.pcm, len(self._buffer)
        last = bytes(self._buffer[: size - size % pcm.block])
        silence = b"\x80" if pcm.width == 1 else b"\0"  # samples of one byte are unsigned
        return [last.ljust(self._size_of(pcm), silence) if self._pad else last] if last else []

    def flush(self) -> list[bytes]:
        append_sound(self._buffer, self._reader.flush())
        return [*self.feed(b""), *self.buffered()]
