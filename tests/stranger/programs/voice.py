"""Write a voice to a WAV file and show its transcript while it arrives."""

import asyncio
import wave

import streamkit as sk
from streamkit import operators as ops


async def main() -> None:
    stream = sk.stream(
        "openai/gpt-audio-1.5",
        "Say hello.",
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "pcm16"},
    )
    transcript, audio = stream.split_audio()

    async def show() -> None:
        async for text in transcript:
            print(text, end="", flush=True)
        print()

    async def write() -> None:
        with open("hello.wav", "wb") as file:
            async for data in audio.pipe(ops.wav()):
                file.write(data)
        sk.patch_wav("hello.wav")

    await asyncio.gather(show(), write())


asyncio.run(main())
with wave.open("hello.wav") as saved:
    print(saved.getnframes() / saved.getframerate(), "seconds")
