"""Four readers of one call: a terminal, a file, a line of metrics and a WAV file. Offline by replay."""

import asyncio
import tempfile
import wave
from pathlib import Path

import streamkit as sk
from streamkit import operators as ops


async def main(folder: Path) -> None:
    stream = sk.stream("replay/openai:audio", "Say hello from Europa.", speed=10)
    transcript, sound = stream.split_audio()

    async def show() -> None:
        async for text in transcript:
            print(text, end="", flush=True)

    metrics: list[sk.Metrics] = []
    await asyncio.gather(
        show(),
        transcript.pipe(ops.save(folder / "hello.txt"), ops.join()),
        sound.pipe(ops.wav(), ops.save(folder / "hello.wav")).last(),
        stream.pipe(ops.meter(metrics.append), ops.to_response()),
    )
    sk.patch_wav(folder / "hello.wav")
    with wave.open(str(folder / "hello.wav")) as file:
        seconds = file.getnframes() / file.getframerate()
    print(f"\n{metrics[-1]}\n{seconds:.2f} s of sound, and {(folder / 'hello.txt').stat().st_size} bytes of text")


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(Path(folder)))
