"""Framers, which split the bytes of a body into the payloads of its events; one module for each framing."""
