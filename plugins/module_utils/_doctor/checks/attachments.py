# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attachments to networks of CNI that are not as their plugins left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._describe.resources import describe_resource
from ..._model.cni import ATTACHED
from ..findings import ERROR, Finding
from ..resources import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts


def check_attachments(facts: HostFacts) -> Iterator[Finding]:
    """Attachments of this collection that are broken, incomplete or left in a lost namespace."""
    for attachment in facts.current.attachments.values():
        if attachment.state == ATTACHED:
            continue
        module = f"topology {attachment.owner}" if attachment.owner else "module netns_cni"
        yield Finding(
            "attachment_broken",
            ERROR,
            kinds.describe_subject(attachment),
            f"{describe_resource(attachment)}: {attachment.fault}",
            kinds.show_command(attachment, facts.current),
            f"run {module} again, which attaches the namespace anew",
        )
