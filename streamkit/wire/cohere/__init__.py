"""The wire of Cohere's chat, versions 1 and 2.

It has a decoder, a writer of request bodies, and a rebuilder of the whole answer.
"""
