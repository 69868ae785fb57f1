"""The probes of real providers: a text, a tool, an early stop; and the model of each."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamkit as sk
from streamkit import operators as ops


@dataclass(frozen=True, slots=True)
class Row:
    """One provider.

    Args:
        provider: Its name in a model string.
        model: Which of its models is asked, unless the environment names another.
        needs: The variables that must be set: of each group, one.
        package: What must be installed besides.
        choice: How it is told to call the tool; None where its models take no tools.
    """

    provider: str
    model: str
    needs: tuple[tuple[str, ...], ...]
    package: str | None = None
    choice: str | None = "required"

    @property
    def variable(self) -> str:
        """The variable that names another model."""
        return f"STREAMKIT_LIVE_{self.provider.upper().replace('-', '_').replace('.', '_')}"

    def missing(self, environment: Mapping[str, str]) -> str | None:
        """Return the reason why this provider is skipped, or None."""
        unset = (" or ".join(group) for group in self.needs if not any(environment.get(name) for name in group))
        first = next(unset, None)
        if first is not None:
            return f"{self.provider}: {first} is not set"
        if self.package is not None and importlib.util.find_spec(self.package) is None:
            return f"{self.provider}: {self.package} is not installed"
        return None


_AZURE = (
    ("AZURE_OPENAI_API_KEY", "AZURE_INFERENCE_CREDENTIAL"),
    ("AZURE_OPENAI_BASE_URL", "AZURE_INFERENCE_ENDPOINT"),
)
_AWS = (("AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"),)

ROWS: tuple[Row, ...] = (
    Row("anthropic", "claude-haiku-4-5", (("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),)),
    Row("azure", "gpt-5-mini", _AZURE),
    Row("azure-responses", "gpt-5-mini", (("AZURE_OPENAI_API_KEY",), ("AZURE_OPENAI_BASE_URL",))),
    Row("bedrock", "us.amazon.nova-2-lite-v1:0", _AWS, package="botocore"),
    Row("cohere", "command-a-03-2025", (("CO_API_KEY", "COHERE_API_KEY"),)),
    Row("deepseek", "deepseek-chat", (("DEEPSEEK_API_KEY",),)),
    Row("fireworks", "accounts/fireworks/models/gpt-oss-20b", (("FIREWORKS_API_KEY",),)),
    Row("google", "gemini-2.5-flash", (("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI"),)),
    Row("groq", "openai/gpt-oss-20b", (("GROQ_API_KEY",),), package="groq"),
    Row("litellm", "openai/gpt-5-mini", (("OPENAI_API_KEY",),), package="litellm"),
    Row("litellm-proxy", "gpt-5-mini", (("LITELLM_PROXY_API_KEY",),)),
    Row("mistral", "mistral-small-latest", (("MISTRAL_API_KEY",),)),
    Row("ollama", "qwen3", (("OLLAMA_HOST",),), choice="auto"),
    Row("openai", "gpt-5-mini", (("OPENAI_API_KEY",),)),
    Row("openai-responses", "gpt-5-mini", (("OPENAI_API_KEY",),)),
    Row("openrouter", "openai/gpt-oss-20b", (("OPENROUTER_API_KEY",),)),
    Row("openrouter-responses", "openai/gpt-oss-20b", (("OPENROUTER_API_KEY",),)),
    Row("perplexity", "sonar", (("PERPLEXITY_API_KEY", "PPLX_API_KEY"),), choice=None),
    Row("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", (("TOGETHER_API_KEY",),)),
    Row("xai", "grok-4-fast-non-reasoning", (("XAI_API_KEY",),)),
    Row("xai-responses", "grok-4-fast-non-reasoning", (("XAI_API_KEY",),)),
)
"""The providers that need a key; of the local servers only Ollama, where OLLAMA_HOST says that one runs."""


def get_orbit(moon: str) -> str:
    """Say where a moon is now.

    Args:
        moon: The moon's name.
    """
    return f"{moon} is behind its planet."


async def ask_for_a_text(row: Row, model: str, **given: Any) -> None:
    """Ask for one word: it comes whole, with its end, its usage and the provider's own object."""
    stream = sk.stream(f"{row.provider}/{model}", "Answer with this one word: Europa", max_tokens=2000, **given)
    response = await stream
    assert "europa" in response.content.lower()
    assert response.state == "complete" and response.finish_reasons
    assert response.common_finish_reasons == ["stop"]
    usage = response.usage
    assert usage is not None and usage.source == "provider" and usage.output_tokens
    assert response.response is not None and response.message_param


async def call_a_tool(row: Row, model: str, **given: Any) -> None:
    """Ask for a tool to be called: the call comes whole and typed, and its result can be sent back."""
    prompt = "Where is the moon Io now? Call get_orbit to find out; do not answer without it."
    given = {"tools": [get_orbit], "tool_choice": row.choice, **given}
    stream = sk.stream(f"{row.provider}/{model}", prompt, **given)
    tools = [tool async for _, tool in stream if tool is not None]
    assert [tool.name for tool in tools] == ["get_orbit"]
    assert "io" in json.loads(tools[0].arguments_text)["moon"].lower()
    assert stream.state == "complete" and stream.response.tool_calls[0].complete
    assert stream.tool_message_params([(tools[0], get_orbit("Io"))])


async def leave_early(row: Row, model: str, **given: Any) -> None:
    """Ask for a long answer and leave it at its beginning: the connection is closed, and what came is kept."""
    prompt = "Count from 1 to 300 in digits, separated by spaces, and write nothing else."
    stream = sk.stream(f"{row.provider}/{model}", prompt, **given)
    begun = await stream.pipe(ops.text(), ops.until("12"), ops.join())
    assert begun.endswith("12") and "3" in begun
    assert stream.state == "stopped" and not stream.open
    assert stream.response.finish_reasons is None and stream.content.startswith(begun)


PROBES: dict[str, Callable[..., Awaitable[None]]] = {
    "text": ask_for_a_text,
    "tool": call_a_tool,
    "early stop": leave_early,
}
