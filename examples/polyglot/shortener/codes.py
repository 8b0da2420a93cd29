"""Codes: numbers written in base 62."""

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class BadCode(ValueError):
    """The text is not a code."""


def encode_number(number: int) -> str:
    """Write a link's number as a code."""
    digits = []
    while True:
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
        if not number:
            return "".join(reversed(digits))


def decode_code(code: str) -> int:
    """Read a code back into the link's number."""
    number = 0
    for letter in code:
        digit = ALPHABET.find(letter)
        if digit < 0:
            raise BadCode(code)
        number = number * len(ALPHABET) + digit
    return number
