"""Cases of the operators that look at what passes: they change nothing of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamkit as sk
from streamkit import operators as ops
from tests.operators.cases import Case, concat

FOLDER = Path(tempfile.mkdtemp(prefix="streamkit-save-"))
CHUNKS = [sk.Chunk(content="Euro"), sk.Chunk(content="pa", finish_reasons=["stop"])]

CASES: dict[str, Case] = {
    "meter": Case(lambda: ops.meter(lambda _: None), ["Eu", "ropa"], ["Eu", "ropa"], cut=None),
    "meter, again and again": Case(lambda: ops.meter(lambda _: None, every=5), CHUNKS, CHUNKS, cut=None),
    "record": Case(lambda: ops.record(FOLDER), CHUNKS, CHUNKS, cut=None),
    "save text": Case(lambda: ops.save(FOLDER / "text", overwrite=True), ["Io, ", "木星 🪐"], "Io, 木星 🪐", concat),
    "save bytes": Case(lambda: ops.save(FOLDER / "bytes", append=True), [b"\x00", b"\xff"], b"\x00\xff", concat),
    "save chunks": Case(lambda: ops.save(FOLDER / "chunks", overwrite=True, flush=False), CHUNKS, CHUNKS, cut=None),
    "responses": Case(
        ops.responses,
        CHUNKS,
        [("Euro", "streaming"), ("Europa", "complete")],
        view=lambda values: [(each.content, each.state) for each in values],
        cut=None,
    ),
}
