"""A player of raw sound, which writes to an audio output and knows the position that has been heard."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from functools import partial
from typing import Any, Protocol, cast

from reactivex import Observable, abc
from reactivex.disposable import SingleAssignmentDisposable

from ._flow import Flow, refuse_inside_loop
from .audio.pcm import Pcm
from .audio.sound_format import SoundReader
from .errors import ConfigurationError, StreamError
from .operators._pcm_frames import cut_frames
from .runtime import call_soon, dispose_because, shielded, to_user_thread, wait_for

_FRAMES = 50  # a second; a stop takes effect after the current frame

_TYPES = {1: "uint8", 2: "int16", 3: "int24", 4: "int32"}


def _frame_size(pcm: Pcm) -> int:
    return max(1, pcm.rate // _FRAMES) * pcm.block


class Output(Protocol):
    """An audio output, such as ``sounddevice.RawOutputStream``; the methods may block."""

    @property
    def latency(self) -> float:
        """Seconds from a write until the sound is heard."""
        ...

    def start(self) -> object:
        """Start to play written sound."""
        ...

    def write(self, data: bytes, /) -> object:
        """Write sound; return when there is room for more."""
        ...

    def stop(self) -> object:
        """Wait until all written sound has been heard."""
        ...

    def abort(self) -> object:
        """Silence the output at once."""
        ...

    def close(self) -> object:
        """Release the device."""
        ...


class Player:
    """Plays one sound once: ``await player.play()`` or ``player.run()``, and ``stop()`` at any time.

    The player pulls, so a stream that is faster than the sound takes no memory beyond the log. The extra ``audio``
    installs sounddevice.

    Args:
        sound: Raw sound, as ``audio()`` emits it for ``pcm16``, or a WAV file, whose own layout is played.
        rate: Samples a second of one channel.
        channels: Number of channels.
        width: Bytes of one sample.
        device: Number or name of sounddevice's device; by default, sounddevice's default device.
        output: Output to use instead of a sound device; the player starts and closes the output. It has to be open
            for ``rate``, ``channels`` and ``width``.

    Raises:
        ConfigurationError: A number is out of range, or sounddevice is not installed.

    >>> import reactivex as rx
    >>> from unittest.mock import Mock
    >>> player = Player(rx.of(bytes(48_000)), output=Mock(latency=0.0))
    >>> player.run()
    >>> player.played_ms
    1000.0
    """

    def __init__(
        self,
        sound: Observable[bytes],
        *,
        rate: int = 24_000,
        channels: int = 1,
        width: int = 2,
        device: int | str | None = None,
        output: Output | None = None,
    ) -> None:
        self._pcm = Pcm(rate, channels, width)
        if output is None and importlib.util.find_spec("sounddevice") is None:
            raise ConfigurationError("To play sound, give an output=…, or: pip install 'sounddevice>=0.5'")
        self._sound = sound
        self._device = device
        self._output = output
        self._own_device = output is None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscribed: tuple[abc.DisposableBase, abc.ObserverBase[bytes]] | None = None
        self._begun = self._stopped = False
        self._written = 0
        self._delay = 0.0

    @property
    def played_ms(self) -> float:
        """Milliseconds of sound that have been heard, given the delay that the output reports."""
        return max(0.0, self._pcm.ms(self._written) - self._delay * 1000)

    async def play(self) -> None:
        """Play the sound, and return when all has been heard or ``stop()`` was called; this works once only.

        An error of the source is raised after the sound before the error has been heard. Cancelling the task silences
        the output at once.

        Raises:
            ConfigurationError: No device supports the sound, the sound is neither raw nor a WAV file, an output is not
                open for the layout of the file, or the player was used before.
            StreamError: The source ended with this error.
        """
        if self._begun:
            raise ConfigurationError("This Player has played: make another one.")
        self._begun, self._loop = True, asyncio.get_running_loop()
        if self._stopped:
            return
        to_the_end = False
        try:
            await shielded(to_user_thread(self._start))
            await self._write()
            to_the_end = True
        except StreamError:
            to_the_end = True
            raise
        finally:
            await shielded(to_user_thread(partial(self._finish, to_the_end)))

    def run(self) -> None:
        """Play the sound from synchronous code, as ``play`` does.

        Raises:
            ConfigurationError: As for ``play``, or an event loop runs on this thread.
            StreamError: The source ended with this error.
        """
        refuse_inside_loop("run()")
        wait_for(self.play)

    def stop(self) -> None:
        """Stop after the current frame of 20 ms, and dispose the subscription to the source, from any thread."""
        self._stopped = True
        if self._loop is not None:
            call_soon(self._loop, self._dispose)

    async def _write(self) -> None:
        reader = SoundReader(self._pcm)
        cut = cut_frames(lambda: reader, _frame_size)
        async with Flow(cut(Observable(self._subscribe))) as frames:
            async for frame in frames:
                if self._stopped:
                    return
                if reader.pcm != self._pcm:
                    await shielded(to_user_thread(partial(self._reopen, reader.pcm)))
                await shielded(to_user_thread(partial(self._write_one, frame)))

    def _subscribe(
        self, observer: abc.ObserverBase[bytes], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        upstream = SingleAssignmentDisposable()
        self._subscribed = upstream, observer
        upstream.disposable = self._sound.subscribe(
            observer.on_next, observer.on_error, observer.on_completed, scheduler=scheduler
        )
        if self._stopped:
            self._dispose()
        return upstream

    def _dispose(self) -> None:
        if self._subscribed is not None:
            upstream, observer = self._subscribed
            dispose_because(upstream, "Player.stop()")
            observer.on_completed()

    # These run in a worker thread, one at a time: an output may block, and need not be thread-safe -----

    def _start(self) -> None:
        if self._output is None:
            self._output = self._device_output()
        self._output.start()
        self._delay = self._output.latency

    def _device_output(self) -> Output:
        try:
            sounddevice = importlib.import_module("sounddevice")
        except Exception as error:  # an OSError without PortAudio, another error without a sound system
            raise ConfigurationError(
                f"sounddevice cannot be used here: {error}. On Debian and Ubuntu: apt install libportaudio2."
            ) from error
        pcm = self._pcm
        layout: dict[str, Any] = {"samplerate": pcm.rate, "channels": pcm.channels, "dtype": _TYPES[pcm.width]}
        try:
            return cast("Output", sounddevice.RawOutputStream(device=self._device, **layout))
        except (sounddevice.PortAudioError, ValueError) as error:
            raise ConfigurationError(f"No sound device takes this: {error}.") from error

    def _reopen(self, layout: Pcm) -> None:
        """Open the sound device for the layout of a file, before anything of it has been written."""
        if not self._own_device:
            raise ConfigurationError(
                f"The output is not open for this WAV file: open it for rate={layout.rate}, "
                f"channels={layout.channels}, width={layout.width}, and give these to the Player."
            )
        if self._output is not None:
            self._output.abort()
            self._output.close()
        self._pcm, self._output = layout, None
        self._start()

    def _write_one(self, frame: bytes) -> None:
        assert self._output is not None
        self._output.write(frame)
        self._written += len(frame)

    def _finish(self, to_the_end: bool) -> None:
        if self._output is None:  # no device could be opened
            return
        try:
            if to_the_end and not self._stopped:
                self._output.stop()
                self._delay = 0.0
            else:
                self._output.abort()
        finally:
            self._output.close()
