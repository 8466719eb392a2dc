# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that a host returns in a result: unpacked within bounds, and written for its user only.

What the host answers is data of a stranger. It decides neither where the file is nor how long.
"""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
import zlib
from typing import Any

MAX_BYTES = 256 << 20
"""More than any capture: the largest one, and what its format adds."""


def unpack_file(packed: Any) -> bytes:
    """The content of a file that was compressed and encoded.

    :raises ValueError: it is something else, or too long.
    """
    if not isinstance(packed, str):
        raise ValueError("the host returned no file")
    decompressor = zlib.decompressobj()
    try:
        content = decompressor.decompress(base64.b64decode(packed, validate=True), MAX_BYTES)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"the host returned a damaged file: {error}") from error
    if not decompressor.eof:
        raise ValueError("the host returned a file that is incomplete or too long")
    return content


def write_file(path: str, content: bytes) -> None:
    """Write a file that only its user can read, in one step. Directories are created.

    :raises OSError: it cannot be written. An older file is unchanged then.
    """
    directory = os.path.dirname(path)
    os.makedirs(directory, exist_ok=True)
    descriptor, new = tempfile.mkstemp(prefix=".capture-", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(new, path)
    except BaseException:
        os.unlink(new)
        raise
