"""The black box of a program: only the calls that failed are written, and each can be played again. Offline.

With a key: leave faults= out, and write "openai/gpt-5-mini" as the model.
"""

import tempfile
from pathlib import Path

import streamkit as sk

MODEL, PROMPT = "replay/openai", "Which moons may hold life?"
folder = Path(tempfile.mkdtemp())

with sk.recording(folder, when="failed") as incidents:  # usually around the main function
    for faults in ([], ["cut"], [], ["bad_json"]):
        try:
            response = sk.stream(MODEL, PROMPT, speed="max", faults=faults).run()
            print("answered:", len(response.content), "characters")
        except sk.StreamError as error:
            print("failed:", error)

print(incidents.written, "of 4 calls are recorded")
for path in sorted(folder.iterdir()):
    stream = sk.open_recording(path, speed="max")
    try:
        stream.run()
    except sk.StreamError as error:
        print("played:", type(error).__name__, "after", len(stream.content), "characters")
