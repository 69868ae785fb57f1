"""The wire of OpenAI's Responses.

It has a decoder, a writer of request bodies, and a rebuilder of the whole answer.
"""
