"""The mark `recording`: the first run records what SDKs and streamkit send, and the next ones send nothing."""

import json
import subprocess
import sys

import pytest

import streamkit as sk
from tests.recording.test_schema import VALIDATOR
from tests.tap.runs import INI, KEY, PROMPT, Runs

pytest_plugins = ["pytester"]


SDKS = """
@pytest.mark.recording
def test_openai():
    with openai.OpenAI(base_url=BASE + "/v1", api_key=KEY) as client:
        stream = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        assert "".join(each.choices[0].delta.content or "" for each in stream if each.choices) == "Io, Europa"

@pytest.mark.recording
@pytest.mark.parametrize("client", [openai.DefaultAsyncHttpxClient, openai.DefaultAioHttpClient])
async def test_openai_async(client):
    async with openai.AsyncOpenAI(base_url=BASE + "/v1", api_key=KEY, http_client=client()) as sdk:
        stream = await sdk.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        assert "".join([each.choices[0].delta.content or "" async for each in stream if each.choices]) == "Io, Europa"

@pytest.mark.recording
def test_anthropic():
    with anthropic.Anthropic(base_url=BASE + "/anthropic", api_key=KEY) as client:
        with client.messages.stream(model="m", messages=MESSAGES, max_tokens=10) as stream:
            assert "".join(stream.text_stream) == "Io, Europa"

@pytest.mark.recording
async def test_anthropic_async():
    async with anthropic.AsyncAnthropic(base_url=BASE + "/anthropic", api_key=KEY) as client:
        async with client.messages.stream(model="m", messages=MESSAGES, max_tokens=10) as stream:
            assert "".join([text async for text in stream.text_stream]) == "Io, Europa"

@pytest.mark.recording
def test_cohere():
    with httpx.Client() as http:
        stream = cohere.ClientV2(base_url=BASE + "/cohere", api_key=KEY, httpx_client=http).chat_stream(
            model="m", messages=MESSAGES
        )
        texts = [each.delta.message.content.text for each in stream if each.type == "content-delta"]
    assert "".join(texts) == "Io, Europa"

@pytest.mark.recording
async def test_cohere_async():
    async with httpx.AsyncClient() as http:
        stream = cohere.AsyncClientV2(base_url=BASE + "/cohere", api_key=KEY, httpx_client=http).chat_stream(
            model="m", messages=MESSAGES
        )
        texts = [each.delta.message.content.text async for each in stream if each.type == "content-delta"]
    assert "".join(texts) == "Io, Europa"

@pytest.mark.recording
@pytest.mark.parametrize("transport", ["direct", "sdk"])
@pytest.mark.parametrize("model", ["openai/m", "anthropic/m", "cohere/m"])
async def test_streamkit(model, transport):
    path = {"openai/m": "/v1", "anthropic/m": "/anthropic", "cohere/m": "/cohere"}[model]
    response = await sk.stream(model, PROMPT, base_url=BASE + path, api_key=KEY, transport=transport)
    assert (response.content, response.state) == ("Io, Europa", "complete")
"""


@pytest.mark.sdk
def test_the_sdks_and_streamkit_are_recorded_and_replayed_with_the_server_gone(runs: Runs) -> None:
    runs.write(SDKS)
    runs.run().assert_outcomes(passed=13)
    runs.open.close()
    runs.run("--streamkit-record=none").assert_outcomes(passed=13)
    assert runs.calls == [13, 0]
    recorded = "".join(runs.recording(name.removesuffix(".jsonl")) for name in runs.recordings())
    assert recorded.count('"state":"complete"') == 13
    assert KEY not in recorded
    assert PROMPT not in recorded


ONE = """
@pytest.mark.recording("moons"{options})
def test_it():
    response = sk.stream("openai/m", {prompt!r}, base_url=BASE + "/v1", api_key=KEY).run()
    assert response.content == "Io, Europa"
"""


def test_another_request_fails_with_what_is_different_and_sends_nothing(runs: Runs) -> None:
    runs.write(ONE.format(options="", prompt=PROMPT))
    runs.run().assert_outcomes(passed=1)
    runs.write(ONE.format(options="", prompt="Which moons?"))
    result = runs.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*/v1/chat/completions: it is not recorded. From moons.jsonl, the nearest, it differs by*",
            '- messages.0.content: "<text of 26 characters, *>"',
            '+ messages.0.content: "<text of 12 characters, *>"',
            "*--streamkit-record=new*",
        ]
    )
    assert runs.calls == [1, 0]


def test_with_prompts_the_difference_has_the_texts(runs: Runs) -> None:
    runs.write(ONE.format(options=", prompts=True", prompt=PROMPT))
    runs.run().assert_outcomes(passed=1)
    assert PROMPT in runs.recording("moons")
    assert KEY not in runs.recording("moons")
    runs.write(ONE.format(options=", prompts=True", prompt="Which moons?"))
    runs.run().stdout.fnmatch_lines(
        ['- messages.0.content: "Which moons may hold life?"', '+ messages.0.content: "Which moons?"']
    )


def test_an_sdk_does_not_repeat_a_request_that_is_not_recorded(runs: Runs) -> None:
    runs.write(
        """
@pytest.mark.recording
def test_it():
    with openai.OpenAI(base_url=BASE + "/v1", api_key=KEY) as client:
        try:
            client.chat.completions.create(model="m", messages=MESSAGES)
        except Exception:
            pass
"""
    )
    result = runs.run("--streamkit-record=none")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*there is no recordings/test_it.jsonl, and --streamkit-record=none records nothing*"])
    assert runs.calls == [0]


def test_a_test_that_swallows_the_error_fails_all_the_same(runs: Runs) -> None:
    runs.write(
        """
@pytest.mark.recording
def test_it():
    with pytest.raises(sk.ConfigurationError):
        sk.stream("openai/m", PROMPT, base_url=BASE + "/v1", api_key=KEY).run()
"""
    )
    runs.run("--streamkit-record=none").assert_outcomes(failed=1)


SEVERAL = """
@pytest.mark.recording("moons"{options})
def test_it():
    for prompt in {prompts}:
        assert sk.stream("openai/m", prompt, base_url=BASE + "/v1", api_key=KEY).run().content == "Io, Europa"
"""


def test_several_calls_are_several_files_and_identical_ones_are_played_once_each(runs: Runs) -> None:
    runs.write(SEVERAL.format(options="", prompts=["a", "b", "a"]))
    runs.run().assert_outcomes(passed=1)
    runs.run("--streamkit-record=none").assert_outcomes(passed=1)
    assert runs.recordings() == ["moons-2.jsonl", "moons-3.jsonl", "moons.jsonl"]
    runs.write(SEVERAL.format(options="", prompts=["a", "a", "a"]))
    runs.run().stdout.fnmatch_lines(["*it is recorded 2 times in recordings/moons.jsonl, and sent once more*"])
    assert runs.calls == [3, 0, 0]


def test_new_adds_what_is_missing_and_rewrite_begins_anew(runs: Runs) -> None:
    runs.write(SEVERAL.format(options="", prompts=["a"]))
    runs.run()
    runs.write(SEVERAL.format(options="", prompts=["a", "b"]))
    runs.run("--streamkit-record=new").assert_outcomes(passed=1)
    assert runs.recordings() == ["moons-2.jsonl", "moons.jsonl"]
    runs.write(SEVERAL.format(options="", prompts=["c"]))
    runs.run("--streamkit-record=rewrite").assert_outcomes(passed=1)
    assert runs.recordings() == ["moons.jsonl"]
    assert runs.calls == [1, 1, 1]


def test_recorded_calls_that_nobody_used_are_named_and_fail_on_demand(runs: Runs) -> None:
    runs.write(SEVERAL.format(options="", prompts=["a", "b"]))
    runs.run()
    runs.write(SEVERAL.format(options="", prompts=["a"]))
    result = runs.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*recorded calls that were not used*", "*::test_it: moons-2.jsonl"])
    runs.write(SEVERAL.format(options=", all_used=True", prompts=["a"]))
    result = runs.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Nothing has asked for moons-2.jsonl*"])


def test_fields_that_are_ignored_may_differ(runs: Runs) -> None:
    options = ", ignore=['messages.0.content', 'address']"
    runs.write(ONE.format(options=options, prompt="It is 12:01."))
    runs.run()
    runs.write(ONE.format(options=options, prompt="It is 12:02.").replace("BASE", "'http://127.0.0.1:9'"))
    runs.run().assert_outcomes(passed=1)


def test_errors_and_cut_answers_are_recorded_if_the_test_passes_with_them_and_not_else(runs: Runs) -> None:
    text = """
@pytest.mark.recording
def test_cut():
    with pytest.raises(sk.TruncatedError):
        sk.stream("openai/m", PROMPT, base_url=BASE + "/cut", api_key=KEY).run()

@pytest.mark.recording
def test_refused():
    with openai.OpenAI(base_url=BASE + "/refused", api_key=KEY, max_retries=0) as client:
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(model="m", messages=MESSAGES)
        assert caught.value.response.headers["retry-after"] == "1"

@pytest.mark.recording
def test_unexpected():
    sk.stream("openai/m", PROMPT, base_url=BASE + "/refused", api_key=KEY).run()
"""
    runs.write(text)
    runs.run().assert_outcomes(passed=2, failed=1)
    assert runs.recordings() == ["test_cut.jsonl", "test_refused.jsonl"]
    runs.run("--streamkit-record=none").assert_outcomes(passed=2, failed=1)
    assert runs.calls == [3, 0]


def test_a_reader_that_left_when_recorded_must_not_read_on_in_the_replay(runs: Runs) -> None:
    text = """
@pytest.mark.recording
def test_it():
    with httpx.stream("POST", BASE + "/v1/chat/completions", json={"model": "m", "stream": True}) as response:
        lines = response.iter_lines()
        next(lines)
"""
    runs.write(text)
    runs.run().assert_outcomes(passed=1)
    runs.run().assert_outcomes(passed=1)
    runs.write(f"{text}        list(lines)\n")
    result = runs.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test_it.jsonl ends here, because its reader left when it was recorded*"])


def test_two_tests_may_share_a_recording(runs: Runs) -> None:
    one = ONE.format(options="", prompt=PROMPT)
    runs.write(one + one.replace("test_it", "test_again"))
    runs.run().assert_outcomes(passed=2)
    assert runs.calls == [1]


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("'../moons'", "*a name has letters, digits*"),
        ("'a', 'b'", "*takes one name*"),
        ("speed=0", "*give a number above 0*"),
        ("prompt=True", "*has no prompt=*"),
        ("ignore='messages'", "*give a list of texts*"),
    ],
)
def test_a_wrong_mark_is_an_error_that_says_so(runs: Runs, mark: str, message: str) -> None:
    runs.write(f"@pytest.mark.recording({mark})\ndef test_it(): ...\n")
    result = runs.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_the_end_of_a_run_names_what_was_recorded(runs: Runs) -> None:
    runs.write(ONE.format(options="", prompt=PROMPT))
    runs.run().stdout.fnmatch_lines(["*calls recorded by streamkit*", "*::test_it: *moons.jsonl"])
    runs.run().stdout.no_fnmatch_line("*calls recorded by streamkit*")


def test_the_default_of_the_mode_is_an_option_of_the_configuration_file(runs: Runs) -> None:
    runs.pytester.makeini(f"{INI}streamkit_record = none\n")
    runs.write(ONE.format(options="", prompt=PROMPT))
    runs.run().assert_outcomes(failed=1)
    runs.pytester.makeini(f"{INI}streamkit_record = nome\n")
    runs.run().stderr.fnmatch_lines(["*streamkit_record = nome: it is one of once, none, new, rewrite*"])


LIGHT = """
import sys, pytest
code = pytest.main(["-q", "-p", "streamkit_pytest", "-p", "no:cacheprovider", sys.argv[1]])
loaded = sorted(name for name in sys.modules if name.partition(".")[0] in ("streamkit", "httpx", "httpx2", "reactivex"))
print("loaded:", loaded, int(code))
"""


def test_the_plugin_imports_nothing_of_streamkit_for_tests_without_its_marks(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile("def test_it(): pass")
    run = [sys.executable, "-c", LIGHT, str(path)]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=pytester.path)
    assert "loaded: [] 0" in done.stdout, done.stdout + done.stderr


def test_a_recording_of_a_test_is_played_like_any_other(runs: Runs) -> None:
    runs.write(ONE.format(options="", prompt=PROMPT))
    runs.run().assert_outcomes(passed=1)
    path = runs.pytester.path / "recordings" / "moons.jsonl"
    for line in path.read_bytes().splitlines():
        VALIDATOR.validate(json.loads(line))
    response = sk.stream(f"replay/{path}", PROMPT).run()
    assert (response.content, response.state) == ("Io, Europa", "complete")
    with pytest.raises(sk.ConfigurationError, match="answers another request"):
        sk.stream(f"replay/{path}", "Which moons?")


def test_what_a_server_quotes_is_scrubbed_and_replayed_so(runs: Runs) -> None:
    text = """
@pytest.mark.recording
def test_key():
    with openai.OpenAI(base_url=BASE + "/quoted", api_key=KEY, max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError, match="Incorrect API key"):
            client.chat.completions.create(model="m", messages=MESSAGES)

@pytest.mark.recording
def test_echo():
    got = sk.stream("openai-responses/m", PROMPT, base_url=BASE + "/v1", api_key=KEY, instructions="Be a canary.")
    assert got.run().content == "Io, Europa"
"""
    runs.write(text)
    runs.run().assert_outcomes(passed=2)
    runs.run("--streamkit-record=none").assert_outcomes(passed=2)
    recorded = runs.recording("test_key") + runs.recording("test_echo")
    assert "Incorrect API key" in recorded
    assert not any(word in recorded for word in (KEY, "AbCdEfGh", "canary", PROMPT))
    assert '"blanked":' in runs.recording("test_echo")
