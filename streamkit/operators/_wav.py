"""Raw sound as a WAV file that can be played while the sound arrives."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..audio.pcm import Pcm, append_sound
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
        ------Hab--cd--ef---|

    Args:
        rate: Samples a second of one channel.
        channels: Number of channels.
        width: Bytes of one sample.
        whole: True to emit the whole file once, at completion, with its sizes.

    Returns:
        An operator from pieces of raw sound (``pcm16``; other formats need no header) to the bytes of the file, in
        whole samples; an incomplete sample at the end is dropped. Without sound the file is empty.

    Raises:
        ConfigurationError: A number is out of range.

    >>> import io, wave
    >>> import reactivex as rx, streamkit as sk
    >>> file = sk.flow(rx.of(bytes(1_000), bytes(1_400))).pipe(wav(whole=True)).run()
    >>> wave.open(io.BytesIO(file)).getnframes()
    1200
    """
    pcm = Pcm(rate, channels, width)

    @operator
    def write(
        source: Observable[bytes], observer: abc.ObserverBase[bytes], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        emit = observer.on_next
        buffer = bytearray()
        begun = False

        def samples() -> bytes:
            end = len(buffer) - len(buffer) % pcm.block
            ready = bytes(buffer[:end])
            del buffer[:end]
            return ready

        def on_next(fragment: bytes) -> None:
            nonlocal begun
            append_sound(buffer, fragment)
            if not whole and (ready := samples()):
                if not begun:
                    begun = True
                    emit(pcm.header())
                emit(ready)

        def on_completed() -> None:
            if not begun:
                flush(observer, lambda: [pcm.file(samples())])
            observer.on_completed()

        return source.subscribe(on_next, observer.on_error, on_completed, scheduler=scheduler)

    return write
