"""The wire of Gemini's generate-content, on its own API and on Vertex.

It has a decoder, a writer of request bodies, and a rebuilder of the whole answer.
"""
