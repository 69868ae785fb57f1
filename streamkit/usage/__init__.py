"""Tokens, prices and budgets of a call.

Nothing is imported here: each module is loaded when first needed.
"""
