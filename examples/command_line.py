"""Ask from another program: the command line prints one JSON object, and its exit code says how the call ended."""

from __future__ import annotations

import json
import subprocess
import sys

QUESTION = "Which moons may hold life?"


def main() -> None:
    command = [sys.executable, "-m", "streamkit.cli", QUESTION, "--json"]
    command += ["-m", "replay/openai", "-o", "speed=20"]  # live: "-m", "openai/gpt-5-mini"
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    response = json.loads(done.stdout)
    tokens = response["usage"]["output_tokens"]
    print(f"exit code {done.returncode}, {response['state']}, {tokens} tokens: {response['content'][:24]}")


if __name__ == "__main__":
    main()
