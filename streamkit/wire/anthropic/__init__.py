"""The wire of Anthropic's messages.

It has a decoder, a writer of request bodies, and a rebuilder of the whole answer.
"""
