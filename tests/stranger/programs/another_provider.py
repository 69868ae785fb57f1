"""Ask three providers, named by the first argument of the model string."""

import streamkit as sk

for model in ("openai/gpt-5-mini", "claude/claude-sonnet-5", "gemini/gemini-3-flash"):
    response = sk.stream(model, "Which moon may hold life?").run()
    print(f"{model}: {response.content} ({response.finish_reasons})")
