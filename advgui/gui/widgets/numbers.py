"""Numbers as people read them."""


def decimal(value: float) -> str:
    """Return a number with four decimals at most, and at least two: 0.1 is "0.10", 8/255 is "0.0314"."""
    text = f"{value:.4f}"
    while text.endswith("0") and len(text.partition(".")[2]) > 2:
        text = text[:-1]
    return text


def as_255ths(value: float) -> str:
    """Return a share of the pixel range in 255ths: "8/255", or "7.65/255" where it is not whole."""
    count = value * 255
    whole = round(count)
    return f"{whole}/255" if abs(count - whole) < 0.005 else f"{count:.2f}/255"
