"""What is a secret: by the name of a variable or an option, and by the form of a value.

Two questions with two kinds of doubt. :func:`masked` shows an environment to somebody, perhaps in the log of
a CI job that everybody reads: in doubt it hides. :func:`secrets_in` accuses a line: in doubt it is silent.
"""

import re
from typing import NamedTuple

HIDDEN = "****"

# Patterns are strings, compiled (once, by re) when a text asks for them: most never do.
_WORDS = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+"
# What is part of longer names, too: DBPASSWORD, requirepass, ACCESSTOKEN. TOKENIZERS ends otherwise.
_TELLING = (
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|APIKEY|WEBHOOK"
    r"|TOKENS?\Z|(?:DB|PG|SQL|USER|SMTP|MAIL|REQUIRE)(?:PASS|PWD)\Z"
)
_PASSWORDS = frozenset("PASS PW PWD MASTERAUTH".split())
_MAYBE = frozenset("PRIVATE SALT COOKIE".split()) | _PASSWORDS
_KEYS = frozenset(
    "API ACCESS PRIVATE SECRET SIGNING ENCRYPTION MASTER AUTH ACCOUNT LICENSE JWT SESSION".split()
)
_LAST_WORDS = frozenset("KEY KEYS AUTH".split())
# SECRET_KEY_FILE, PASSWORD_MIN_LENGTH, --token-ttl, --password-stdin: about a secret, and none.
_ABOUT_A_SECRET = frozenset(
    """
    FILE FILES FILENAME PATH PATHS DIR DIRECTORY FOLDER NAME NAMES LENGTH LEN MIN MAX SIZE LIMIT COUNT TTL
    EXPIRY EXPIRE EXPIRES EXPIRATION LIFETIME TIMEOUT AGE SECONDS MINUTES HOURS DAYS ENABLED DISABLED REQUIRED
    ALGORITHM ALG TYPE FORMAT CLASS BACKEND ENGINE STORE PROVIDER PREFIX SUFFIX HEADER STDIN ENV VAR POLICY
    ROTATION REGION ISSUER AUDIENCE HASHER HASHERS VALIDATORS HANDLER ENDPOINT PORT HOST VERSION PARALLELISM
    ADDRESS CONTRACT SYMBOL DECIMALS
    """.split()
)
# --no-password main.py, --ask-pass, USE_TOKEN: switches, so that what follows is something else.
_SWITCHES = frozenset("NO ASK PROMPT WITHOUT SKIP USE ENABLE DISABLE ALLOW REQUIRE VALIDATE".split())
_PUBLIC = frozenset("PUBLIC PUBLISHABLE PUB MAX MIN".split())  # MAX_TOKENS is a number

_URL_PASSWORD = r"""(?x) ://(?P<user>[^\s'"/?#@:]*):
        (?P<password>[^\s'"/?#]{1,4096}(?=@) | (?!\d{1,5}[/?#])\S{1,4096}(?=@))
        @(?P<host>\[[^\]\s]*\] | [^\s'"/?#:@]*)"""
_WEB_USER = r"""(?<=://)[^\s'"/?#@:]+(?=@)"""
# The forms that their makers gave them so that they can be recognized.
_TOKEN = r"""(?x) (?<![A-Za-z0-9]) (?:
        (?:AKIA|ASIA)[0-9A-Z]{16}
      | [sr]k_live_\w{16,} | sk-(?:proj|ant|svcacct)-[\w-]{24,} | sk-[A-Za-z0-9]{32,}
      | gh[pousr]_[A-Za-z0-9]{30,} | github_pat_\w{22,} | glpat-[\w-]{20,} | npm_[A-Za-z0-9]{36}
      | xox[abeprs]-[\w-]{10,} | SG\.[\w-]{16,}\.[\w-]{16,} | AIza[\w-]{35}
      | eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}
      ) | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----(?:[^-]*-----END\ [A-Z ]*PRIVATE\ KEY-----)?
    """
_TOKEN_BEGINS = tuple(
    "AKIA ASIA k_live_ sk- ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- npm_ xox SG. AIza eyJ --BEGIN".split()
)
_NAMED = r"""(?x) (?<![\w$.{-]) (?P<name>-{0,2}[A-Za-z_][\w.-]*) (?: \+?= | (?<=[\w])\ + )
        (?P<value>'[^']*' | "[^"]*" | [^\s'";&|<>()]{1,4096})"""
_NAMED_WITHIN = r"(?<![\w.-])(?P<name>[A-Za-z][\w.-]*)=(?P<value>[^\s;&,]+)"
_BEARER = r"""[Aa]uthorization:\s*(?:Bearer|Basic|[Tt]oken)\s+(?P<value>[^\s'"]+)"""
_HINTS = ("secret", "token", "pass", "pw", "key", "credential", "auth", "salt", "cookie", "private")

_NO_SECRETS = frozenset(
    """
    true false yes no on off none null nil undefined required optional enabled disabled auto prompt stdin env
    bearer basic admin root guest user username postgres mysql redis rabbitmq rails django flask
    foo bar baz foobar abc abcdef qwerty letmein asdf hello world
    secret secrets password passwd passphrase pass pw token key api auth base jwt access private credential
    credentials my the a an for here not so very super real keep it me in only this is of app web db
    """.split()
)
_PLACEHOLDER = (
    r"(?i)change.?(?:me|this|it)|dummy|example|placeholder|insecure|fake|sample|unused|ignored?\b|redacted|todo"
    r"|replace|(?:^|[^a-z])(?:your|tests?|testing|dev|develop|development|local|localhost|temp|tmp|build|ci)"
    r"(?![a-z])|x{3,}|12345|\*{3}|\.\.\."
)
_REFERENCE = (
    r"[/~.@%<{\[]|(?:id|type|src|env|file|vault|ssm|arn|op|secret|projects?)[=:/]|[A-Z]+_[A-Z_]+\Z"
    r"|.*(?:://|\.(?:pem|key|json|txt|crt|p12|jks|ya?ml|enc)\Z)"
)
_CALLED = r"[A-Za-z]+(?:[-_.:/][A-Za-z]+)*[-_.:]?\d{0,2}"
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "[::1]", "0.0.0.0", ""))


class Secret(NamedTuple):
    """Where in a text a secret stands (from 0), and what it is, in words that may be shown."""

    start: int
    end: int
    what: str


def is_secret_name(key: str) -> bool:
    """Whether a variable or an option of this name may hold a secret: ``DB_PASSWORD``, ``--api-key``."""
    words = [word.upper() for word in re.findall(_WORDS, key)]
    if not words or words[-1] in _ABOUT_A_SECRET or not _PUBLIC.isdisjoint(words):
        return False
    if key in ("PWD", "OLDPWD"):
        return False  # the shell's own folders
    return _is_certain(words) or words[-1] in _LAST_WORDS or not _MAYBE.isdisjoint(words)


def masked(key: str, value: str) -> str:
    """The value as it may be shown: ``****`` if the name or the form tells of a secret; of a URL or another
    connection string only its password is hidden. What is empty stays so: then nobody has set it."""
    if not value:
        return value
    if is_secret_name(key):
        return value if _is_path(value) and not _is_certain_name(key) else HIDDEN
    if re.search(_TOKEN, value):
        return HIDDEN
    spans = [match.span("password") for match in re.finditer(_URL_PASSWORD, value)]
    if value.startswith(("http://", "https://")):
        spans += [match.span() for match in re.finditer(_WEB_USER, value)]
    spans += [m.span("value") for m in re.finditer(_NAMED_WITHIN, value) if is_secret_name(m["name"])]
    return _without(value, spans)


def hidden(text: str) -> str:
    """A command line as it may be shown: what :func:`secrets_in` finds is ``****``."""
    return _without(text, [(secret.start, secret.end) for secret in secrets_in(text)])


def may_have_secrets(text: str) -> bool:
    """Whether it is worth to look closer; also for a whole file of commands at once."""
    return "://" in text or _has_a_hint(text) or any(begin in text for begin in _TOKEN_BEGINS)


def _has_a_hint(text: str) -> bool:
    lowered = text.lower()
    return any(hint in lowered for hint in _HINTS)


def secrets_in(text: str) -> tuple[Secret, ...]:
    """The secrets that are written out in a command line; what the shell puts there (``$TOKEN``) is none.

    Their quotes are not part of them. Placeholders, and the passwords that everybody has on localhost, are
    none either.
    """
    if not may_have_secrets(text):
        return ()
    found: dict[int, Secret] = {}
    if any(begin in text for begin in _TOKEN_BEGINS):
        for match in re.finditer(_TOKEN, text):
            if not re.search(r"(?i)example|x{4,}|your", match[0]):
                found[match.start()] = Secret(match.start(), match.end(), "a token")
    if "://" in text and "@" in text:
        for match in re.finditer(_URL_PASSWORD, text):
            if _is_password_in_url(match["user"], match["password"], match["host"]):
                found[match.start("password")] = Secret(*match.span("password"), "the password in a URL")
    if _has_a_hint(text):
        for secret in _named(text):
            found.setdefault(secret.start, secret)
    return _apart(sorted(found.values()))


def _named(text: str) -> list[Secret]:
    """What is given to a variable or an option whose name tells of a secret."""
    found = [
        Secret(*match.span("value"), "the Authorization header")
        for match in re.finditer(_BEARER, text)
        if _is_literal(match["value"]) and _is_random(match["value"])
    ]
    position, search = 0, re.compile(_NAMED).search
    while match := search(text, position):
        name, value = match["name"], match["value"]
        assigned = "=" in text[match.end("name") : match.start("value")]
        # "--password x" is one, "use password x" is not; and what follows an option may be the next one.
        is_pair = assigned or (name.startswith("-") and not value.startswith("-"))
        position = match.start("value") if is_pair and value[0] not in "'\"" else match.end("name")
        if not is_pair or not is_secret_name(name):
            continue
        start, end = match.span("value")
        position = end
        if value[0] in "'\"":
            start, end, value = start + 1, end - 1, value[1:-1]
        if _is_literal(value) and _is_sure(name, value):
            found.append(Secret(start, end, name.removeprefix("-D")))
    return found


def _is_sure(name: str, value: str) -> bool:
    """Whether a literal is the secret that its name promises, and not what a token or a key is called."""
    words = [word.upper() for word in re.findall(_WORDS, name)]
    if words[0] in _SWITCHES:
        return False
    if not _is_certain(words):
        return _is_random(value)
    if any("PASS" in word or word in _PASSWORDS for word in words):
        return True
    return not re.fullmatch(_CALLED, value) or ("SECRET" in words[-1] and value.isalpha())


def _is_certain_name(key: str) -> bool:
    return _is_certain([word.upper() for word in re.findall(_WORDS, key)])


def _is_certain(words: list[str]) -> bool:
    """Whether these words tell of a secret by themselves; a KEY may also be that of a cache."""
    for place, word in enumerate(words):
        if re.search(_TELLING, word) or (word == "KEY" and place and words[place - 1] in _KEYS):
            return True
    return words[-1] in _PASSWORDS


def _is_password_in_url(user: str, password: str, host: str) -> bool:
    if not _is_literal(password) or password == user:
        return False
    return host not in _LOOPBACK or _is_random(password)


def _is_literal(value: str) -> bool:
    """Whether a value is the secret itself: no variable, no placeholder, no path, no name of a secret."""
    if len(value) < 4 or not value.isprintable() or any(mark in value for mark in "$`'\"{}<>% "):
        return False
    if re.match(_REFERENCE, value) or re.search(_PLACEHOLDER, value) or len(set(value)) < 3:
        return False
    if value.isdigit() and len(value) < 8:
        return False
    words = re.findall(r"[a-z]+", value.lower())
    return not words or any(word not in _NO_SECRETS for word in words)


def _is_random(value: str) -> bool:
    """Whether a value looks made by a machine: long, with letters and digits."""
    digits = sum(map(str.isdigit, value))
    return len(value) >= 12 and digits >= 3 and len(value) - digits >= 3


def _is_path(value: str) -> bool:
    """Whether it is surely a file: Base64 may begin with a slash, too."""
    folders = ("etc", "run", "var", "home", "usr", "opt", "app", "srv", "tmp", "root", "secrets", "Users")
    return value.startswith(("./", "../", "~/", *(f"/{folder}/" for folder in folders)))


def _apart(secrets: list[Secret]) -> tuple[Secret, ...]:
    """Those that do not lie within the one before."""
    kept: list[Secret] = []
    for secret in secrets:
        if not kept or secret.start >= kept[-1].end:
            kept.append(secret)
    return tuple(kept)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with ``****`` in these places, which may touch and overlap."""
    parts: list[str] = []
    position = 0
    for start, end in sorted(spans):
        if end > position:
            parts += [text[position:start], HIDDEN]
            position = end
    return "".join((*parts, text[position:]))
