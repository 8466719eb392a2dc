# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notes in the comments of rules."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.comments import (
    DnatNote,
    read_dnat_note,
    read_interface_note,
    write_dnat_note,
    write_interface_note,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Dnat,
    Masquerade,
)


@pytest.mark.parametrize("owner", ["", "l" * 64])
def test_a_note_fits_into_a_comment_and_is_read_back(owner: str) -> None:
    long = Dnat(
        None,
        "tcp",
        (10000, 65535),
        "10.0.0.1",
        (10000, 65535),
        hairpin=True,
        device="fifteen-letters",
        owner=owner,
    )
    text = write_dnat_note(long, 99)
    assert len(text.encode()) <= 128
    assert read_dnat_note(text) == DnatNote(
        owner, (10000, 65535), "fifteen-letters", True, True, 99
    )
    plain = Masquerade(None, "10.0.0.0/8", owner=owner)
    assert read_interface_note(write_interface_note(plain, None)) == (owner, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "redblue.netns",
        "redblue.netns:lab",
        "other 80-80 lab0",
        "redblue.netns2 80-80 lab0",
        "redblue.netns 80-80",
    ],
)
def test_other_comments_are_no_notes(text: str) -> None:
    assert read_dnat_note(text) is None
