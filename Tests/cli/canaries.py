"""Secrets that are easy to find again: written plainly, in base64 at any alignment, in hex, percent-encoded, and cut short."""

import base64
import math
import secrets
import urllib.parse

# Of a longer secret that much is as bad as the whole: what is logged is often cut.
PIECE = 16


def forms(secret):
    """Every way in which the bytes of a secret could stand in a text."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode(), urllib.parse.quote_from_bytes(secret, safe="").encode()}
    for offset in range(3):
        # What base64 makes of it after one or two other bytes; only the characters that nothing else has a part in.
        encoded = base64.b64encode(b"\0" * offset + secret)
        whole = encoded[math.ceil(offset * 8 / 6):(offset + len(secret)) * 8 // 6]
        found |= {whole, whole.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


class Canaries:
    def __init__(self):
        self.secrets = {}

    def make(self, name):
        """A new one: a word that is nowhere else."""
        return self.add(name, f"canary{secrets.token_hex(16)}")

    def add(self, name, secret):
        assert len(secret) >= 12, f"{name} is too short to be told from chance"
        self.secrets.setdefault(name, set()).add(secret.encode() if isinstance(secret, str) else secret)
        return secret

    def found_in(self, content, but=()):
        """Names of the secrets that are in it in whatever form."""
        return sorted(name for name, values in self.secrets.items() if name not in but
                      if any(form in content for value in values for piece in {value, value[:PIECE], value[-PIECE:]}
                             for form in forms(piece)))
