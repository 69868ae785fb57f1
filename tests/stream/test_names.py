"""The names of parameters: real ones of any vendor pass, slips and options in the wrong place are refused."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import streamkit as sk
from streamkit.providers._sdk_parameters import SDK_PARAMETERS
from streamkit.wire.request import COMMON
from tests import sdk_parameters

# Of each vendor: a provider of streamkit that reaches it, and parameters that its documentation has.
REAL: dict[str, tuple[str, str]] = {
    "OpenAI": ("openai", "logit_bias verbosity prompt_cache_key web_search_options"),
    "OpenAI Responses": ("openai-responses", "previous_response_id truncation background instructions"),
    "Anthropic": ("anthropic", "thinking container speed inference_geo"),
    "Cohere": ("cohere", "safety_mode citation_options k p"),
    "Google": ("google", "top_k thinking_config safety_settings responseModalities"),
    "Vertex": ("vertex", "labels routing_config location"),
    "Groq": ("groq", "include_reasoning compound_custom search_settings"),
    "Mistral": ("mistral", "safe_prompt random_seed prompt_mode"),
    "Azure": ("azure", "data_sources user_security_context"),
    "Bedrock": ("bedrock", "guardrailConfig performanceConfig top_k"),
    "Ollama": ("ollama", "num_ctx keep_alive think mirostat_tau"),
    "OpenRouter": ("openrouter", "top_a min_p models route transforms plugins reasoning usage"),
    "DeepSeek": ("deepseek", "thinking logprobs"),
    "xAI": ("xai", "search_parameters deferred"),
    "Perplexity": ("perplexity", "search_domain_filter search_recency_filter return_images disable_search"),
    "Together": ("together", "repetition_penalty safety_model"),
    "Fireworks": ("fireworks", "prompt_truncate_len context_length_exceeded_behavior raw_output"),
    "vLLM": ("vllm", "min_tokens guided_choice stop_token_ids chat_template_kwargs ignore_eos"),
    "llama.cpp": ("llama.cpp", "n_predict cache_prompt id_slot dry_multiplier grammar"),
    "LM Studio": ("lmstudio", "ttl draft_model"),
    "SGLang": ("vllm", "regex ebnf separate_reasoning"),
    "Qwen": ("vllm", "enable_thinking enable_search vl_high_resolution_images"),
    "Cerebras": ("vllm", "clear_thinking disable_reasoning"),
    "a vendor that nobody here knows": ("vllm", "moon_phase orbits seeds tops top_q"),
}

OPTIONS = [(provider, name) for provider, names in REAL.values() for name in names.split()]


def test_the_table_is_large_enough() -> None:
    assert len(REAL) >= 20
    assert len(OPTIONS) >= 60


@pytest.mark.parametrize(("provider", "name"), OPTIONS)
def test_a_real_option_is_sent(provider: str, name: str) -> None:
    given: dict[str, Any] = {name: "global" if name == "location" else {}}
    stream = sk.stream(f"{provider}/m", "?", api_key="k", base_url="http://localhost:1/v1", **given)
    assert stream.request.params == given

    @sk.call(f"{provider}/m", api_key="k", call_params=given)
    def ask() -> str:
        return "?"

    assert ask().call_params == given


@pytest.mark.parametrize(
    ("model", "typed", "meant"),
    [
        ("openai/m", "temprature", "temperature="),
        ("openai/m", "tempreature", "temperature="),
        ("openai/m", "max_token", "max_tokens="),
        ("openai/m", "tmeouts", "timeouts="),
        ("openai/m", "sytsem", "system="),
        ("openai/m", "response_modle", "response_model="),
        ("openai/m", "resoning_effort", "reasoning_effort="),
        ("anthropic/m", "thinkin", "thinking="),
        ("ollama/m", "num_ctxx", "num_ctx="),
        ("openrouter/m", "transform", "transforms="),
        ("openai/m", "json_mod", "json_mode="),
    ],
)
def test_a_slip_is_refused_with_the_name_that_is_meant(model: str, typed: str, meant: str) -> None:
    given: dict[str, Any] = {typed: 1}
    with pytest.raises(sk.ConfigurationError, match=f"no parameter {typed}=: write (.*or )?{meant}"):
        sk.stream(model, "?", **given)
    with pytest.raises(sk.ConfigurationError, match=f"no parameter {typed}=: write (.*or )?{meant}"):
        sk.call(model, **given)
    with pytest.raises(sk.ConfigurationError, match=f"no parameter {typed}=: write (.*or )?{meant}"):
        sk.call(model, call_params=given)
    assert sk.stream(model, "?", extra=given).request.params == {"extra_body": given}


def test_a_slip_in_a_dynamic_configuration_is_refused() -> None:
    @sk.call("openai/m")
    def ask() -> dict[str, Any]:
        return {"messages": "?", "call_params": {"temprature": 1}}

    with pytest.raises(sk.ConfigurationError, match="write temperature="):
        ask()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("json_mode", r"sk\.call\(…, json_mode=True\)"),
        ("max_retries", r"sk\.retry\(stream, attempts=…\)"),
        ("retries", r"sk\.retry"),
        ("output_parser", r"sk\.call\(…, stream=False, output_parser=…\)"),
        ("partial_tools", r"stream\.fan_out\(partial_tools=True\)"),
        ("call_params", "temperature=0.2"),
        ("rpm", r"sk\.Limits\(rpm=…\)"),
        ("between", r"sk\.Timeouts\(between=…\)"),
        ("late", r"stream\.fan_out\(late=…\)"),
        ("accept", r"sk\.search"),
    ],
)
def test_an_option_of_another_function_is_refused_with_that_function(name: str, hint: str) -> None:
    given: dict[str, Any] = {name: 1}
    with pytest.raises(sk.ConfigurationError, match=f"{name}= is no parameter of a request: give .*{hint}"):
        sk.stream("openai/m", "?", **given)


@pytest.mark.parametrize("name", ["system", "timeouts", "extra", "api_key", "response_model", "provider"])
def test_an_option_of_the_call_is_refused_among_the_parameters(name: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=f"{name}= is an option of the call"):
        sk.call("openai/m", call_params={name: "x"})


def test_the_routing_of_openrouter_is_a_parameter_of_its_name() -> None:
    routing = {"order": ["x"]}

    @sk.call("openrouter/m", call_params={"provider": routing})
    def ask() -> str:
        return "?"

    assert ask().call_params == {"provider": routing}


@pytest.mark.parametrize("sdk", sdk_parameters.SDKS)
def test_the_table_has_every_parameter_of_the_sdk(sdk: str) -> None:
    try:
        installed = sdk_parameters.names_of(sdk)
    except (ImportError, AttributeError) as error:
        pytest.skip(f"the newest SDK is needed here: {error}")
    assert installed <= SDK_PARAMETERS[sdk], "`make tables` writes the missing ones"


def test_the_common_parameters_need_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "streamkit.providers._parameters", None)
    given: dict[str, Any] = dict.fromkeys(COMMON)
    assert sk.stream("openai/m", "?", **given).request.params == {}
