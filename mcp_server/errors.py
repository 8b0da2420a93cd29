"""What can the caller do wrong?

RequestError        base; the caller can fix it, ``hint`` says how
  BadQuery          the query or an argument cannot be used
  UnknownSymbol     no such symbol; ``hint`` names the nearest ones
  PathOutsideRoot   a path that leaves the indexed root
  BudgetTooSmall    nothing fits into that token budget
ConfigError         a setting is wrong: which, where it came from, what is allowed
  ModelUnavailable  the embedding model that was set cannot be loaded, or does not answer
"""


class RequestError(Exception):
    """The caller asked for something that cannot be answered; ``hint`` says what to change."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __reduce__(self) -> tuple[type["RequestError"], tuple[str, str]]:
        return type(self), (str(self), self.hint)


class BadQuery(RequestError):
    """The query or one of its arguments cannot be used."""


class UnknownSymbol(RequestError):
    """No symbol of that name is indexed."""


class PathOutsideRoot(RequestError):
    """The path leaves the indexed root."""


class BudgetTooSmall(RequestError):
    """Nothing useful fits into the token budget."""


class ConfigError(Exception):
    """A setting is wrong; the message names it, its source and what is allowed."""

    hint = "run `tristore doctor` to see every setting and where it came from"


class ModelUnavailable(ConfigError):
    """The embedding model that was set cannot be loaded, or does not answer; the built-in one always does."""
