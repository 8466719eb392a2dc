# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of Ansible's loader are explained without the text in which they are."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.load_errors import (
    explain_load_error,
)


@pytest.mark.parametrize(
    ("text", "explanation"),
    [
        ("name: [s3cret\n", "is neither JSON nor YAML: line 2, column 1"),
        ("a: 1\nb: s3cret: x", "is neither JSON nor YAML: line 2, column 10"),
        ("a: !s3cret x", "is neither JSON nor YAML: line 1, column 4"),
    ],
)
def test_the_position_of_an_error_is_shown_and_not_the_text(text: str, explanation: str) -> None:
    with pytest.raises(Exception) as caught:
        DataLoader().load(text, file_name="/lab.yml")
    assert explain_load_error(caught.value) == explanation
