"""The process that makes a picture small: `python -m core.files.shrink`.

The picture comes by standard input and the small one leaves by standard output: a JPEG of SIDE
pixels at most, of the first frame, upright, without anything but the pixels. The exit code says
why there is none. It binds itself to its limits before it looks at anything.
"""

from __future__ import annotations

import io
import sys

from PIL import Image, ImageOps

from core.files import limits

SIDE = 200
MOST_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
NO_PICTURE, TOO_MANY_PIXELS = 3, 4


def main() -> int:
    """Shrink what comes in."""
    limits.hold()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return TOO_MANY_PIXELS
            small = shrunk(opened)
    except Image.DecompressionBombError:
        return TOO_MANY_PIXELS
    except (OSError, ValueError, SyntaxError, MemoryError):
        return NO_PICTURE
    small.save(sys.stdout.buffer, "JPEG", quality=82, optimize=True)
    return 0


def shrunk(opened: Image.Image) -> Image.Image:
    """A small copy on white of an opened picture."""
    opened.draft("RGB", (2 * SIDE, 2 * SIDE))
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((SIDE, SIDE))
    clear = upright.convert("RGBA")
    plain = Image.new("RGB", clear.size, "white")
    plain.paste(clear, mask=clear)
    return plain


if __name__ == "__main__":
    sys.exit(main())
