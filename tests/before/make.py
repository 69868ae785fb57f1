"""Write what the tests of this folder read: ``python -m tests.before.make``, run once, on the code before the move.

It stays to show how the files were made; ``made.json`` says when, and with what commit. Run after the move it would
prove nothing: the files have to be written by the old code. It refuses to write over them.
"""

from __future__ import annotations

import base64
import json
import pickle
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

import streamkit as sk
from streamkit import codec
from tests.before import answers, searches

HERE = Path(__file__).parent
PROTOCOL = 4  # what pickle.dumps writes by default on Python 3.11


def main() -> None:
    """Write every file anew."""
    if (HERE / "made.json").exists():
        raise SystemExit("The files are written already, by the code before the move.")
    journal = HERE / "search.jsonl"
    found = searches.search_all(journal)
    write("searches", {"found": found.found, "calls": found.calls})
    write("responses", {name: response_facts(make()) for name, make in answers.RESPONSES.items()})
    errors = {name: make() for name, make in answers.ERRORS.items()}
    errors |= {type(each).__name__: each for each in answers.every_error()}
    write("errors", {name: error_facts(error) for name, error in errors.items()})
    chunks = {api: answers.chunks_of(api) for api in sk.wire.APIS}
    chunks["litellm"] = [msgspec.structs.replace(each, sdk=_LITELLM) for each in chunks["openai.chat"]]
    write("chunks", {api: chunks_facts(each) for api, each in chunks.items()})
    write(
        "values", {name: pickled(each) for name, each in [*answers.values().items(), ("Chunk", answers.full_chunk())]}
    )
    lines = [codec.encode(each) for each in (answers.full_chunk(), answers.with_tools(), *errors.values())]
    (HERE / "codec.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, cwd=HERE)
    made = {"commit": commit.stdout.strip(), "when": datetime.now(UTC).isoformat(timespec="seconds")}
    write("made", {**made, "python": platform.python_version(), "pickle protocol": PROTOCOL})


_LITELLM = "streamkit.providers.litellm:sdk_event"


def write(name: str, facts: dict[str, Any]) -> None:
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def pickled(value: object) -> str:
    return base64.b64encode(pickle.dumps(value, protocol=PROTOCOL)).decode()


def response_facts(response: sk.Response) -> dict[str, Any]:
    travelled: sk.Response = pickle.loads(pickle.dumps(response))  # the events and the tools do not travel
    facts = {"message_param": travelled.message_param, "parsed": repr(response.parsed)}
    return {"pickle": pickled(response), "fields": fields(response), **facts}


def fields(response: sk.Response) -> dict[str, Any]:
    return response.model_dump(mode="json", exclude_defaults=True)


def error_facts(error: sk.StreamError) -> dict[str, Any]:
    partial = None if error.partial is None else fields(error.partial)
    facts = {"class": type(error).__name__, "message": error.message, "details": error.details, "partial": partial}
    return {"pickle": pickled(error), **facts}


def chunks_facts(chunks: list[sk.Chunk]) -> dict[str, Any]:
    return {
        "pickle": pickled(chunks),
        "fields": [{name: each for name, each in chunk.model_dump().items() if each} for chunk in chunks],
        "objects": [f"{type(chunk.chunk).__module__}:{type(chunk.chunk).__name__}" for chunk in chunks],
    }


if __name__ == "__main__":
    sys.exit(main())
