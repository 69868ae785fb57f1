"""Programs in the shape of Mirascope's pages: each feature in four ways to write the prompt, for each provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

from tests.mirascope.features import BOOK, FEATURES, TASKS
from tests.mirascope.programs import SINGLE

PROVIDERS = {
    "openai": ("OpenAI", "gpt-4o-mini", "from openai import OpenAIError as ProviderError"),
    "anthropic": ("Anthropic", "claude-3-5-sonnet-latest", "from anthropic import AnthropicError as ProviderError"),
    "mistral": ("Mistral", "mistral-large-latest", "from mistralai.client.errors import SDKError as ProviderError"),
    "google": ("Google", "gemini-2.0-flash", "from google.genai.errors import APIError as ProviderError"),
    "groq": ("Groq", "llama-3.1-70b-versatile", "from groq import GroqError as ProviderError"),
    "cohere": ("Cohere", "command-r-plus", "from cohere.errors import TooManyRequestsError as ProviderError"),
    "litellm": ("LiteLLM", "gpt-4o-mini", "from litellm.exceptions import RateLimitError as ProviderError"),
    "azure": ("Azure", "gpt-4o-mini", "from openai import OpenAIError as ProviderError"),
    "bedrock": ("Bedrock", "amazon.nova-lite-v1:0", "from botocore.exceptions import ClientError as ProviderError"),
    "xai": ("XAI", "grok-3", "from openai import RateLimitError as ProviderError"),
}

CLIENTS = {
    "openai": "from openai import OpenAI\nclient = OpenAI()",
    "anthropic": "from anthropic import Anthropic\nclient = Anthropic()",
    "google": "from google.genai import Client\nclient = Client()",
    "groq": "from groq import Groq\nclient = Groq()",
    # Cohere's SDK reads its variable when it is imported, which another test may have done before.
    "cohere": "from cohere import ClientV2\nclient = ClientV2(base_url=os.environ['CO_API_URL'])",
    "azure": "from openai import OpenAI\nclient = OpenAI(base_url=os.environ['AZURE_OPENAI_BASE_URL'])",
    "bedrock": "import boto3\nclient = boto3.client('bedrock-runtime', region_name='us-east-1')",
}
"""How to make a client of each provider's SDK; the others' addresses stand in no variable."""

STYLES = {
    "shorthand": '{define} {name}({arguments}) -> str:\n    return f"{text}"\n',
    "messages": '{define} {name}({arguments}) -> Messages.Type:\n    return Messages.User(f"{text}")\n',
    "base_message_param": (
        "{define} {name}({arguments}) -> list[BaseMessageParam]:\n"
        '    return [BaseMessageParam(role="user", content=f"{text}")]\n'
    ),
    "string_template": '@prompt_template("{text}")\n{define} {name}({arguments}): ...\n',
}

HEAD = """
import asyncio
import json
from enum import Enum
from typing import Annotated, Literal, cast
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, computed_field, model_validator
from mirascope import BaseDynamicConfig, BaseMessageParam, BaseTool, BaseToolKit, Messages, llm, prompt_template
from mirascope.core import BasePrompt, FromCallArgs, MODULE, merge_decorators, metadata, toolkit_tool
ERROR
"""


@dataclass(frozen=True)
class Snippet:
    """A program, and what it prints among other things."""

    name: str
    provider: str
    code: str
    prints: str


TEXT = "Recommend a {genre} book"

CALL = '@MODULE.call("MODEL", OPTIONS)\n'


def prompt(
    style: str, text: str, *, name: str = "recommend_book", arguments: str = "genre: str", wait: str = ""
) -> str:
    """Write a function that returns a prompt, in one of the styles."""
    return STYLES[style].format(define=f"{wait}def", name=name, arguments=arguments, text=text)


def for_provider(module: str) -> Iterator[Snippet]:
    """Write every snippet of a provider."""
    for name, code, prints in _programs():
        yield Snippet(f"{module} {name}", module, _filled(HEAD + code, module), prints)


def _filled(code: str, module: str) -> str:
    prefix, model, error = PROVIDERS[module]
    words = {"CLIENT": CLIENTS.get(module, "client = None"), "MODULE": module, "MODEL": model, "PREFIX": prefix}
    for word, value in {**words, "ERROR": error}.items():
        code = code.replace(word, value)
    return code


def _programs() -> Iterator[tuple[str, str, str]]:
    for style in STYLES:
        for each in FEATURES:
            code = each.before + CALL.replace("OPTIONS", each.options) + prompt(style, TEXT) + "\n" + each.behind
            yield f"{style} {each.name}", code, each.prints
        for each in TASKS:
            main = f"\nasync def main():\n    {each.behind}\n\nasyncio.run(main())\n"
            code = BOOK + CALL.replace("OPTIONS", each.options) + prompt(style, TEXT, wait="async ") + main
            yield f"{style} {each.name}", code, each.prints
        yield f"{style} chain", _chain(style), "The Name of the Wind"
    for name, (code, prints) in SINGLE.items():
        yield name, dedent(code), prints


def _chain(style: str) -> str:
    first = prompt(style, "Summarize: {text}", name="summarize", arguments="text: str")
    second = prompt(style, "Translate: {text}", name="translate", arguments="text: str")
    calls = '@llm.call(provider="MODULE", model="MODEL")\n' + first + '\n@llm.call("MODULE", "MODEL")\n' + second
    return calls + '\nprint(translate(summarize("Long").content).content)'
