# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others have on a link of the host, to be given back with the link after it was taken."""

from __future__ import annotations

import json

from .fast_typing import NamedTuple
from .netns import Sysctl
from .raw_state import RawState


class LinkContents(NamedTuple):
    """The objects of the kernel that belong to a link, and its kernel parameters."""

    raw: RawState
    sysctls: tuple[Sysctl, ...]

    def to_text(self) -> str:
        """This as a text, which the record of owners can hold."""
        sysctls = [[sysctl.key_path, sysctl.value] for sysctl in self.sysctls]
        return json.dumps([self.raw.to_json(), sysctls], separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> LinkContents:
        """What ``to_text`` wrote."""
        raw, sysctls = json.loads(text)
        return cls(
            RawState.from_json(raw), tuple(Sysctl(None, path, value) for path, value in sysctls)
        )
