# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard keys: validation, files, public keys, and secrecy."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.wireguard_keys import (
    Key,
    clamp,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.wireguard_keys import (
    check_key,
    read_key_file,
)
from ansible_collections.redblue.netns.tests.unit.support.keys import encode


def test_a_key_is_clamped_as_by_the_kernel() -> None:
    assert base64.b64decode(clamp(Key(encode("ff" * 32))).secret).hex() == "f8" + "ff" * 30 + "7f"
    assert clamp(clamp(Key(encode("ff" * 32)))) == clamp(Key(encode("ff" * 32)))


def test_a_secret_is_not_shown() -> None:
    key = Key(encode("12" * 32), "/etc/wireguard/wg0.key")
    assert not any(key.secret in text for text in (repr(key), str(key), f"{key}", repr([key])))
    assert (
        key == Key(key.secret)
        and hash(key) == hash(Key(key.secret))
        and key != Key(encode("13" * 32))
        and key != key.secret
    )


@pytest.mark.parametrize(
    "value", ["", "x", encode("12" * 31), encode("12" * 33), encode("12" * 32) + " ", "!" * 44]
)
def test_an_invalid_key_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(Refused, match="is not a WireGuard key: 32 bytes in base64"):
        check_key("public_key", value)
    with pytest.raises(Refused) as refusal:
        check_key("private_key", value or "?", shown="(hidden)")
    assert str(refusal.value).startswith("private_key: '(hidden)': ")


def test_a_key_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(encode("12" * 32) + "\n")
    found = read_key_file("private_key_file", str(tmp_path / "key"))
    assert (found.secret, found.path) == (encode("12" * 32), str(tmp_path / "key"))
    (tmp_path / "key").write_text("a secret that is no key")
    with pytest.raises(
        Refused, match="private_key_file: '/.*/key': is not a WireGuard key"
    ) as refusal:
        read_key_file("private_key_file", str(tmp_path / "key"))
    assert "secret" not in str(refusal.value)


def test_a_key_is_read_only_from_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", Path("/dev/zero"), tmp_path):
        with pytest.raises(Refused, match="is not a regular file"):
            read_key_file("private_key_file", str(path))
