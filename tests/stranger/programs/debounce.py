"""Save a draft whenever the model pauses."""

from reactivex import operators as rxo

import streamkit as sk
from streamkit import operators as ops


def so_far(text: str, new: str) -> str:
    return text + new


stream = sk.stream("openai/gpt-5-mini", "Which moons?")
for draft in stream.pipe(ops.text(), rxo.scan(so_far), rxo.debounce(0.2)):
    print("save:", draft)
