"""Picture files of every kind, good and bad."""

import io
import random
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def gradient(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Dark at the left, bright at the right; red grows downwards."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[..., :] = np.linspace(20, 220, width).astype(np.uint8)[None, :, None]
    pixels[..., 0] = np.linspace(20, 220, height).astype(np.uint8)[:, None]
    return Image.fromarray(pixels).convert(mode)


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def png_claiming(width: int, height: int, rows: bytes = b"\0" * 100, depth: int = 8, colour: int = 2) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def ico_with(png: bytes) -> bytes:
    """An icon whose directory says nothing of the size of the PNG inside."""
    return struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(png), 22) + png


def jpeg_claiming(width: int, height: int, mode: str) -> bytes:
    content = bytearray(saved(gradient(8, 8).convert(mode), "JPEG"))
    struct.pack_into(">HH", content, content.index(b"\xff\xc0") + 5, height, width)
    return bytes(content)


def jpeg2000_claiming(width: int, height: int) -> bytes:
    content = bytearray(saved(gradient(8, 8), "JPEG2000", no_jp2=True))
    struct.pack_into(">II", content, 8, width, height)
    return bytes(content)


def bmp_claiming(width: int, height: int) -> bytes:
    """With run lengths and 256 colours."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 2, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1082, 0, 0, 1078) + header + bytes(1024) + b"\0\1"


def tiff_claiming(width: int, height: int, channels: int, bits: int, kind: int, rows: int) -> bytes:
    """Compressed, with as many rows in a strip; `kind` is 1 for whole numbers, 3 for floats."""
    packed = zlib.compress(b"\0" * 100)
    depths = struct.pack(f"<{channels}H", *[bits] * channels)
    first = 8 + 2 + 11 * 12 + 4
    tags = [
        (256, 4, 1, width), (257, 4, 1, height),
        (258, 3, channels, first if channels > 2 else bits), (259, 3, 1, 8), (262, 3, 1, 2 if channels > 2 else 1),
        (273, 4, 1, first + len(depths)), (277, 3, 1, channels), (278, 4, 1, rows), (279, 4, 1, len(packed)),
        (338, 3, 1, 2) if channels > 2 else (274, 3, 1, 1), (339, 3, 1, kind),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4) + depths + packed


# Content, and words of the error.
BAD = {
    "nothing": (b"", "is empty"),
    "zeros": (b"\0" * 4096, "is not a picture"),
    "text": (b"I am a picture.\n" * 100, "is not a picture"),
    "only a signature": (b"\x89PNG\r\n\x1a\n", "picture"),
    "truncated PNG": (saved(noise(64, 64), "PNG")[:2000], "cannot be opened"),
    "truncated JPEG": (saved(noise(640, 640), "JPEG")[:9000], "cannot be opened"),
    "truncated GIF": (saved(noise(64, 64), "GIF")[:1500], "cannot be opened"),
    "truncated WEBP": (saved(noise(64, 64), "WEBP")[:1000], "picture"),
    "truncated TIFF": (saved(noise(64, 64), "TIFF", compression="tiff_lzw")[:-3000], "picture"),
    "a line of 1x4000": (saved(noise(1, 4000), "PNG"), "1x4000 pixels, expected one side at most 16 times"),
    "bomb": (png_claiming(60_000, 60_000), "too many pixels"),
    "little bomb": (png_claiming(11_000, 11_000), "11000x11000 pixels, expected at most 120 million"),
    "bomb beyond 32 bits": (png_claiming(2**31 - 1, 2**31 - 1), "picture|pixels"),
    "bomb in WEBP": (saved(Image.new("L", (9000, 5000)), "WEBP", method=0), "expected at most 40 million"),
    "NaN": (saved(Image.fromarray(np.full((16, 16), np.nan, np.float32)), "TIFF"), "NaN"),
    "infinite": (saved(Image.fromarray(np.full((16, 16), np.inf, np.float32)), "TIFF"), "NaN or infinite"),
    "EPS starts another program": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a picture"),
    "bomb in an icon": (ico_with(png_claiming(60_000, 60_000)), "too many pixels"),
    # What is decoded as a whole takes several times the memory of what is decoded row by row.
    "16 bits in one strip": (tiff_claiming(12_000, 9_000, 4, 16, 1, 9_000), "expected at most 40 million"),
    "floats in one strip": (tiff_claiming(12_000, 9_000, 1, 32, 3, 2**32 - 1), "expected at most 40 million"),
    "CMYK, perhaps progressive": (jpeg_claiming(12_000, 9_000, "CMYK"), "expected at most 40 million"),
    "JPEG 2000": (jpeg2000_claiming(7_000, 5_700), "expected at most 20 million"),
    # What Pillow decodes in Python takes minutes.
    "numbers as text": (b"P3 3000 3000 255\n" + b"200 100 50\n" * 100, "expected at most 4 million"),
    "other depth": (b"P6 3000 3000 1000\n" + bytes(100), "expected at most 4 million"),
    "run lengths": (bmp_claiming(3_000, 3_000), "expected at most 4 million"),
    "PDF": (b"%PDF-1.4\n" + b"1 0 obj\n" * 50, "is not a picture"),
}  # fmt: skip


ORIGINALS: dict[str, Callable[[], bytes]] = {
    "png": lambda: saved(noise(40, 40), "PNG"),
    "palette": lambda: saved(gradient(40, 40).quantize(16), "PNG", transparency=3),
    "16 bits": lambda: saved(Image.fromarray(np.arange(1600, dtype=np.uint16).reshape(40, 40)), "PNG"),
    "jpeg": lambda: saved(gradient(80, 80), "JPEG"),
    "progressive": lambda: saved(gradient(80, 80), "JPEG", progressive=True),
    "cmyk": lambda: saved(gradient(40, 40).convert("CMYK"), "JPEG"),
    "gif": lambda: saved(gradient(40, 40), "GIF", save_all=True, append_images=[noise(40, 40)]),
    "bmp": lambda: saved(gradient(40, 40), "BMP"),
    "tiff": lambda: saved(gradient(40, 40), "TIFF"),
    "float": lambda: saved(Image.fromarray(np.ones((40, 40), np.float32)), "TIFF"),
    "webp": lambda: saved(gradient(40, 40), "WEBP"),
    "ppm": lambda: saved(gradient(40, 40), "PPM"),
    "ico": lambda: saved(gradient(32, 32), "ICO"),
}


def mutated(content: bytes, generator: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(generator.choice((1, 2, 5, 20))):
        position = generator.randrange(min(len(changed), generator.choice((40, 400, len(changed)))))
        action = generator.randrange(5)
        if action == 0:
            changed[position] = generator.randrange(256)
        elif action == 1:
            changed[position] ^= 1 << generator.randrange(8)
        elif action == 2:
            changed[position : position + 4] = generator.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
        elif action == 3 and len(changed) > 60:
            del changed[position : position + generator.randrange(1, 30)]
        else:
            changed[position:position] = generator.randbytes(generator.randrange(1, 30))
    return bytes(changed)
