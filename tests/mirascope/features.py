"""What Mirascope's pages do with a call whose prompt is written in any of four styles."""

from __future__ import annotations

from typing import NamedTuple


class Feature(NamedTuple):
    """A feature of the pages.

    Args:
        name: Name of the feature.
        options: Options of the call; MODULE, PREFIX and MODEL stand for the provider's.
        behind: What follows the decorated function.
        prints: What the program prints among other things.
        before: What precedes the decorated function.
    """

    name: str
    options: str
    behind: str
    prints: str
    before: str = ""


BOOK = '''
class Book(BaseModel):
    """An extracted book."""

    title: str
    author: str

'''
TOOLS = '''
def get_book_author(title: str) -> str:
    """Return the author of a book.

    Args:
        title: Title of the book.
    """
    return "Patrick Rothfuss" if title == "The Name of the Wind" else "unknown"


class FormatBook(BaseTool):
    """Format a book."""

    title: str = Field(..., description="Title of the book.", examples=["Dune"])
    author: str

    def call(self) -> str:
        return f"{self.title} by {self.author}"

'''
MOOD = """
class Mood(str, Enum):
    GOOD = "positive"
    BAD = "negative"

"""
PICKED = """
class Picked(BaseModel):
    genre: Annotated[str, FromCallArgs()]
    title: str

"""
LOUD = """
def upper(v: str) -> str:
    assert v.isupper(), "no"
    return v

class Loud(BaseModel):
    title: Annotated[str, AfterValidator(upper)]

"""
PARSE = """
def parse(response: llm.CallResponse) -> list[str]:
    return response.content.split(" by ")

"""
SHOW = """
def show(chunk: MODULE.PREFIXCallResponseChunk) -> None:
    print(chunk.model, chunk.id, chunk)

"""
LOOP = """
for chunk, tool in stream:
    if tool:
        print(tool._name(), tool.call())
    else:
        print(chunk.content, end="", flush=True)
"""
PARTIAL = """
for chunk, tool in stream:
    if tool:
        if tool.delta is not None:
            print(tool.delta)
        else:
            print(tool.call())
"""
ERROR = """
try:
    print(recommend_book("quota").content)
except ProviderError as e:
    print(f"Error: {str(e)}")
"""
STREAM_ERROR = """
try:
    for chunk, _ in recommend_book("quota"):
        print(chunk.content)
except ProviderError as e:
    print(f"Error: {str(e)}")
"""
REFUSED = """
try:
    recommend_book("x")
except ValidationError as e:
    print(e, e._response.model_dump())
"""
FINE = "The Name of the Wind"
ASK = 'response = recommend_book("fantasy")\n'
START = 'stream = recommend_book("fantasy")\n'
END = START + 'for chunk, _ in stream:\n    print(chunk.content, end="", flush=True)\n'
CALL = "if tool := response.tool:\n    print(tool.call(), tool.args, tool.tool_call)\nelse:\n    print(response)"
MODEL = 'book = recommend_book("fantasy")\nprint(book.title, book.author)\n'

ANSWERS = [
    Feature("call", "", ASK + "print(response.content)", FINE),
    Feature("print", "", ASK + "print(response)", FINE),
    Feature("finish", "", ASK + "print(response.finish_reasons, response.model, response.id, response.usage)", "7"),
    Feature("tokens", "", ASK + "print(response.input_tokens, response.output_tokens, response.cost)", "7 "),
    Feature("time", "", ASK + "print(response.start_time <= response.end_time)", "True"),
    Feature("messages", "", ASK + "print(response.messages, response.user_message_param)", "Recommend a fantasy book"),
    Feature("request", "", ASK + "print(response.call_params, response.call_kwargs, response.fn_args)", "'fantasy'"),
    Feature("no tools", "", ASK + "print(response.tool, response.tools or None, response.tool_types)", "None None"),
    Feature("original", "", ASK + "print(response.response, response.message_param)", FINE),
    Feature("common", "", ASK + "print(response.common_tools, response.common_messages)", "None [BaseMessageParam("),
    Feature("common user", "", ASK + "print(response.common_user_message_param, response.common_usage)", "fantasy"),
    Feature("dump", "", ASK + 'print(response.model_dump()["content"], response.model_dump()["metadata"])', FINE),
    Feature("params", 'call_params={"max_tokens": 512, "temperature": 0.7}', ASK + "print(response.content)", FINE),
    Feature("typed", "call_params=MODULE.PREFIXCallParams(max_tokens=512)", ASK + "print(response.content)", FINE),
    Feature("error", "", ERROR, "Error: "),
    Feature("parser", "output_parser=parse", 'print(recommend_book("x")[1])', "Patrick Rothfuss", PARSE),
    Feature("json", "json_mode=True", 'print(json.loads(recommend_book("x").content)["author"])', "Patrick"),
    Feature(
        "override",
        "",
        'other = llm.override(recommend_book, provider="MODULE", model="MODEL", call_params={"top_p": 0.5})\n'
        'print(other("x").call_params)',
        "'top_p': 0.5",
    ),
    Feature(
        "context",
        "",
        'with llm.context(provider="MODULE", model="gpt-4o"):\n    print(recommend_book("x").call_kwargs)',
        "gpt-4o",
    ),
]

STREAMS = [
    Feature("stream", "stream=True", START + LOOP, FINE),
    Feature("stream fields", "stream=True", END + "print(stream.content, stream.finish_reasons, stream.model)", FINE),
    Feature("stream usage", "stream=True", END + "print(stream.input_tokens, stream.output_tokens, stream.id)", "7 "),
    Feature("stream turn", "stream=True", END + "print(stream.message_param, stream.user_message_param)", "fantasy"),
    Feature("stream media", "stream=True", END + "print(stream.audio, stream.audio_transcript, stream.images)", "b''"),
    Feature("stream dump", "stream=True", END + 'print(stream.model_dump()["fn_args"])', "{'genre': 'fantasy'}"),
    Feature(
        "construct",
        "stream=True",
        END + "response: MODULE.PREFIXCallResponse = stream.construct_call_response()\nprint(response.usage)",
        "7",
    ),
    Feature(
        "original chunk",
        "stream=True",
        START + 'for chunk, _ in stream:\n    print(f"Original: {chunk.chunk}", chunk.finish_reasons, chunk.usage)',
        "Original: ",
    ),
    Feature("chunk type", "stream=True", START + "for chunk, _ in stream:\n    show(chunk)", "Try", SHOW),
    Feature("stream error", "stream=True", STREAM_ERROR, "Error: "),
]

CALLS = [
    Feature("tool function", "tools=[get_book_author]", ASK + CALL, "Patrick Rothfuss", TOOLS),
    Feature("tool class", "tools=[FormatBook]", ASK + CALL, "The Name of the Wind by Patrick Rothfuss", TOOLS),
    Feature(
        "parallel",
        "tools=[FormatBook]",
        'for tool in recommend_book("several").tools or []:\n    print(isinstance(tool, FormatBook), tool.call())',
        "True The Name",
        TOOLS,
    ),
    Feature("stream tools", "tools=[FormatBook], stream=True", START + LOOP, "FormatBook The Name of the Wind", TOOLS),
    Feature(
        "partial tools",
        'tools=[FormatBook], stream={"partial_tools": True}',
        START + PARTIAL,
        "The Name of the Wind by Patrick",
        TOOLS,
    ),
    Feature(
        "stream tool results",
        "tools=[get_book_author], stream=True",
        START
        + "outputs = [(tool, tool.call()) for _, tool in stream if tool]\nprint(stream.tool_message_params(outputs))",
        "Patrick Rothfuss",
        TOOLS,
    ),
    Feature(
        "tool results",
        "tools=[get_book_author]",
        ASK + "print(response.tool_message_params([(tool, tool.call()) for tool in response.tools]))",
        "Patrick Rothfuss",
        TOOLS,
    ),
]

MODELS = [
    Feature("response model", "response_model=Book", MODEL, FINE, BOOK),
    Feature("json mode", "response_model=Book, json_mode=True", MODEL, FINE, BOOK),
    Feature(
        "original of a model",
        "response_model=Book",
        MODEL + "response = cast(MODULE.PREFIXCallResponse, book._response)\nprint(response.model_dump())",
        "fn_args",
        BOOK,
    ),
    Feature(
        "partial models",
        "response_model=Book, stream=True",
        'for partial in recommend_book("fantasy"):\n    print(partial)',
        "title='The Name of the Wind' author='Patrick Rothfuss'",
        BOOK,
    ),
    Feature("list", "response_model=list[str]", 'print(recommend_book("fantasy"))', "['fantasy'"),
    Feature("number", "response_model=int", 'print(recommend_book("fantasy") + 1)', "4"),
    Feature("literal", 'response_model=Literal["positive"]', 'print(recommend_book("x"))', "positive"),
    Feature("enum", "response_model=Mood", 'print(recommend_book("x") == Mood.GOOD)', "True", MOOD),
    Feature("call args", "response_model=Picked", 'print(recommend_book("fairy"))', "genre='fairy'", PICKED),
    Feature("validation", "response_model=Loud", REFUSED, "1 validation error for Loud", LOUD),
]

FEATURES = [*ANSWERS, *STREAMS, *CALLS, *MODELS]

TASKS = [
    Feature("async call", "", "print((await recommend_book('fantasy')).content)", FINE),
    Feature(
        "async stream",
        "stream=True",
        "async for chunk, _ in await recommend_book('x'):\n        print(chunk.content, end='', flush=True)",
        FINE,
    ),
    Feature(
        "gather",
        "",
        "for each in await asyncio.gather(*map(recommend_book, 'ab')):\n        print(each.content)",
        FINE,
    ),
    Feature("async model", "response_model=Book", "print((await recommend_book('fantasy')).title)", FINE, BOOK),
]
