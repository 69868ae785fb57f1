"""Vendors with OpenAI's chat API, one row each: the address, the key's variable, and differences in requests.

Differences in their *answers* stand in ``wire/quirks.py``, under the same name.
"""

from __future__ import annotations

from ._config import ProviderConfig
from ._ollama_host import chat_address
from ._request import Provider
from .openai import ChatProvider

_COMPATIBLE = "openai_compatible.chat"

VENDORS: tuple[ProviderConfig, ...] = (
    ProviderConfig("deepseek", "deepseek.chat", ("DEEPSEEK_API_KEY",), "https://api.deepseek.com"),
    ProviderConfig("fireworks", _COMPATIBLE, ("FIREWORKS_API_KEY",), "https://api.fireworks.ai/inference/v1"),
    ProviderConfig(
        "litellm-proxy",
        _COMPATIBLE,
        ("LITELLM_PROXY_API_KEY",),
        "http://localhost:4000",
        base_url_env="LITELLM_PROXY_API_BASE",
    ),
    # For servers on your own machine there is no standard variable; these names are in common use.
    ProviderConfig("llama.cpp", _COMPATIBLE, (), "http://localhost:8080/v1", base_url_env="LLAMACPP_BASE_URL"),
    ProviderConfig("lmstudio", _COMPATIBLE, (), "http://localhost:1234/v1", base_url_env="LMSTUDIO_BASE_URL"),
    ProviderConfig(
        "ollama-openai",
        _COMPATIBLE,
        (),
        "http://localhost:11434/v1",
        base_url_env="OLLAMA_HOST",
        read_address=chat_address,
    ),
    ProviderConfig(
        "openrouter", "openrouter.chat", ("OPENROUTER_API_KEY",), "https://openrouter.ai/api/v1", strict=True
    ),
    ProviderConfig("perplexity", _COMPATIBLE, ("PERPLEXITY_API_KEY", "PPLX_API_KEY"), "https://api.perplexity.ai"),
    ProviderConfig("together", _COMPATIBLE, ("TOGETHER_API_KEY",), "https://api.together.xyz/v1"),
    ProviderConfig("vllm", _COMPATIBLE, (), "http://localhost:8000/v1", base_url_env="VLLM_BASE_URL"),
    ProviderConfig("xai", "xai.chat", ("XAI_API_KEY",), "https://api.x.ai/v1", strict=True),
)

PROVIDERS: dict[str, Provider] = {vendor.name: ChatProvider(vendor) for vendor in VENDORS}
