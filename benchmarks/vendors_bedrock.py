"""CPU of a text chunk from AWS Bedrock: through boto3 and Anthropic's Bedrock client, and through streamkit."""

from __future__ import annotations

import asyncio
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import streamkit as sk

from .measure import in_turns
from .table import Figure, Report

_CHUNKS = 2000
_SERVER = """
import sys
from streamkit.testing import FaultServer, anthropic_events, bedrock_events, invoke_events, plan
words = [f"word{n} " for n in range(int(sys.argv[2]))]
if sys.argv[1] == "converse":
    events = bedrock_events(*words)
else:
    lines = (line for event in anthropic_events(*words) for line in event.splitlines())
    events = invoke_events(*(line[6:] for line in lines if line.startswith(b"data: ")))
with FaultServer(plan("none", events)) as server:
    print(server.base_url, flush=True)
    sys.stdin.read()
"""
_MODEL = "us.anthropic.claude-haiku-4-5-v1:0"
_KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": "us-east-1"}
_MESSAGES: Any = [{"role": "user", "content": "?"}]


def main(*, quick: bool) -> list[Report]:
    """Measure both wires of Bedrock beside the SDK that reads them."""
    os.environ.update(_KEYS)
    rounds = 3 if quick else 9
    figures = [
        Figure(
            "ConverseStream: x boto3", _with_server("converse", lambda url: asyncio.run(_converse(url, rounds))), 1.1
        ),
        Figure(
            "Claude's own events: x its SDK", _with_server("invoke", lambda url: asyncio.run(_invoke(url, rounds))), 1.1
        ),
    ]
    title = f"A text chunk from Bedrock through the SDK and through streamkit ({_CHUNKS:,} a call): CPU"
    return [Report(title, ("medians of the rounds' ratios",), figures=figures)]


def _with_server(name: str, measure: Callable[[str], float]) -> float:
    command = [sys.executable, "-c", _SERVER, name, str(_CHUNKS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            return measure(server.stdout.readline().strip())
        finally:
            server.stdin.close()


async def _converse(url: str, rounds: int) -> float:
    boto3: Any = importlib.import_module("boto3")
    client = boto3.client("bedrock-runtime", endpoint_url=url, region_name="us-east-1")

    async def raw() -> None:
        answer = client.converse_stream(modelId=_MODEL, messages=[{"role": "user", "content": [{"text": "?"}]}])
        deltas = (event.get("contentBlockDelta") for event in answer["stream"])
        assert len("".join([delta["delta"]["text"] for delta in deltas if delta])) > _CHUNKS

    async def ours() -> None:
        await sk.stream(f"bedrock/{_MODEL}", "?", base_url=url)

    series = await in_turns({"raw": lambda: _cpu(raw), "ours": lambda: _cpu(ours)}, rounds)
    return series.ratio("ours", "raw")


async def _invoke(url: str, rounds: int) -> float:
    anthropic: Any = importlib.import_module("anthropic")
    keys = {"aws_access_key": "AKIDEXAMPLE", "aws_secret_key": "none", "aws_region": "us-east-1"}
    async with anthropic.AsyncAnthropicBedrock(base_url=url, max_retries=0, **keys) as client:

        async def raw() -> None:
            stream = await client.messages.create(model=_MODEL, max_tokens=9, messages=_MESSAGES, stream=True)
            "".join([getattr(getattr(event, "delta", None), "text", None) or "" async for event in stream])

        async def ours() -> None:
            await sk.stream(f"anthropic/{_MODEL}", "?", client=client)

        series = await in_turns({"raw": lambda: _cpu(raw), "ours": lambda: _cpu(ours)}, rounds)
    return series.ratio("ours", "raw")


async def _cpu(read: Callable[[], Awaitable[None]]) -> float:
    began = time.process_time()
    await read()
    return time.process_time() - began
