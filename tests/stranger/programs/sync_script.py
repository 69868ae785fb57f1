"""Print an answer while it arrives, in a plain script."""

import streamkit as sk

stream = sk.stream("openai/gpt-5-mini", "Which moons may hold life?")
for piece in stream.text():
    print(piece, end="", flush=True)
print()
response = stream.run()
print(response.finish_reasons, response.output_tokens)
