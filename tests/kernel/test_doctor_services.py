# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor and netns_info see what others do to the files of units in namespaces.

What they see of units that run is in tests/fleet/test_service_findings.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.host_units import UNIT_DIRECTORY

from support.doctor import diagnose_host
from support.info import gather_info
from support.persistence import PERSISTENT_LAB, own_units
from support.tasks import LAB_ABSENT, Raw, run

UNITS = Path(UNIT_DIRECTORY)
DROP_IN = UNITS / "web.service.d" / "redblue-netns.conf"
TASK: Raw = {"name": "web.service", "netns": "blue"}
PUBLISH = [{"port": 80, "host_port": 8080}]


@pytest.fixture
def facts(controller_facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A host of systemd with the namespace blue, whose units are as before afterwards."""
    run("netns", name="blue")
    with own_units():
        yield controller_facts
    assert diagnose() == []


def diagnose() -> list[tuple[str, str, str]]:
    """The findings about services, of which netns_info has the texts too."""
    found = [each for each in diagnose_host() if each.check.startswith("service_")]
    faults = [each["fault"] for each in gather_info(gather_subset=["services"])["services"]]
    listed = [each.message for each in found if "any more" not in each.message]
    assert [text for text in faults if text] == listed
    return [(each.check, each.severity, each.subject) for each in found]


def test_a_sound_unit_has_no_finding(facts: dict[str, Any]) -> None:
    run("netns_service", **TASK, publish=PUBLISH)
    assert diagnose() == []


def test_a_drop_in_that_was_changed_is_found_and_restored(facts: dict[str, Any]) -> None:
    run("netns_service", **TASK)
    text = DROP_IN.read_text(encoding="utf-8")
    for changed in (text.replace("/run/netns/blue", "/run/netns/red"), f"{text}Nice=5\n"):
        DROP_IN.write_text(changed, encoding="utf-8")
        assert diagnose() == [("service_altered", "error", "web.service")]
    run("netns_service", **TASK)
    assert diagnose() == []


def test_a_namespace_that_is_gone_is_found(facts: dict[str, Any]) -> None:
    run("netns_service", **TASK)
    run("netns", name="blue", state="absent")
    assert diagnose() == [("service_without_netns", "error", "web.service")]
    # A topology in which it is declared explains that.
    explained = diagnose_host({"name": "lab", "netns": [{"name": "blue"}]})
    assert [each.check for each in explained] == ["netns_missing"]
    run("netns", name="blue")
    assert diagnose() == []


def test_a_drop_in_that_was_removed_is_found_by_the_ports_of_the_unit(
    facts: dict[str, Any],
) -> None:
    run("netns_service", **TASK, publish=PUBLISH)
    DROP_IN.unlink()
    assert diagnose() == [("service_altered", "error", "web.service")]
    run("netns_service", **TASK)
    assert diagnose() == []


def test_a_unit_is_to_follow_its_topology(facts: dict[str, Any]) -> None:
    run("netns", name="blue", state="absent")
    run("topology", **PERSISTENT_LAB, _controller=facts)
    run("netns_service", **TASK, publish=PUBLISH)
    assert diagnose() == []
    text = DROP_IN.read_text(encoding="utf-8")
    DROP_IN.write_text(text.replace("BindsTo=", "Wants="), encoding="utf-8")
    assert diagnose() == [("service_altered", "error", "web.service")]
    for path in UNITS.glob("redblue-netns-publish-*"):
        path.unlink()
    DROP_IN.unlink()
    # The unit of the topology starts it still.
    assert diagnose() == [("service_altered", "error", "web.service")]
    run("netns_service", name="web.service", state="absent")
    assert diagnose() == []
    run("topology", **LAB_ABSENT)
