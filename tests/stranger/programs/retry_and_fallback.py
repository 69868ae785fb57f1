"""Try a provider twice, then ask another one."""

import streamkit as sk

first = sk.stream("openai/gpt-5-mini", "Which moons?")
second = sk.stream("anthropic/claude-sonnet-5", "Which moons?")
stream = sk.fallback(sk.retry(first, attempts=2, wait=0), second)
for piece in stream.text():
    print(piece, end="", flush=True)
print()
response = stream.run()
print(response.calls, "calls;", len(response.attempts), "failed; answered by", response.provider)
