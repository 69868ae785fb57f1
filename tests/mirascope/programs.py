"""Programs in the shape of Mirascope's pages that are written in one way only, for each provider."""

from __future__ import annotations

SINGLE: dict[str, tuple[str, str]] = {}

"""The code of each program, and what it prints among other things, by name."""


def single(name: str, prints: str, code: str) -> None:
    """Add a program that is written in one way only."""
    SINGLE[name] = (code, prints)


single(
    "nested chain",
    "summary",
    """
    @MODULE.call("MODEL")
    def summarize(text: str) -> str:
        return f"Summarize {text}"


    @MODULE.call("MODEL")
    @prompt_template("Translate to {language}: {summary}")
    def translate(text: str, language: str) -> MODULE.PREFIXDynamicConfig:
        return {"computed_fields": {"summary": summarize(text)}}


    response = translate("Long", "French")
    print(response.content, response.model_dump()["computed_fields"])
    """,
)
single(
    "dynamic configuration",
    "version:1",
    """
    @MODULE.call("MODEL")
    def recommend_book(genre: str) -> BaseDynamicConfig:
        return {
            "messages": [Messages.System("You know books."), Messages.User(f"Recommend a {genre} book")],
            "call_params": {"max_tokens": 512},
            "metadata": {"tags": {"version:1"}},
        }


    response = recommend_book("fantasy")
    print(response.content, response.metadata, response.dynamic_config["call_params"])
    """,
)
single(
    "metadata",
    "books",
    """
    @MODULE.call("MODEL", stream=True)
    @prompt_template("Recommend a {genre} book")
    @metadata({"tags": {"books"}})
    def recommend_book(genre: str): ...


    print(recommend_book("fantasy").metadata)
    """,
)
single(
    "sections",
    "[('system', 'You know books.'), ('user', 'Hi'), ('assistant', 'Hello'), ('user', 'One of\\na\\nb')]",
    '''
    @MODULE.call("MODEL")
    @prompt_template(
        """
        SYSTEM: You know books.
        MESSAGES: {history}
        USER:
        One of
        {genres:list}
        ASSISTANT: {nothing}
        """
    )
    def recommend_book(history: list[BaseMessageParam], genres: list[str], nothing: str | None = None): ...


    response = recommend_book([Messages.User("Hi"), Messages.Assistant("Hello")], ["a", "b"])
    print([(message.role, message.content) for message in response.messages])
    ''',
)
single(
    "conversation of a class",
    "Hi",
    """
    class Librarian(BaseModel):
        history: list[BaseMessageParam] = []

        @llm.call(provider="MODULE", model="MODEL", stream=True)
        @prompt_template("SYSTEM: You know books.\\nMESSAGES: {self.history}\\nUSER: {query}")
        def _call(self, query: str): ...

        def run(self, query: str) -> None:
            stream = self._call(query)
            for chunk, _ in stream:
                print(chunk.content, end="", flush=True)
            self.history += [stream.user_message_param, stream.message_param]


    librarian = Librarian()
    librarian.run("Hi")
    librarian.run("More")
    print(librarian.history)
    """,
)
single(
    "tools until an answer",
    "Try The Name of the Wind",
    '''
    def get_book_author(title: str) -> str:
        """Return the author."""
        return "Patrick Rothfuss"


    @llm.call(provider="MODULE", model="MODEL", tools=[get_book_author])
    @prompt_template("MESSAGES: {history}\\nUSER: {query}")
    def identify_author(book: str, history: list[BaseMessageParam]) -> BaseDynamicConfig:
        return {"computed_fields": {"query": f"Who wrote {book}" if book else ""}}


    history = []
    response = identify_author("The Name of the Wind", history)
    history += [response.user_message_param, response.message_param]
    while tool := response.tool:
        history += response.tool_message_params([(tool, tool.call())])
        response = identify_author("", history)
        history.append(response.message_param)
    print(response.content)
    ''',
)
single(
    "toolkit",
    "book_tools_suggest_author beginner",
    '''
    class BookTools(BaseToolKit):
        __namespace__ = "book_tools"
        reading_level: Literal["beginner", "advanced"]

        @toolkit_tool
        def suggest_author(self, author: str) -> str:
            """Suggest an author for the reading level {self.reading_level}."""
            return self.reading_level


    @MODULE.call("MODEL")
    def recommend_author(genre: str, reading_level: str) -> BaseDynamicConfig:
        tools = BookTools(reading_level=reading_level).create_tools()
        return {"tools": tools, "messages": [Messages.User(f"Name an author of {genre}")]}


    response = recommend_author("fantasy", "beginner")
    if tool := response.tool:
        print(tool._name(), tool.call())
    ''',
)
single(
    "tool validation",
    "1 validation error",
    '''
    def upper(v: str) -> str:
        assert v.isupper(), "Must be uppercase"
        return v


    class GetAuthor(BaseTool):
        """Return the author."""

        title: Annotated[str, AfterValidator(upper)]

        def call(self) -> str:
            return "nobody"


    @MODULE.call("MODEL", tools=[GetAuthor])
    def identify_author(book: str) -> str:
        return f"Who wrote {book}?"


    response = identify_author("The Name of the Wind")
    try:
        print(response.tool.call())
    except ValidationError as e:
        print(e)
    ''',
)
single(
    "async tool",
    "The Name of the Wind!",
    """
    class FormatBook(BaseTool):
        title: str

        async def call(self) -> str:
            return f"{self.title}!"


    @MODULE.call("MODEL", tools=[FormatBook])
    async def recommend_book(genre: str) -> str:
        return f"Recommend a {genre} book"


    async def main():
        response = await recommend_book("fantasy")
        if (tool := response.tool) and isinstance(tool, FormatBook):
            print(await tool.call())


    asyncio.run(main())
    """,
)
single(
    "prompt class",
    "Recommend a fantasy novel",
    """
    @prompt_template("Recommend a {genre} {kind}")
    class BookPrompt(BasePrompt):
        genre: str

        @computed_field
        @property
        def kind(self) -> str:
            return "novel"


    book = BookPrompt(genre="fantasy")
    print(book, book.message_params(), book.run(MODULE.call("MODEL")).content, book.dump())
    """,
)
single(
    "several providers",
    "fantasy",
    """
    @prompt_template("Recommend a {genre} book")
    def recommend_book(genre: str): ...


    print(MODULE.call("MODEL")(recommend_book)("fantasy").messages)
    print(MODULE.MODULE_call("MODEL", stream=True)(recommend_book)("fantasy").messages)
    """,
)
single(
    "docstring",
    "Recommend a fantasy book",
    '''
    @MODULE.call("MODEL")
    @prompt_template()
    def recommend_book(genre: str):
        """Recommend a {genre} book"""


    print(recommend_book("fantasy").messages)
    ''',
)
single(
    "merged decorators",
    "books",
    """
    with_call = merge_decorators(MODULE.call("MODEL"), metadata({"tags": {"books"}}))


    @with_call()
    def recommend_book(genre: str) -> str:
        return f"Recommend a {genre} book"


    print(recommend_book("fantasy").metadata)
    """,
)
single(
    "image",
    "ImagePart",
    """
    @MODULE.call("MODEL")
    @prompt_template("I just read {book:image}. What next, under ${price:.2f}?")
    def recommend_book(book: bytes, price: float): ...


    try:
        print(recommend_book(b"GIF89a", 12.345).messages)
    except Exception as e:
        print("ImagePart", e)
    """,
)
single(
    "conditional chain",
    "{'sentiment': <Sentiment.GOOD: 'positive'>}",
    """
    class Sentiment(str, Enum):
        GOOD = "positive"
        BAD = "negative"


    @MODULE.call("MODEL", response_model=Sentiment)
    def classify(review: str) -> str:
        return f"Is this positive or negative? {review}"


    @MODULE.call("MODEL")
    @prompt_template("SYSTEM: It is {sentiment}.\\nUSER: Answer {review}")
    def respond(review: str) -> BaseDynamicConfig:
        return {"computed_fields": {"sentiment": classify(review)}}


    print(respond("Good!").computed_fields)
    """,
)
single(
    "docstring of a prompt class",
    "Recommend a fantasy book",
    '''
    class BookPrompt(BasePrompt):
        """Recommend a {genre} book"""

        genre: str


    print(BookPrompt(genre="fantasy"))
    ''',
)
single(
    "parts in a template",
    "redemption",
    """
    from mirascope.core.base import ImagePart, TextPart


    @MODULE.call("MODEL")
    @prompt_template("Themes: {themes:text} Characters: {characters:texts}")
    def analyze_book(themes: TextPart, characters: list[TextPart]): ...


    themes = TextPart(type="text", text="redemption, power")
    response = analyze_book(themes, [TextPart(type="text", text="Frodo")])
    print(response.messages)
    assert "Frodo" in str(response.messages) and isinstance(themes.text, str)
    """,
)
single(
    "parts in a message",
    "The Name of the Wind",
    """
    from mirascope import DocumentPart, ImagePart, TextPart


    @MODULE.call("MODEL")
    def recommend_book(cover: bytes) -> list[BaseMessageParam]:
        text = TextPart(type="text", text="I just read this:")
        image = ImagePart(type="image", media_type="image/jpeg", image=cover, detail=None)
        return [BaseMessageParam(role="user", content=[text, image])]


    @MODULE.call("MODEL")
    def read_document(document: bytes) -> Messages.Type:
        part = DocumentPart(type="document", media_type="application/pdf", document=document)
        return Messages.User(["Read this:", part])


    try:
        print(recommend_book(b"...").content, read_document(b"...").content)
    except Exception as error:
        assert "cannot take" in str(error)
        print("The Name of the Wind")
    """,
)
single(
    "client",
    "The Name of the Wind",
    """
    import os

    CLIENT


    @MODULE.call("MODEL", client=client)
    def recommend_book(genre: str) -> str:
        return f"Recommend a {genre} book"


    @MODULE.call("MODEL")
    @prompt_template("Recommend a {genre} book")
    def recommend_another(genre: str) -> MODULE.PREFIXDynamicConfig:
        return {"client": client}


    print(recommend_book("fantasy").content, recommend_another("fantasy").content)
    """,
)
single(
    "agent that streams",
    "Try The Name of the Wind",
    '''
    class Librarian(BaseModel):
        history: list[BaseMessageParam] = []

        def _available_books(self) -> str:
            """Return the books."""
            return json.dumps(["The Name of the Wind"])

        @llm.call(provider="MODULE", model="MODEL", stream=True)
        @prompt_template("SYSTEM: You know books.\\nMESSAGES: {self.history}\\nUSER: {query}")
        def _call(self, query: str) -> BaseDynamicConfig:
            return {"tools": [self._available_books]}

        def step(self, query: str) -> None:
            stream = self._call(query)
            outputs = []
            for chunk, tool in stream:
                if tool:
                    print(tool._name(), tool.args)
                    outputs.append((tool, tool.call()))
                else:
                    print(chunk.content, end="", flush=True)
            if query:
                self.history.append(Messages.User(query))
            self.history.append(stream.message_param)
            if outputs:
                self.history += stream.tool_message_params(outputs)
                self.step("")


    Librarian().step("Which book?")
    ''',
)
