"""Raw sound as a WAV file that can be played while the sound arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reactivex import Observable, abc

from ..audio.pcm import Pcm, append_sound
from ..audio.sound_format import Format, readable_format
from ._base.machine import flush, operator


def wav(
    *, rate: int = 24_000, channels: int = 1, width: int = 2, whole: bool = False
) -> Callable[[Observable[bytes]], Observable[bytes]]:
    r"""Make a WAV file of raw sound: the header is emitted before the first piece.

    The length of the sound is not known yet, so the header leaves the sizes open. Players, browsers, ``wave`` and
    ``soundfile`` accept that; ``streamkit.patch_wav(file)`` writes the sizes into a saved file.

    .. marble::
        :alt: wav

        ------abc--d---efg--|
        [       wav()       ]
        ------H-ab-cd--ef---|

    Args:
        rate: Samples a second of one channel.
        channels: Number of channels.
        width: Bytes of one sample.
        whole: True to emit the whole file once, at completion, with its sizes.

    Returns:
        An operator from pieces of raw sound (``pcm16``) to the bytes of the file, in whole samples; an incomplete
        sample at the end is dropped. Sound that is a WAV file is emitted as it came. Without sound the file is empty.

    Raises:
        ConfigurationError: A number is out of range; by ``on_error``, the sound is neither raw nor a WAV file.

    >>> import io, wave
    >>> import reactivex as rx, streamkit as sk
    >>> file = sk.flow(rx.of(bytes(1_000), bytes(1_400))).pipe(wav(whole=True)).run()
    >>> wave.open(io.BytesIO(file)).getnframes()
    1200
    """
    pcm = Pcm(rate, channels, width)

    @operator(emits="one" if whole else "many", reads="sound", gives="sound", name="wav()")
    def write(
        source: Observable[bytes], observer: abc.ObserverBase[bytes], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        emit = observer.on_next
        buffer = bytearray()
        begun = False
        found: Format | None = None

        def samples() -> bytes:
            return _taken(buffer, 1 if found == "wav" else pcm.block)

        def on_next(fragment: bytes) -> None:
            nonlocal begun, found
            append_sound(buffer, fragment)
            found = found or readable_format(buffer)
            if not whole and found and (ready := samples()):
                if not begun and found == "raw":
                    emit(pcm.header())
                begun = True
                emit(ready)

        def rest() -> Iterator[bytes]:
            nonlocal found
            found = found or readable_format(buffer, ended=True)
            if not begun:
                yield samples() if found == "wav" else pcm.file(samples())

        def on_completed() -> None:
            flush(observer, rest)
            observer.on_completed()

        return source.subscribe(on_next, observer.on_error, on_completed, scheduler=scheduler)

    return write


def _taken(buffer: bytearray, block: int) -> bytes:
    """Remove the whole blocks from a buffer, and return them."""
    end = len(buffer) - len(buffer) % block
    ready = bytes(buffer[:end])
    del buffer[:end]
    return ready
