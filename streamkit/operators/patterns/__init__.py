r"""Ready patterns for ``redact``: e-mail addresses, phone numbers, card numbers, IBANs, and keys of known vendors.

Numbers with a check digit count only if it is right. ``ALL`` has every pattern by name, for ``redact(patterns.ALL)``.

>>> import reactivex as rx, streamkit as sk
>>> from streamkit.operators import patterns, redact
>>> texts = rx.of("Pay with 4242 4242 42", "42 4242, not with 4242 4242 4242 4241.")
>>> "".join(sk.flow(texts).pipe(redact(patterns.ALL)))
'Pay with [redacted], not with 4242 4242 4242 4241.'
"""

from __future__ import annotations

import re

from ...text.held_pattern import CheckedPattern
from ._check_digits import card_length, iban_length, phone_length

__all__ = ["ALL", "API_KEY", "CARD", "EMAIL", "IBAN", "PHONE", "CheckedPattern"]

EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
"""E-mail addresses."""

PHONE = CheckedPattern(
    re.compile(
        r"(?<![\w.,+-])(?:(?:\+|00)[1-9]\d{0,2}(?:[ ./-]{0,2}\(?\d{1,5}\)?){1,6}"
        r"|\(?0[1-9]\d{1,4}\)?[ /-]{0,3}\d{2,8}(?:[ -]\d{2,8}){0,3}"
        r"|0[1-9](?:[ .]\d{2}){4}"
        r"|(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4})(?![\w-])"
    ),
    phone_length,
)
"""Phone numbers of 8 to 15 digits: with a country's code, with a leading 0, or as in North America."""

CARD = CheckedPattern(re.compile(r"(?<![\d.,])[2-6](?:[ -]?\d){12,18}(?!\d)"), card_length)
"""Card numbers of 13 to 19 digits whose check digit is right (Luhn)."""

IBAN = CheckedPattern(re.compile(r"(?i)(?<![a-z0-9])[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}"), iban_length)
"""International bank account numbers whose length and check digits are right."""

API_KEY = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    + "|".join(
        [
            r"sk-[A-Za-z0-9_-]{20,}",  # OpenAI, Anthropic, OpenRouter, DeepSeek
            r"AIza[A-Za-z0-9_-]{35}",  # Google
            r"A[KS]IA[A-Z0-9]{16}",  # AWS
            r"gh[opsru]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}",
            r"glpat-[A-Za-z0-9_-]{20,}",  # GitLab
            r"xox[abeprs]-[A-Za-z0-9-]{10,}",  # Slack
            r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",  # Stripe
            r"hf_[A-Za-z0-9]{30,}",  # Hugging Face
            r"gsk_[A-Za-z0-9]{40,}",  # Groq
            r"xai-[A-Za-z0-9]{60,}",
            r"pplx-[A-Za-z0-9]{40,}",  # Perplexity
            r"r8_[A-Za-z0-9]{30,}",  # Replicate
            r"npm_[A-Za-z0-9]{36}",
            r"pypi-[A-Za-z0-9_-]{50,}",
            r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",  # SendGrid
            r"dop_v1_[a-f0-9]{64}",  # DigitalOcean
            r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",  # a JSON web token
            r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]*-----END [A-Z ]{0,20}PRIVATE KEY-----",
        ]
    )
    + ")"
)
"""Keys and tokens of known vendors, JSON web tokens and private keys."""

ALL = {"email": EMAIL, "phone": PHONE, "card": CARD, "iban": IBAN, "api_key": API_KEY}
"""Every pattern by name."""
