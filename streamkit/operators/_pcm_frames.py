"""Raw sound in frames of a fixed length."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..audio.pcm import Pcm, append_sound
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
        An operator from pieces of raw sound to frames. Before the end, and before an error, the remaining whole
        samples are emitted as a shorter last frame; an incomplete sample is dropped.

    Raises:
        ConfigurationError: A number is out of range.

    >>> import reactivex as rx, streamkit as sk
    >>> sound = rx.of(bytes(301), bytes(199), bytes(700))
    >>> [len(frame) for frame in sk.flow(sound).pipe(pcm_frames(10))]
    [480, 480, 240]
    """
    pcm = Pcm(rate, channels, width)
    size = pcm.size(ms)
    silence = b"\x80" if width == 1 else b"\0"  # samples of one byte are unsigned

    @operator
    def cut(
        source: Observable[bytes], observer: abc.ObserverBase[bytes], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        emit = observer.on_next
        buffer = bytearray()

        def on_next(fragment: bytes) -> None:
            append_sound(buffer, fragment)
            whole = len(buffer) - len(buffer) % size
            ready = bytes(buffer[:whole])
            del buffer[:whole]
            for at in range(0, whole, size):
                emit(ready[at : at + size])

        def buffered() -> list[bytes]:
            last = bytes(buffer[: len(buffer) - len(buffer) % pcm.block])
            return [last.ljust(size, silence) if pad else last] if last else []

        def on_error(error: Exception) -> None:
            flush(observer, buffered)
            observer.on_error(error)

        def on_completed() -> None:
            flush(observer, buffered)
            observer.on_completed()

        return source.subscribe(on_next, on_error, on_completed, scheduler=scheduler)

    return cut
