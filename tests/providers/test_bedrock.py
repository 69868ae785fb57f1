"""Bedrock on a real socket: signed as boto3 signs, read by our own wire, refused in our own terms."""

from __future__ import annotations

import importlib
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan, aws_frame, bedrock_error, bedrock_events, plan
from streamkit.testing.faults import Send
from streamkit.testing.in_process import Request
from tests.programs import SAFETY
from tests.timing import soon_async

pytestmark = pytest.mark.sdk

botocore: Any = importlib.import_module("botocore.session")
MODEL = "us.anthropic.claude-haiku-4-5-v1:0"
SOUND = plan("none", bedrock_events("Eu", "ro", "pa"), headers={"x-amzn-requestid": "req-1"})


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give credentials by the environment, and keep the machine's own out."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-key")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session-token")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    return tmp_path


def ask(server: FaultServer, prompt: str = "Which moon?", *, model: str = MODEL, **given: Any) -> sk.Stream:
    timeouts = sk.Timeouts(first=SAFETY, between=1)  # the first one loads botocore, and finds out who asks
    return sk.stream(f"bedrock/{model}", prompt, base_url=server.base_url, timeouts=timeouts, **given)


def boto_client(server: FaultServer, **given: Any) -> Any:
    settings: dict[str, Any] = {"region_name": "us-east-1", "endpoint_url": server.base_url, **given}
    return botocore.Session().create_client("bedrock-runtime", **settings)


def signature_of(request: Request, url: str, secret: str = "a-secret-key") -> str:
    """Sign what the server got once more, as AWS would to check it."""
    auth: Any = importlib.import_module("botocore.auth")
    credentials = importlib.import_module("botocore.credentials").Credentials("AKIDEXAMPLE", secret, "a-session-token")
    given = request.headers
    signed = given["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    headers = {name: given[name] for name in signed}
    again: Any = importlib.import_module("botocore.awsrequest").AWSRequest(
        "POST", url + request.path, headers=headers, data=request.body
    )
    again.context["timestamp"] = given["x-amz-date"]
    signer = auth.SigV4Auth(credentials, "bedrock", given["authorization"].split("/")[2])
    return str(signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again))


async def test_an_answer_is_complete_with_usage_and_the_id_of_its_request() -> None:
    with FaultServer(SOUND) as server:
        response = await ask(server, max_tokens=50)
        (request,) = server.requests
    assert (response.content, response.state, response.input_tokens, response.output_tokens) == (
        "Europa",
        "complete",
        7,
        3,
    )
    assert (response.request_id, response.finish_reasons, response.provider) == ("req-1", ["end_turn"], "bedrock")
    assert request.path == "/model/us.anthropic.claude-haiku-4-5-v1%3A0/converse-stream"
    assert request.json() == {
        "messages": [{"role": "user", "content": [{"text": "Which moon?"}]}],
        "inferenceConfig": {"maxTokens": 50},
    }


@pytest.mark.parametrize("model", [MODEL, "arn:aws:bedrock:eu-west-1:1:inference-profile/a b"])
async def test_the_signature_is_the_one_that_aws_computes(model: str) -> None:
    with FaultServer(SOUND) as server:
        await ask(server, "wörd", model=model)
        (request,) = server.requests
        url = server.base_url
    assert request.headers["authorization"].endswith(f"Signature={signature_of(request, url)}")
    assert not request.headers["authorization"].endswith(signature_of(request, url, "another"))
    assert "/eu-west-1/bedrock/aws4_request" in request.headers["authorization"]
    assert request.headers["x-amz-security-token"] == "a-session-token"


async def test_boto3_sends_the_same_and_reads_the_same() -> None:
    with FaultServer(SOUND) as server:
        stream = ask(server, max_tokens=50)
        ours = [chunk.chunk async for chunk, _ in stream]
        theirs = boto_client(server).converse_stream(
            modelId=MODEL,
            messages=[{"role": "user", "content": [{"text": "Which moon?"}]}],
            inferenceConfig={"maxTokens": 50},
        )
        events = list(theirs["stream"])
        first, second = server.requests
    assert ours == events
    assert "".join(each["contentBlockDelta"]["delta"]["text"] for each in events[1:4]) == stream.content
    assert (first.path, first.json()) == (second.path, second.json())


async def test_bytes_in_an_event_are_bytes_as_boto3_has_them() -> None:
    event = aws_frame(
        "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"redactedContent": "aGk="}}}
    )
    events = bedrock_events("Io")
    with FaultServer(plan("none", [events[0], event, *events[-2:]])) as server:
        stream = ask(server)
        chunks = [chunk async for chunk, _ in stream]
    assert chunks[1].chunk["contentBlockDelta"]["delta"]["reasoningContent"] == {"redactedContent": b"hi"}
    assert stream.response.redacted_thinking == ("aGk=",)


async def test_thinking_and_tools_arrive() -> None:
    def frame(name: str, index: int, **given: Any) -> bytes:
        return aws_frame(f"contentBlock{name}", {"contentBlockIndex": index, **given})

    events = [
        frame("Delta", 0, delta={"reasoningContent": {"text": "Hm."}}),
        frame("Stop", 0),
        frame("Start", 1, start={"toolUse": {"toolUseId": "t1", "name": "look_up"}}),
        frame("Delta", 1, delta={"toolUse": {"input": '{"moon": '}}),
        frame("Delta", 1, delta={"toolUse": {"input": '"Io"}'}}),
        frame("Stop", 1),
        aws_frame("messageStop", {"stopReason": "tool_use"}),
    ]
    with FaultServer(plan("none", events)) as server:
        tool = {"name": "look_up", "description": "Look up.", "parameters": {"type": "object"}}
        found = [(tool.name, tool.arguments) async for _, tool in ask(server, tools=[tool]) if tool]
        stream = ask(server)
        assert (await stream).thinking == "Hm."
        sent = server.requests[0].json()["toolConfig"]
    assert found == [("look_up", {"moon": "Io"})]
    spec = {"name": "look_up", "description": "Look up.", "inputSchema": {"json": {"type": "object"}}}
    assert sent == {"tools": [{"toolSpec": spec}]}


REFUSALS: dict[str, tuple[int, type[sk.ProviderError], bool]] = {
    "ThrottlingException": (429, sk.RateLimited, True),
    "ModelNotReadyException": (429, sk.RateLimited, True),
    "AccessDeniedException": (403, sk.AuthenticationFailed, False),
    "ExpiredTokenException": (403, sk.AuthenticationFailed, False),
    "ValidationException": (400, sk.BadRequest, False),
    "ResourceNotFoundException": (404, sk.BadRequest, False),
    "InternalServerException": (500, sk.ProviderError, True),
    "ServiceUnavailableException": (503, sk.Overloaded, True),
    "ModelTimeoutException": (408, sk.ProviderError, True),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_is_an_error_of_its_kind_with_aws_own_name_of_it(name: str) -> None:
    status, kind, retryable = REFUSALS[name]
    headers = (("x-amzn-errortype", f"{name}:http://internal.amazon.com/"), ("x-amzn-requestid", "req-2"))
    body = json.dumps({"message": f"No: {name}."}).encode()
    with FaultServer(Plan(status=status, headers=headers, steps=(Send(body),))) as server:
        with pytest.raises(kind) as caught:
            await ask(server)
        assert len(server.requests) == 1
    error = caught.value
    url = f"{server.base_url.removeprefix('http://')}{server.requests[0].path}"
    gateway = f"The server at {url} answered with status 503: " if status == 503 else ""
    message = f"{gateway}No: {name}."
    assert (error.message, error.code, error.status, error.retryable) == (message, name, status, retryable)
    assert (error.request_id, error.provider) == ("req-2", "bedrock")


async def test_an_exception_in_the_middle_keeps_what_came() -> None:
    events = bedrock_events("Eu", "ro", "pa")
    body = plan("none", [*events[:3], bedrock_error("modelStreamErrorException", "lost it")])
    with FaultServer(body) as server, pytest.raises(sk.ProviderError, match="lost it") as caught:
        await ask(server)
    assert caught.value.partial is not None and caught.value.partial.content == "Euro"
    assert caught.value.retryable


async def test_leaving_early_is_seen_by_the_server_at_once() -> None:
    async def leave() -> float:
        with FaultServer(plan("none", bedrock_events(*["word "] * 5000), every=0.001)) as server:
            async for chunk, _ in ask(server):
                if chunk.content:
                    break
            left = time.monotonic()
            (exchange,) = await server.until_closed()
        assert exchange.closed_by_client_at is not None
        return exchange.closed_by_client_at - left

    assert await soon_async(leave, seconds=0.02)


async def test_a_key_of_bedrocks_own_travels_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async def key() -> str:
        return "a-fresh-key"

    with FaultServer(SOUND) as server:
        await ask(server, api_key="a-given-key")
        await ask(server, api_key=key)
        monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "a-key-of-the-environment")
        await ask(server)
        sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer a-given-key", "Bearer a-fresh-key", "Bearer a-key-of-the-environment"]


async def test_a_profile_and_a_region_may_be_named(aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name)
    (aws / "credentials").write_text("[dev]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = s\n")
    (aws / "config").write_text("[profile dev]\nregion = ap-south-1\n")
    with FaultServer(SOUND) as server:
        await ask(server, aws_profile="dev")
        await ask(server, aws_profile="dev", aws_region="us-west-2")
        sent = [request.headers["authorization"] for request in server.requests]
    assert "Credential=AKIDPROFILE/" in sent[0] and "/ap-south-1/bedrock/" in sent[0]
    assert "/us-west-2/bedrock/" in sent[1]


async def test_the_address_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(SOUND) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.base_url)
        assert (await sk.stream(f"bedrock/{MODEL}", "?")).content == "Europa"


async def test_a_boto3_client_brings_its_address_region_and_credentials() -> None:
    with FaultServer(SOUND) as server:
        client = boto_client(server, aws_access_key_id="AKIDCLIENT", aws_secret_access_key="s")
        response = await sk.stream(f"bedrock/{MODEL}", "?", client=client)
        sent = server.requests[0].headers["authorization"]
    assert response.content == "Europa" and "Credential=AKIDCLIENT/" in sent and "/us-east-1/bedrock/" in sent


async def test_credentials_are_fetched_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(SOUND) as server:
        client = boto_client(server)
        sign, threads = client._request_signer.sign, list[threading.Thread]()

        def slow(*given: Any) -> None:
            threads.append(threading.current_thread())
            sign(*given)

        monkeypatch.setattr(client._request_signer, "sign", slow)
        await sk.stream(f"bedrock/{MODEL}", "?", client=client)
    assert threads and threading.main_thread() not in threads


async def test_what_is_missing_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(SOUND) as server:
        with pytest.raises(sk.ConfigurationError, match="AWS is not set up"):
            await ask(server, aws_profile="nobody")
        monkeypatch.delenv("AWS_REGION")
        with pytest.raises(sk.ConfigurationError, match="region"):
            await ask(server)
        assert (await ask(server, aws_region="eu-west-1")).content == "Europa"
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        with pytest.raises(sk.ConfigurationError, match="AWS_PROFILE"):
            await ask(server, aws_region="eu-west-1")
        assert len(server.requests) == 1


async def test_a_sign_in_that_has_run_out_is_no_mistake_of_the_call(aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    sso = "sso_start_url = https://a.invalid\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r\n"
    (aws / "config").write_text(f"[profile sso]\n{sso}")
    with FaultServer(SOUND) as server, pytest.raises(sk.AuthenticationFailed, match="AWS gave no credentials"):
        await ask(server, aws_profile="sso")


def test_what_can_be_checked_at_once_is_refused_at_once() -> None:
    with FaultServer(SOUND) as server:
        other = botocore.Session().create_client("s3", region_name="us-east-1")
        with pytest.raises(sk.ConfigurationError, match="bedrock-runtime"):
            ask(server, client=other)
        with pytest.raises(sk.ConfigurationError, match="give it alone"):
            ask(server, client=boto_client(server), aws_region="eu-west-1")
        with pytest.raises(sk.ConfigurationError, match="streamkit sets it itself"):
            ask(server, modelId="another")
        assert server.requests == ()


async def test_without_botocore_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(importlib.import_module("sys").modules, "botocore.session", None)
    importlib.import_module("streamkit.providers.bedrock")._boto_client.cache_clear()
    with FaultServer(SOUND) as server:
        with pytest.raises(sk.ConfigurationError, match=r"pip install 'boto3>=1\.40'"):
            await ask(server)
        assert (await ask(server, api_key="a-key-is-enough")).content == "Europa"


def test_it_works_in_a_plain_loop_too() -> None:
    with FaultServer(SOUND) as server:
        assert "".join(chunk.content for chunk, _ in ask(server)) == "Europa"
