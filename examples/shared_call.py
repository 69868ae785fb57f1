"""Sharing a call: a printer, a word counter and the whole Response read one paid call. Offline by replay."""

import streamkit as sk
from streamkit import operators as ops

stream = sk.stream("replay/anthropic", "Which moons may hold life?")

words = 0
for text in stream.pipe(ops.text()):
    words += len(text.split())
    print(text, end="", flush=True)

response = stream.run()  # from the log of the same call
print(f"\n{words} words, {response.output_tokens} tokens, {response.finish_reasons}, {stream.state}")
assert response.content == "".join(chunk.content for chunk, _ in stream)
