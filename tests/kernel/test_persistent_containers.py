# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Persistent topologies with a container of a real dockerd, which need not run at boot."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import NetnsError

from support.attached import list_names
from support.docker import (
    NEEDS_DOCKER,
    answers,
    lab_of_container,
    start_container,
    unreachable,
)
from support.doctor import diagnose_host
from support.persistence import call, persist, remove_all
from support.pings import reaches
from support.shell import output
from support.tasks import LAB_ABSENT, run, run_as_predicted

pytestmark = [*NEEDS_DOCKER, pytest.mark.usefixtures("docker")]

WEB_PORT = {"from": [{"netns": "red"}], "protocol": "tcp", "ports": [80]}
POLICIES = [
    {"name": "web", "netns": ["web"], "ingress": [WEB_PORT]},
    {"name": "red", "netns": ["red"], "ingress": [{"from": [{"netns": "web"}]}]},
]


@pytest.fixture
def lab(controller_facts: dict[str, Any]) -> dict[str, Any]:
    """A persistent topology with a container, and policies about it."""
    start_container()
    lab = lab_of_container(policy=POLICIES, hosts=True)
    persist(controller_facts, **lab)
    return {**lab, "persist": True, "_controller": controller_facts}


def boot() -> str:
    """Remove what a boot removes, and do what the units do then; return what they say."""
    remove_all(["red", "blue", "web"])
    return apply()


def apply() -> str:
    done = call("apply", "--all")
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def assert_all_works() -> None:
    for address in ("192.168.15.3", "fd00:15::3"):
        assert answers("red", address, 80)
        assert not answers("blue", address, 80)
    assert "192.168.15.3" in output("ip", "netns", "exec", "red", "getent", "ahosts", "web")
    assert reaches("web", "192.168.15.1")
    assert not reaches("blue", "192.168.15.1", patience=0)


def assert_works_without_container() -> None:
    assert list_names() == ["blue", "lan", "red"]
    assert reaches("red", "192.168.15.2") and reaches("red", "fd00:15::2")
    # The policy of red holds, too.
    assert not reaches("blue", "192.168.15.1", patience=0)
    assert call("check").stdout == "lab: as declared\n"


def test_a_container_that_does_not_run_at_boot_is_left_out_until_it_does(
    lab: dict[str, Any],
) -> None:
    assert_all_works()
    output("docker", "kill", "web")
    said = boot()
    assert "container web does not run (docker says: exited)" in said
    assert "What is wanted in namespace web is left out until it runs" in said
    assert_works_without_container()
    done = run("topology", **lab)
    assert not done["changed"], done["actions"]
    assert "container web does not run" in done["warnings"][0]
    assert "netns_ended" in {finding.check for finding in diagnose_host(lab_of_container())}
    output("docker", "start", "web")
    run("topology", check=True, **lab)
    apply()
    assert_all_works()
    assert not run("topology", **lab)["changed"]
    # The same if there is no such container.
    output("docker", "rm", "-f", "web")
    assert "container web does not exist, says docker" in boot()
    assert_works_without_container()
    start_container()
    run_as_predicted("topology", **lab)
    assert_all_works()
    run_as_predicted("topology", **LAB_ABSENT)


def test_an_engine_that_is_not_there_yet(lab: dict[str, Any]) -> None:
    with unreachable("/run/docker.sock"):
        assert "container web cannot be looked up: docker says" in boot()
        assert_works_without_container()
    apply()
    assert_all_works()
    # A name that was given since the boot is not taken away for that.
    with unreachable("/run/docker.sock"):
        failed = call("apply", "--all")
        assert failed.returncode == 2 and "cannot be looked up" in failed.stderr + failed.stdout
    assert_all_works()
    run_as_predicted("topology", **LAB_ABSENT)
    # A container that no file names yet has to run.
    output("docker", "kill", "web")
    with pytest.raises(NetnsError, match="'web': does not run"):
        run("topology", check=True, **lab)
