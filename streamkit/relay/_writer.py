"""The writer of one event loop: what many producers write at the same time goes to Redis in one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeAlias

from ._scripts import Script

Argument: TypeAlias = "str | bytes | int"

_Write: TypeAlias = "tuple[Script, Sequence[str], Sequence[Argument], asyncio.Future[Any]]"


class Writer:
    """Runs scripts in a task of its own, and those that come while it waits together in one pipeline.

    Args:
        client: The asyncio client of redis-py, of this loop.
        pipelines: True if the client can send the scripts of several streams in one pipeline, which a cluster cannot.
    """

    def __init__(self, client: Any, *, pipelines: bool) -> None:
        self._client = client
        self._pipelines = pipelines
        self._waiting: list[_Write] = []
        self._task: asyncio.Task[None] | None = None

    async def run(self, script: Script, keys: Sequence[str], *args: Argument) -> Any:
        """Run a script and return its answer.

        Args:
            script: The script.
            keys: The keys, all of one stream.
            args: The other arguments.

        Raises:
            Exception: An error of redis-py's.
        """
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((script, keys, args, done))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        return await done

    async def _run(self) -> None:
        """Send what waits, in one go each time, until nothing waits."""
        try:
            while self._waiting:
                batch, self._waiting = [each for each in self._waiting if not each[3].done()], []
                if batch:
                    await self._send(batch)
        finally:
            self._task = None

    async def _send(self, batch: list[_Write]) -> None:
        try:
            answers = await self._all(batch)
        except BaseException as error:
            for *_, done in batch:
                if not done.done():
                    done.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
            if not isinstance(error, Exception):
                raise
            return
        for (_, _, _, done), answer in zip(batch, answers, strict=True):
            if done.done():
                continue
            if isinstance(answer, BaseException):
                done.set_exception(answer)
            else:
                done.set_result(answer)

    async def _all(self, batch: list[_Write]) -> list[Any]:
        if not self._pipelines or len(batch) == 1:
            runs = (self._alone(script, keys, args) for script, keys, args, _ in batch)
            return await asyncio.gather(*runs, return_exceptions=True)
        pipe = self._client.pipeline(transaction=False)
        for script, keys, args, _ in batch:
            pipe.evalsha(script.sha, len(keys), *keys, *args)
        answers = await pipe.execute(raise_on_error=False)
        for at, answer in enumerate(answers):
            if _is_unknown(answer):
                script, keys, args, _ = batch[at]
                answers[at] = await self._alone(script, keys, args)
        return answers

    async def _alone(self, script: Script, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        try:
            return await self._client.evalsha(script.sha, len(keys), *keys, *args)
        except Exception as error:
            if not _is_unknown(error):
                raise
        return await self._client.eval(script.text, len(keys), *keys, *args)  # which the server keeps, too


def _is_unknown(answer: object) -> bool:
    """Whether the server does not know the script: it was restarted, or has never run it."""
    return type(answer).__name__ == "NoScriptError"
