"""The wire of Bedrock's Converse and InvokeModel.

It has a decoder, a writer of request bodies, and a rebuilder of the whole answer.
"""
