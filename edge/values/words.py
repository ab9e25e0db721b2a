"""Numbers in sentences."""


def counted(number: int, one: str, several: str = "") -> str:
    """Return "1 template", "0 templates" or "2 people".

    Args:
        number: How many.
        one: What one is called.
        several: What any other number is called; `one` with an s when left out.
    """
    return f"{number:,} {one if number == 1 else several or one + 's'}"
