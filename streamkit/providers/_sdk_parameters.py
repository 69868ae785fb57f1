"""The names of the parameters in each SDK's own types, made by `make tables`, so that no SDK is imported."""

from __future__ import annotations

_TEXTS: dict[str, str] = {
    "anthropic": (
        "betas billing_policy cache_control compaction container context_management diagnostics extra_body "
        "extra_headers extra_query fallback_credit_token fallbacks inference_geo max_tokens mcp_servers messages "
        "metadata model output_config service_tier speed stop_sequences stream system thinking thread timeout "
        "tool_choice tools user_profile_id workspace_id "
    ),
    "bedrock": (
        "additionalModelRequestFields additionalModelResponseFieldPaths guardrailConfig inferenceConfig maxTokens "
        "messages modelId outputConfig performanceConfig projectIdentifier promptVariables requestMetadata "
        "serviceTier stopSequences system temperature toolConfig topP "
    ),
    "cohere": (
        "citation_options documents frequency_penalty k logprobs max_tokens messages model p presence_penalty "
        "priority request_options response_format safety_mode seed stop_sequences strict_tools temperature "
        "thinking tool_choice tools "
    ),
    "google": (
        "audioTimestamp audioTranscriptionConfig audio_timestamp audio_transcription_config automaticContinuation "
        "automaticFunctionCalling automatic_continuation automatic_function_calling cachedContent cached_content "
        "candidateCount candidate_count continuationToken continuation_token enableEnhancedCivicAnswers "
        "enable_enhanced_civic_answers frequencyPenalty frequency_penalty generationOutputConfig "
        "generation_output_config httpOptions http_options imageConfig image_config labels logprobs "
        "maxOutputTokens max_output_tokens mediaResolution media_resolution modelArmorConfig modelSelectionConfig "
        "model_armor_config model_selection_config presencePenalty presence_penalty responseJsonSchema "
        "responseLogprobs responseMimeType responseModalities responseSchema response_json_schema "
        "response_logprobs response_mime_type response_modalities response_schema routingConfig routing_config "
        "safetySettings safety_settings seed serviceTier service_tier shouldReturnHttpResponse "
        "should_return_http_response speechConfig speech_config stopSequences stop_sequences store "
        "systemInstruction system_instruction temperature thinkingConfig thinking_config toolConfig tool_config "
        "tools topK topP top_k top_p "
    ),
    "groq": (
        "citation_options compound_custom disable_tool_validation documents exclude_domains extra_body "
        "extra_headers extra_query frequency_penalty function_call functions include_domains include_reasoning "
        "logit_bias logprobs max_completion_tokens max_tokens messages metadata model n parallel_tool_calls "
        "presence_penalty reasoning_effort reasoning_format response_format search_settings seed service_tier stop "
        "store stream temperature timeout tool_choice tools top_logprobs top_p user "
    ),
    "litellm": (
        "api_key api_version audio base_url deployment_id enable_json_schema_validation extra_headers "
        "frequency_penalty function_call functions include_server_side_tool_invocations logit_bias logprobs "
        "max_completion_tokens max_tokens messages modalities model model_list n parallel_tool_calls prediction "
        "presence_penalty prompt_cache_key prompt_cache_retention reasoning_effort response_format "
        "safety_identifier seed service_tier shared_session stop store stream stream_options temperature thinking "
        "timeout tool_choice tools top_logprobs top_p user verbosity web_search_options "
    ),
    "mistral": (
        "frequency_penalty guardrails http_headers logprobs max_tokens messages metadata min_tokens model n "
        "parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_logprobs prompt_mode random_seed "
        "reasoning_effort repetition_penalty response_format retries safe_prompt server_url service_tier stop "
        "stream temperature timeout_ms tool_choice tools top_k top_logprobs top_p top_prompt_logprobs "
    ),
    "ollama": (
        "embedding_only f16_kv format frequency_penalty keep_alive logits_all logprobs low_vram main_gpu messages "
        "mirostat mirostat_eta mirostat_tau model num_batch num_ctx num_gpu num_keep num_predict num_thread numa "
        "options penalize_newline presence_penalty repeat_last_n repeat_penalty seed stop stream temperature tfs_z "
        "think tools top_k top_logprobs top_p typical_p use_mlock use_mmap vocab_only "
    ),
    "openai": (
        "audio extra_body extra_headers extra_query frequency_penalty function_call functions logit_bias logprobs "
        "max_completion_tokens max_tokens messages metadata modalities model moderation n parallel_tool_calls "
        "prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort "
        "response_format safety_identifier seed service_tier stop store stream stream_options temperature timeout "
        "tool_choice tools top_logprobs top_p user verbosity web_search_options "
    ),
    "openai-responses": (
        "access_programs background background_options context_management conversation extra_body extra_headers "
        "extra_query image include input instructions max_output_tokens max_tool_calls metadata model moderation "
        "parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options "
        "prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature "
        "text timeout tool_choice tools top_logprobs top_p truncation user "
    ),
}

SDK_PARAMETERS: dict[str, frozenset[str]] = {sdk: frozenset(names.split()) for sdk, names in _TEXTS.items()}

"""The names by the SDK, or by the API where an SDK has several."""
