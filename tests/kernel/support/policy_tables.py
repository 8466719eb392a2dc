# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of policies that are loaded without a task, and whether nft lists them as written."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.script import (
    write_script,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.table import (
    POLICY_TABLE_NAME,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.text_listing import (
    LISTING_OPTIONS,
    is_listed,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.abilities import (
    list_examples,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.policy_table import (
    PolicyTable,
)
from ansible_collections.redblue.netns.plugins.module_utils._host.programs import run

EXAMPLES = list_examples(with_connections=True)


def load(table: PolicyTable) -> None:
    """Load a table with a rule of each kind."""
    script = write_script(table.render_of(EXAMPLES), table.family, POLICY_TABLE_NAME)
    assert run("nft", ["-f", "-"], script).code == 0


def is_whole(table: PolicyTable) -> bool:
    """Whether the table is listed as it was loaded."""
    answer = run("nft", [*LISTING_OPTIONS, "list", "table", *table.words.split()])
    return is_listed(answer.output, table.render_of(EXAMPLES), table.words)
