"""Keep what arrived when the user presses Ctrl-C."""

import streamkit as sk

stream = sk.stream("openai/gpt-5-mini", "Tell me everything.")
try:
    for piece in stream.text():
        print(piece, end="", flush=True)
except KeyboardInterrupt:
    stream.close()
    print()
    print(stream.state, "after", repr(stream.content))
