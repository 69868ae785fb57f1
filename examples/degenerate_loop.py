"""A model caught in a loop: stop the call once its text repeats itself, and see what that saved. Offline.

With a key: make the stream with `sk.stream("openai/gpt-5-mini", …)`.
"""

from streamkit import operators as ops
from streamkit.testing import Script, chat_events

loop = ["Let me think. ", *["The answer may be Europa. Or it may be Io. "] * 500]
stream = Script(chat_events(*loop)).stream("Which moon may hold life?")

answer = stream.pipe(ops.text(), ops.until_repeating(), ops.join()).run()
print(answer)
print(f"stopped by {stream.response.stopped_by} after {len(answer)} of {len(''.join(loop))} characters")
