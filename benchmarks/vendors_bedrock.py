"""CPU of a text chunk from AWS Bedrock: through boto3 and Anthropic's Bedrock client, and through streamkit."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable
from typing import Any

import streamkit as sk

from .beside import CHUNKS, MESSAGES, beside, served
from .table import Figure, Report

_CONVERSE = "from streamkit.testing import bedrock_events\nevents = bedrock_events(*words)"
_INVOKE = """
from streamkit.testing import anthropic_events, invoke_events
lines = (line for event in anthropic_events(*words) for line in event.splitlines())
events = invoke_events(*(line[6:] for line in lines if line.startswith(b"data: ")))
"""
_MODEL = "us.anthropic.claude-haiku-4-5-v1:0"
_KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": "us-east-1"}


def main(*, quick: bool) -> list[Report]:
    """Measure both wires of Bedrock beside the SDK that reads them."""
    os.environ.update(_KEYS)
    rounds = 3 if quick else 9
    figures = [
        Figure("ConverseStream: x boto3", _with_server(_CONVERSE, _converse, rounds), 1.1),
        Figure("Claude's own events: x its SDK", _with_server(_INVOKE, _invoke, rounds), 1.1),
    ]
    title = f"A text chunk from Bedrock through the SDK and through streamkit ({CHUNKS:,} a call): CPU"
    return [Report(title, ("medians of the rounds' ratios",), figures=figures)]


def _with_server(events: str, measure: Callable[[str, int], Awaitable[float]], rounds: int) -> float:
    async def measured(url: str) -> float:
        return await measure(url, rounds)

    with served(events) as url:
        return asyncio.run(measured(url))


async def _converse(url: str, rounds: int) -> float:
    boto3: Any = importlib.import_module("boto3")
    client = boto3.client("bedrock-runtime", endpoint_url=url, region_name="us-east-1")

    async def raw() -> None:
        answer = client.converse_stream(modelId=_MODEL, messages=[{"role": "user", "content": [{"text": "?"}]}])
        deltas = (event.get("contentBlockDelta") for event in answer["stream"])
        assert len("".join([delta["delta"]["text"] for delta in deltas if delta])) > CHUNKS

    async def ours() -> None:
        await sk.stream(f"bedrock/{_MODEL}", "?", base_url=url)

    return (await beside(raw, ours, rounds)).ratio("ours", "raw")


async def _invoke(url: str, rounds: int) -> float:
    anthropic: Any = importlib.import_module("anthropic")
    keys = {"aws_access_key": "AKIDEXAMPLE", "aws_secret_key": "none", "aws_region": "us-east-1"}
    async with anthropic.AsyncAnthropicBedrock(base_url=url, max_retries=0, **keys) as client:

        async def raw() -> None:
            stream = await client.messages.create(model=_MODEL, max_tokens=9, messages=MESSAGES, stream=True)
            "".join([getattr(getattr(event, "delta", None), "text", None) or "" async for event in stream])

        async def ours() -> None:
            await sk.stream(f"anthropic/{_MODEL}", "?", client=client)

        return (await beside(raw, ours, rounds)).ratio("ours", "raw")
