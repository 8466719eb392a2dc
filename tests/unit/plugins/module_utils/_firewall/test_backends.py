# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Firewall backends: what is imported when, what a run keeps, and that no type is forgotten."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.iptables.families import (
    families_of,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.render import (
    TableRenderer,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import Dnat, Masquerade
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import NatResource
from ansible_collections.redblue.netns.tests.unit.support.kinds import list_kinds

TREE = Path(__file__).resolve().parents[8]
PACKAGE = "ansible_collections.redblue.netns.plugins.module_utils"
RULES = (
    Masquerade(None, "10.0.0.0/8", device="lab0", owner="lab"),
    Dnat(None, "tcp", (80, 80), "10.0.0.2", (80, 80), device="lab0", owner="lab"),
)


def imported_by(code: str) -> set[str]:
    """The modules of this package that a new process has imported after running this code."""
    script = f"import sys; sys.path.insert(0, {str(TREE)!r})\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    prefix = f"{PACKAGE}._firewall."
    return {name[len(prefix) :] for name in done.stdout.split() if name.startswith(prefix)}


def test_no_backend_is_imported_before_it_is_needed() -> None:
    found = imported_by(
        f"from {PACKAGE}._firewall.firewall import Firewall, observe_foreign_forwards\n"
        f"from {PACKAGE}._engine.linux_host import LinuxHost\n"
        f"from {PACKAGE}._render.commands import render_commands\n"
        "assert Firewall().render_commands(None, None) == []\n"
        "class Empty: is_empty, owners = True, None\n"
        "assert Firewall().observe_ruleset(None, Empty()) is None\n"
        "assert observe_foreign_forwards(Empty()) == ()"
    )
    assert found == {"firewall", "listing"}


@pytest.mark.parametrize(("name", "other"), [("nftables", "iptables"), ("iptables", "nftables")])
def test_one_backend_does_not_import_the_other(name: str, other: str) -> None:
    found = imported_by(
        f"from {PACKAGE}._firewall.firewall import Firewall\n"
        f"from {PACKAGE}._model.nat import Masquerade, Ruleset\n"
        f"after = Ruleset({name!r}, (Masquerade(None, '10.0.0.0/8', owner='lab'),))\n"
        "assert Firewall().render_commands(None, after)"
    )
    assert f"{name}.backend" in found
    assert f"{other}.backend" not in found and f"{other}.render" not in found


@pytest.mark.parametrize("kind", sorted(list_kinds(NatResource), key=str))
def test_every_nat_resource_has_its_address_families(kind: type) -> None:
    assert families_of.dispatch(kind) is not families_of.dispatch(object)


def test_a_resource_that_is_not_of_nat_has_no_address_family() -> None:
    with pytest.raises(TypeError, match="str"):
        families_of("link")  # type: ignore[arg-type]  # what a new type without an entry does


def test_a_rendered_table_is_kept_with_its_resources() -> None:
    renderer = TableRenderer()
    table = renderer.render(RULES)
    assert renderer.render(RULES) is table
    assert renderer.render(RULES[::-1]) is table
    assert renderer.find_resources(table, None) == RULES
    assert renderer.find_resources(table, "red") is None
    assert TableRenderer().find_resources(table, None) is None


def test_only_the_last_few_tables_are_kept() -> None:
    renderer = TableRenderer()
    first = renderer.render(RULES)
    for length in range(8, 8 + TableRenderer.MAX_RENDERINGS):
        renderer.render((Masquerade(None, f"10.0.0.0/{length}", owner="lab"),))
    assert renderer.find_resources(first, None) is None
    assert renderer.render(RULES) == first
