"""Redaction: keys, card numbers and addresses never reach the screen or the file. Offline."""

import tempfile
from pathlib import Path

from streamkit import operators as ops
from streamkit.operators import patterns
from streamkit.testing import Script, chat_events

FRAGMENTS = ["Your card 4242 42", "42 4242 4242 is ready. Write to io@exa", "mple.org", ", or call +49 30 123", "4567."]

removed: list[tuple[str, int]] = []


def note(name: str, count: int) -> None:
    removed.append((name, count))


path = Path(tempfile.mkdtemp(), "answer.txt")
stream = Script(chat_events(*FRAGMENTS)).stream("Where is my card?")
shown = stream.pipe(ops.redact(patterns.ALL, "[…]", on_redact=note), ops.text(), ops.save(path))
for text in shown:
    print(text, end="", flush=True)
print(f"\nsaved:   {path.read_text(encoding='utf-8')}")
print("removed:", ", ".join(f"{name} ({count} characters)" for name, count in removed))
print("stream.response still has it:", "4242" in stream.response.content)
