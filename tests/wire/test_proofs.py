"""The documented proof of the end completes an answer, and nothing before it does: every wire, every recording."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from streamkit import wire
from streamkit.errors import StreamError, TruncatedError
from streamkit.testing import rechunk
from streamkit.wire import QUIRKS, open_decoder
from streamkit.wire.lenient_json import as_dict, as_list
from tests.tables import TABLES, between
from tests.wire.formats import NEVER_CLOSED
from tests.wire.outcome import outcome
from tests.wire.wires import WIRES

every_wire = pytest.mark.parametrize("api", WIRES)


def names(api: str) -> list[str]:
    """List the names that the documentation puts into the event that proves the end."""
    proof = re.sub(r"\([^)]*\)", "", wire.APIS[api].decoder.proof)  # brackets hold remarks
    return re.findall(r"`([\w.-]+)`", proof)


@every_wire
def test_with_its_proof_an_answer_is_complete_and_without_it_cut_wherever_it_ends(api: str) -> None:
    sound = WIRES[api]
    assert wire.reduce(api, b"".join([*sound.content, sound.proof])).content == "Io"
    for count in range(len(sound.content) + 1):
        assert isinstance(outcome(sound.content[:count], api=api).error, TruncatedError)
    if sound.after:
        assert isinstance(outcome([*sound.content, *sound.after], api=api).error, TruncatedError)


@every_wire
def test_what_goes_on_behind_the_proof_is_kept_or_noted(api: str) -> None:
    sound = WIRES[api]
    more = next(event for event in reversed(sound.content) if "o" in values(sound.read(event)))
    result = outcome([*sound.content, sound.proof, more, *sound.after], api=api)
    if api in NEVER_CLOSED:
        assert (result.response.content, type(result.error)) == ("Ioo", TruncatedError)
    else:
        assert (result.response.content, result.error) == ("Io", None)
        assert {"content_after_end_dropped", "after_sentinel_dropped"} & set(result.notes)


def values(found: object) -> list[object]:
    """List what stands anywhere in JSON."""
    return [found, *(value for each in (*as_dict(found).values(), *as_list(found)) for value in values(each))]


@every_wire
def test_the_proof_holds_what_the_table_says(api: str) -> None:
    sound = WIRES[api]
    event = json.dumps(sound.read(sound.proof))
    assert any(f'"{name}"' in event for name in names(api)), (names(api), event)


def test_in_every_recording_the_proof_is_the_event_that_the_table_names(wire_dir: Path) -> None:
    seen = 0
    for line in (wire_dir / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        body, choices = (wire_dir / row["file"]).read_bytes(), len(row["expect"].get("choices", ["one"]))
        try:
            wire.decoder(row["api"], row["provider"], choices).reduce(body)
        except StreamError:
            continue
        before, payload = up_to_the_proof(row["api"], row["provider"], choices, body)
        if payload is None:  # only the sentinel has proven it: a row of the quirk table, or sound
            assert row["expect"].get("audio_sha256") or QUIRKS[row["provider"]].proof, row["file"]
            continue
        assert any(f'"{name}"'.encode() in payload for name in names(row["api"])), (row["file"], payload)
        cut = outcome([before], api=row["api"], vendor=row["provider"], choices=choices)
        several = row["api"] in NEVER_CLOSED and b'"finishReason"' in before  # some models give one with every event
        assert isinstance(cut.error, TruncatedError) or several, row["file"]
        seen += 1
    assert seen > 150


def up_to_the_proof(api: str, vendor: str, choices: int, body: bytes) -> tuple[bytes, bytes | None]:
    """Find what came before the event that proves the end, and that event; None where only a sentinel does."""
    decoder = open_decoder(api, vendor=vendor, choices=choices)
    done, before, proven, last = b"", b"", None, None
    for fragment in [*rechunk(body, size=48), b""]:  # the last event may be closed by the end of the body alone
        was_finished, chunks = decoder.finish_seen, decoder.feed(fragment) if fragment else decoder.finish()
        last = next((each.payload for each in reversed(chunks) if each.payload), last)
        if decoder.finish_seen and not was_finished:
            proven = next((each.payload for each in reversed(chunks) if each.finish_reasons or each.refusal), None)
            proven = last if api in NEVER_CLOSED else proven
            whole = (done + fragment).rfind(proven or b"")  # in a frame it stands in another form
            before = done if whole < 0 else done[:whole]
        done += fragment
    return before, proven


@pytest.mark.parametrize("name", TABLES)
def test_a_table_in_the_docs_is_what_the_code_says(name: str) -> None:
    page, make = TABLES[name]
    found = between(name, page.read_text(encoding="utf-8"))
    assert found[0].splitlines() == make(), "run `make tables`"
