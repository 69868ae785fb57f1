"""Split audio: one spoken answer, its words on the terminal, its sound in a WAV file. Offline by replay.

With a key: change the model to "openai/gpt-audio-1.5" and set OPENAI_API_KEY. With the extra `audio` installed,
`await sk.Player(audio).play()` plays it.
"""

import asyncio
import tempfile
import wave
from pathlib import Path

import streamkit as sk
from streamkit import operators as ops


async def show(transcript: sk.Flow[str]) -> None:
    """Print the transcript as it arrives."""
    async for text in transcript:
        print(text, end="", flush=True)
    print()


async def save(audio: sk.Flow[bytes], path: Path) -> None:
    """Write the audio as it arrives, and its length when that is known."""
    with path.open("wb") as file:
        async for data in audio.pipe(ops.wav()):
            file.write(data)
    sk.patch_wav(path)


async def main() -> None:
    """Read one call twice, and print the words spoken by the middle of the audio."""
    voice = {"voice": "alloy", "format": "pcm16"}
    stream = sk.stream("replay/openai", "Say hello from Europa.", modalities=["text", "audio"], audio=voice)
    transcript, audio = stream.split_audio()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hello.wav"
        await asyncio.gather(show(transcript), save(audio, path))
        with wave.open(str(path)) as saved:
            seconds = saved.getnframes() / saved.getframerate()
    print(f"{seconds:.2f} s of sound in {path.name}; by the middle of it: {sk.spoken_text(stream.response, 250)!r}")


asyncio.run(main())
