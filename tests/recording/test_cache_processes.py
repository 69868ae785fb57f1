"""Two processes on one folder of a cache, under load and with too little room: each gets the right answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from streamkit.testing import FaultServer, Plan, chat_events, plan
from streamkit.testing.in_process import Request

ROUNDS = int(os.environ.get("STREAMKIT_MANY", "120")) // 20  # of 20 calls at once

ROOM = 20_000  # bytes: for half of the answers

PROGRAM = """
import asyncio, json, random, sys
import streamkit as sk

async def main(folder, base_url, rounds, room, seed):
    cache = sk.Cache(folder, max_bytes=int(room))
    numbers = random.Random(seed)

    async def ask(number):
        given = {"temperature": 0, "cache": cache, "base_url": base_url, "api_key": "none"}
        response = await sk.stream("openai/m", f"Question {number}", **given)
        assert (response.content, response.state) == (f"Answer {number}", "complete")
        return response.calls

    calls = 0
    for _ in range(int(rounds)):
        calls += sum(await asyncio.gather(*(ask(numbers.randrange(30)) for _ in range(20))))
    print(json.dumps({"calls": calls, "hits": cache.hits}))

asyncio.run(main(*sys.argv[1:]))
"""


def answer(request: Request) -> Plan:
    number = request.json()["messages"][0]["content"].removeprefix("Question ")
    return plan("none", chat_events("Answer ", number))


def test_two_processes_at_one_folder_do_not_hurt_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with FaultServer(answer) as server:
        arguments = [str(folder), f"{server.base_url}/v1", str(ROUNDS), str(ROOM)]
        command = [sys.executable, "-c", PROGRAM, *arguments]
        running = [
            subprocess.Popen([*command, seed], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for seed in ("1", "2")
        ]
        ended = [(each.communicate(timeout=120), each.returncode) for each in running]
        requests = len(server.requests)
    assert [code for _, code in ended] == [0, 0], ended
    counts = [json.loads(shown) for (shown, _), _ in ended]
    assert sum(each["calls"] for each in counts) == requests
    assert all(each["calls"] + each["hits"] == 20 * ROUNDS for each in counts)
    assert all(each["hits"] > 0 for each in counts)
    files = list(folder.iterdir())
    assert [path for path in files if path.suffix != ".jsonl"] == []
    assert sum(path.stat().st_size for path in files) < ROOM * 1.5
