"""The parameters that a provider knows: those of its SDK, those of vendors that have none, and streamkit's own."""

from __future__ import annotations

from ._sdk_parameters import SDK_PARAMETERS

_TEXT = (
    # Of any request, and of streamkit's own providers.
    "extra_body extra_headers extra_query timeout http_client default_headers default_query websocket_base_url "
    "data_residency request_options vertexai project location generation_config aws_region aws_profile speed "
    "played faults "
    # Sampling, by the names that servers of open models share.
    "top_k top_a top_n min_p min_tokens typical_p repetition_penalty repeat_penalty repeat_last_n length_penalty "
    "logit_bias best_of use_beam_search stop_token_ids ignore_eos bad_words echo include_stop_str_in_output "
    "skip_special_tokens spaces_between_special_tokens prompt_logprobs allowed_token_ids mirostat mirostat_tau "
    "mirostat_eta mirostat_lr mirostat_target tfs_z dynatemp_range dynatemp_exponent xtc_probability "
    "xtc_threshold  dry_multiplier dry_base dry_allowed_length dry_penalty_last_n dry_sequence_breakers "
    "top_n_sigma samplers grammar  guided_json guided_regex guided_choice guided_grammar "
    "guided_whitespace_pattern guided_decoding_backend  structured_outputs structural_tag regex ebnf no_stop_trim "
    "custom_logit_processor lora lora_path do_sample "
    # Of the servers: vLLM, SGLang, llama.cpp, LM Studio.
    "add_generation_prompt continue_final_message add_special_tokens chat_template chat_template_kwargs priority "
    "mm_processor_kwargs truncate_prompt_tokens return_tokens_as_token_ids return_token_ids request_id cache_salt "
    "kv_transfer_params vllm_xargs separate_reasoning stream_reasoning n_predict n_keep n_discard n_indent "
    "n_probs  min_keep t_max_predict_ms id_slot cache_prompt post_sampling_probs response_fields "
    "timings_per_token  return_progress return_tokens parse_tool_calls thinking_forced_open reasoning_format "
    "reasoning_budget  ttl draft_model context_overflow_policy "
    # Of the vendors: OpenRouter, Together, Fireworks, DeepSeek, xAI, Perplexity, Azure and others.
    "models route transforms plugins provider reasoning include_reasoning usage preset session_id trace debug "
    "image_config modalities safety_model context_length_exceeded_behavior prompt_truncate_len raw_output "
    "compliance  perf_metrics_in_response prompt_cache_isolation_key speculation reasoning_history thinking "
    "thinking_budget  enable_thinking enable_search search_options search_parameters deferred search_mode "
    "search_domain_filter  search_recency_filter search_after_date_filter search_before_date_filter "
    "last_updated_after_filter  last_updated_before_filter return_images return_related_questions "
    "return_citations disable_search  enable_search_classifier media_response language_preference "
    "image_domain_filter image_format_filter  num_search_results data_sources disable_reasoning clear_thinking "
    "nvext incremental_output result_format  vl_high_resolution_images guardrails tool_stream mask_sensitive_info "
    "reasoning_split watermark  fallbacks num_retries api_base "
)

VENDOR_PARAMETERS: frozenset[str] = frozenset(_TEXT.split())

"""Names of parameters that no SDK has, as vendors and servers document them."""

_ALL = VENDOR_PARAMETERS.union(*SDK_PARAMETERS.values())

_RESPONSES = "-responses"


def is_known(name: str) -> bool:
    """Return whether any provider has a parameter of this name."""
    return name in _ALL


def parameters_of(provider: str) -> frozenset[str]:
    """Return the names of the parameters that a provider is known to have.

    Args:
        provider: The provider's name; of one that is not known, those that OpenAI's API has.

    >>> "thinking" in parameters_of("anthropic"), "top_a" in parameters_of("openrouter")
    (True, True)
    """
    sdk = "openai-responses" if provider.endswith(_RESPONSES) else provider
    return SDK_PARAMETERS.get(sdk, SDK_PARAMETERS["openai"]) | VENDOR_PARAMETERS
