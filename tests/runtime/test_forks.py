"""Forks: what a child may read, and what it never pays for."""

from __future__ import annotations

import os

import pytest

from tests.forking import run_code

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

READ = [
    "stream.run()",
    "list(stream)",
    "list(stream.pipe(ops.text()))",
    "stream.pipe(ops.text(), rx.retry(3), ops.join()).run()",
    "asyncio.run(wait())",
    "iterator.__next__()",
    "flow_iterator.__next__()",
    "list(fold_iterator)",
    "hub.run()",
    "subscribed()",
]


@pytest.mark.parametrize("read", READ)
def test_a_call_that_was_begun_before_a_fork_and_has_no_content_is_lost_to_the_child(read: str) -> None:
    lines = run_code(f"""
        import asyncio
        script = Script([None])
        stream = script.stream()
        iterator, flow_iterator = iter(stream), iter(stream.pipe(ops.text()))
        fold_iterator = iter(stream.fan_out(late="fold"))
        hub = stream.pipe(ops.text(), ops.fan_out(), ops.join())
        hub.subscribe(lambda _: None, lambda _: None)
        until(lambda: script.opened)

        async def wait():
            return await stream

        def subscribed():
            ended = threading.Event()
            stream.subscribe(on_error=lambda error: (found.append(error), ended.set()))
            ended.wait()
            raise found[0]

        def read():
            try:
                return {read}
            except sk.ProducerLost as error:
                return error.retryable, stream.state, stream.sent, stream.failed_before_content, script.opened

        found = []
        in_child(read)
    """)
    assert lines == ["(False, 'failed', True, False, 1)"]


def test_only_again_pays_in_the_child_and_the_parent_goes_on() -> None:
    lines = run_code("""
        script = Script([None])
        stream, other = script.stream(), Script(chat_events("other")).stream()
        stream.subscribe(lambda _: None, lambda _: None)
        recovered = sk.fallback(sk.retry(script.stream()), other)
        recovered.subscribe(lambda _: None, lambda _: None)
        until(lambda: script.opened == 2)

        def child():
            told = []
            for act in (stream.run, recovered.run, lambda: sk.retry(stream), lambda: sk.fallback(stream, other)):
                try:
                    act()
                except sk.StreamError as error:
                    told.append(type(error).__name__)
            stream.stop(), stream.close()
            script.steps = tuple(chat_events("Io"))
            return told, script.opened, stream.again().run().content, script.opened, other.sent

        in_child(child)
        print(stream.state, stream.open)
        stream.close()
        print(stream.state)
    """)
    errors = ["ProducerLost", "ProducerLost", "ConfigurationError", "ConfigurationError"]
    assert lines == [str((errors, 2, "Io", 3, False)), "streaming True", "stopped"]


def test_what_had_arrived_can_be_read_and_then_the_producer_is_lost() -> None:
    lines = run_code("""
        script = Script([*chat_events("Io, ", "Europa", finish=None, done=False), None])
        stream = script.stream()
        pairs, texts = iter(stream), iter(stream.pipe(ops.text()))
        next(pairs), next(texts)
        until(lambda: stream.content == "Io, Europa")

        def child():
            found = []
            for reader in (pairs, iter(stream), iter(stream.pipe(ops.text())), texts):
                found.append([])
                try:
                    for each in reader:
                        found[-1].append(each if isinstance(each, str) else each[0].content)
                except sk.ProducerLost as error:
                    assert not error.retryable
                    found[-1] = "".join(found[-1])
                reader.close()
            return found[:3], found[3] in ("", "Europa"), stream.response.content, script.opened

        in_child(child)
    """)
    assert lines == [str((["Io, Europa"] * 3, True, "Io, Europa", 1))]


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("pass", "Io complete 1"),  # never subscribed: the child's own
        ("stream.run()", "Io complete 0"),  # over: its log is read again, and nothing is sent
        ("failed()", "Io complete 1"),  # before its content: replaced as everywhere
        ("stopped()", "StoppedError"),
    ],
)
def test_what_was_over_or_had_not_begun_is_as_it_is_without_a_fork(before: str, line: str) -> None:
    lines = run_code(f"""
        script = Script(chat_events("Io"))
        stream = script.stream()

        def failed():
            script.steps = (sk.Overloaded("busy"),)
            try:
                stream.run()
            except sk.Overloaded:
                script.steps = tuple(chat_events("Io"))

        def stopped():
            script.steps = (*chat_events("Io", finish=None, done=False), None)
            for chunk, _ in stream:
                break

        {before}
        stream.wait()
        opened = script.opened

        def child():
            text = "".join(chunk.content for chunk, _ in stream)
            return f"{{text}} {{stream.state}} {{script.opened - opened}}"

        in_child(child)
    """)
    assert lines[0].startswith(line)


def test_multiprocessing_with_fork() -> None:
    lines = run_code("""
        import multiprocessing

        script, silent = Script(chat_events("Io")), Script([None])
        done, fresh, begun = script.stream(), script.stream(), silent.stream()
        done.run()
        begun.subscribe(lambda _: None, lambda _: None)
        until(lambda: silent.opened)

        def child(queue):
            try:
                begun.run()
            except sk.ProducerLost:
                queue.put((done.run().content, fresh.run().content, script.opened, silent.opened))

        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        workers = [context.Process(target=child, args=(queue,)) for _ in range(3)]
        [worker.start() for worker in workers]
        print([queue.get(timeout=60) for _ in workers])
        [worker.join() for worker in workers]
        print([worker.exitcode for worker in workers], fresh.sent, begun.open)
        begun.close()
    """)
    assert lines == [str([("Io", "Io", 2, 1)] * 3), "[0, 0, 0] False True"]
