"""Serve answers to a browser; a mistake in the request is a 400 and no 500."""

from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

import streamkit as sk


async def ask(request: Request) -> Response:
    question = await request.json()
    stream = sk.stream(question["model"], question["prompt"])
    texts = aiter(stream.text())
    first = await anext(texts, "")

    async def body() -> AsyncIterator[str]:
        yield first
        async for text in texts:
            yield text

    return StreamingResponse(body(), media_type="text/plain")


async def failed(request: Request, error: Exception) -> Response:
    mistake = isinstance(error, sk.ConfigurationError | sk.BadRequest)
    return JSONResponse({"error": str(error)}, status_code=400 if mistake else 502)


app = Starlette(routes=[Route("/ask", ask, methods=["POST"])], exception_handlers={sk.StreamError: failed})

client = TestClient(app)
for model in ("openai/gpt-5-mini", "gpt-5-mini", "cohere/command-a-03-2025"):
    answer = client.post("/ask", json={"model": model, "prompt": "Which moons may hold life?"})
    print(answer.status_code, answer.text)
