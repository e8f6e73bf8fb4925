"""The key that lets go of a process: ``^]``, as a user writes it, and as a terminal sends it."""

from pyforeman.errors import UsageError

DEFAULT_KEY = "^]"


def parse_key(text: str) -> bytes:
    """The byte of ``^X``, ``ctrl-x`` or a single character; b"" for ``none``. Raises UsageError."""
    if text.lower() == "none":
        return b""
    if len(text) == 1 and text.isascii():
        return text.encode()
    letter = text[1:] if text.startswith("^") else text[5:] if text.lower().startswith("ctrl-") else ""
    code = ord(letter.upper()) ^ 0x40 if len(letter) == 1 else -1
    if not (0 <= code < 32 or code == 127):
        raise UsageError(f"--detach-key: {text!r} is no key; write ^X, ctrl-x, one character, or none")
    return bytes((code,))


def name_of(key: bytes) -> str:
    """How a user would write it; "" for no key."""
    if not key:
        return ""
    return f"^{chr(key[0] ^ 0x40)}" if key[0] < 32 or key[0] == 127 else key.decode()


def how_to_let_go(key: bytes) -> str:
    """What stands behind "attached to web.1": "; ^] lets go"."""
    return f"; {name_of(key)} lets go" if key else ""
