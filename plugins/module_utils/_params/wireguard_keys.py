# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates WireGuard keys and reads them from files."""

from __future__ import annotations

import base64
import binascii

from .._model.errors import Refused
from .._model.wireguard_keys import Key
from .files import UnusableFileError, read_text_file

_MAX_BYTES = 1024
"""More than a file with a key has."""


def check_key(parameter: str, value: str, shown: str | None = None) -> str:
    """Check and return a key of 32 bytes in base64, as ``wg genkey`` writes it.

    :param shown: what an error shows instead of a secret key.
    """
    try:
        if len(base64.b64decode(value, validate=True)) == 32:
            return value
    except (binascii.Error, ValueError):
        pass
    rule = "is not a WireGuard key: 32 bytes in base64, as wg genkey and wg pubkey write them"
    raise Refused(parameter, value if shown is None else shown, rule)


def read_key_file(parameter: str, path: str) -> Key:
    """Return the key in a file of the managed host."""
    if not path.startswith("/"):
        raise Refused(parameter, path, "is not the absolute path of a file on the managed host")
    try:
        text = read_text_file(path, _MAX_BYTES).strip()
    except UnusableFileError as error:
        raise Refused(parameter, path, str(error)) from error
    except (OSError, ValueError) as error:
        rule = f"cannot be read: {getattr(error, 'strerror', None) or 'it is not a path'}"
        raise Refused(parameter, path, rule) from error
    return Key(check_key(parameter, text, shown=path), path)
