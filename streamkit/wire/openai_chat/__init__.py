"""The wire of chat completions, of OpenAI and of every vendor that speaks them.

It has a decoder, a writer of request bodies, and a rebuilder of the whole answer.
"""
