"""What is printed of chunks, usage, responses and results: what they have, at a length that can be read."""

from __future__ import annotations

from rich.pretty import pretty_repr

import streamkit as sk
from streamkit.testing import Script, chat_events


def test_a_chunk_shows_what_it_has_and_not_its_payload() -> None:
    chunk = sk.Chunk(content="Io", model="m", payload=b'{"a": 1}', api="openai.chat", block=0)
    assert repr(chunk) == "Chunk(content='Io', model='m', block=0)"
    assert (repr(sk.Chunk()), str(chunk)) == ("Chunk()", "Io")


def test_long_values_are_cut_and_bytes_are_counted() -> None:
    chunk = sk.Chunk(content="Io" * 10_000, audio=bytes(48_000), images=(sk.Image(bytes(9000)),))
    assert repr(chunk).endswith("Io', audio=<48000 bytes>, images=(Image(data=<9000 bytes>),))")
    assert len(repr(chunk)) < 250


def test_usage_shows_what_is_known() -> None:
    usage = sk.Usage(7, 2, source="estimated", low=1, raw={"prompt_tokens": 7})
    assert repr(usage) == "Usage(input_tokens=7, output_tokens=2, source='estimated', low=1)"
    assert (repr(sk.Usage()), repr(sk.Usage(source="none"))) == ("Usage()", "Usage(source='none')")


def test_a_response_shows_its_state_first_and_is_short() -> None:
    response = Script(chat_events("Io", "!" * 5000)).stream().run()
    shown = repr(response)
    assert shown.startswith("Response(state='complete', content='Io!!!!") and len(shown) < 500
    assert "choices" not in shown and "raw" not in shown and "None" not in shown
    assert repr(sk.Response()) == "Response(state='streaming')"
    assert repr(sk.Choice(content="Io")) == "Choice(content='Io')"


def test_results_of_searches_show_what_was_found() -> None:
    found = sk.race(
        [Script(chat_events("Io")).stream(), Script(chat_events("Eu", "ropa")).stream()], accept="ropa"
    ).run()
    assert repr(found).startswith("SearchHit(winner=1, value=TextMatch(")
    assert repr(found.ledger).startswith("<Ledger: 1 accepted, 1 ")
    assert repr(found.accepted[0]).startswith("AcceptedResult(index=1, value=TextMatch(")
    missed = sk.find(Script(chat_events("Io")).stream(), "Titan").run()
    assert repr(missed).startswith("FindMiss(response=Response(state='complete', content='Io'")
    assert "None" not in repr(found.ledger[0])
    assert all(len(repr(each)) < 1000 for each in (found, found.accepted[0], missed))


def test_rich_prints_the_same_fields() -> None:
    chunk = sk.Chunk(content="Io", payload=b"{}", usage=sk.Usage(7, 2))
    assert pretty_repr(chunk, max_width=200) == repr(chunk)
    assert pretty_repr(sk.Response(content="Io"), max_width=200) == repr(sk.Response(content="Io"))
