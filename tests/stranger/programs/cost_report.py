"""Report what three answers have cost."""

import streamkit as sk

questions = ["Which moons?", "Which are large?", "Which are cold?"]
responses = [sk.stream("openai/gpt-4o", question).run() for question in questions]
for question, response in zip(questions, responses, strict=True):
    cost = "unknown" if response.cost is None else f"${response.cost:.6f}"
    print(f"{question:<17} {response.input_tokens} in, {response.output_tokens} out, {cost}")
print(f"together ${sum(response.cost or 0 for response in responses):.6f}")
