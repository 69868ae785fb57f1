"""The wire of Ollama's chat and generate.

It has a decoder, a writer of request bodies, and a rebuilder of the whole answer.
"""
