# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of a real dockerd beside red and blue, on the bridge of a lab."""

from __future__ import annotations

import os
import shutil

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import NetnsError

from support.attached import (
    assert_refused,
    await_no_link,
    describe_inside,
    lab_with,
    list_names,
    list_netns_mounts,
)
from support.docker import (
    CONTAINER,
    NEEDS_DOCKER,
    SERVER,
    answers,
    lab_of_container,
    start_container,
    unreachable,
)
from support.faults import stable_snapshot
from support.guides import read_play, topologies_of
from support.pings import reaches
from support.shell import output
from support.snapshot import differences
from support.tasks import LAB_ABSENT, run, run_as_predicted

pytestmark = NEEDS_DOCKER
ROUNDS = int(os.environ.get("ROUNDS", "6"))


@pytest.mark.usefixtures("docker")
def test_a_container_in_a_lab() -> None:
    pid = start_container()
    before, inside = stable_snapshot(), describe_inside(pid)
    done = run_as_predicted("topology", **lab_of_container())
    assert "give the namespace of container web the name web" in done["actions"]
    assert f"ip netns attach web {pid}" in done["commands"]
    for network in ("192.168.15.", "fd00:15::"):
        assert reaches("web", f"{network}1") and reaches("red", f"{network}3")
        assert reaches("web", f"{network}5") and answers("blue", f"{network}3", 80)
    for address in ("192.0.2.2", "fd00:2::2"):
        assert answers("lan", address, 8080)
    run_as_predicted("topology", **LAB_ABSENT)
    assert describe_inside(pid) == inside
    assert output("docker", "inspect", "-f", "{{.State.Running}}", "web") == "true\n"
    assert not differences(before, stable_snapshot())


@pytest.mark.usefixtures("docker")
def test_a_policy_holds_for_a_container() -> None:
    start_container()
    rule = {"from": [{"netns": "red"}], "protocol": "tcp", "ports": [80]}
    policy = {"name": "web", "netns": ["web"], "ingress": [rule]}
    run_as_predicted("topology", **lab_of_container(policy=[policy]))
    for address in ("192.168.15.3", "fd00:15::3"):
        assert answers("red", address, 80)
        assert not answers("blue", address, 80)
        assert not reaches("blue", address, patience=0)
    run_as_predicted("topology", **LAB_ABSENT)


@pytest.mark.usefixtures("docker")
def test_the_network_of_the_engine_stays() -> None:
    pid = start_container(network="bridge")
    before, inside = stable_snapshot(), describe_inside(pid)
    run_as_predicted("topology", **lab_with(CONTAINER, integrate=["docker"]))
    for network in ("192.168.15.", "fd00:15::"):
        assert reaches("web", f"{network}1") and reaches("red", f"{network}3")
    assert reaches("web", "172.17.0.1")
    route = {"netns": "web", "destination": "default", "gateway": "192.168.15.5"}
    lab = lab_with(CONTAINER, integrate=["docker"])
    with pytest.raises(NetnsError, match="default"):
        run("topology", check=True, **{**lab, "netns_route": [*lab["netns_route"], route]})
    run_as_predicted("topology", **LAB_ABSENT)
    assert describe_inside(pid) == inside
    assert not differences(before, stable_snapshot())


@pytest.mark.usefixtures("docker")
def test_a_container_that_is_started_again() -> None:
    first = start_container()
    lab = lab_of_container()
    run("topology", **lab)
    output("docker", "restart", "-t", "0", "web")
    second = int(output("docker", "inspect", "-f", "{{.State.Pid}}", "web"))
    assert first != second
    done = run_as_predicted("topology", **lab)
    assert (
        "give the namespace of container web the name web, instead of its former one"
        in done["actions"]
    )
    assert any("has been started again" in text for text in done["warnings"])
    assert reaches("red", "192.168.15.3") and answers("lan", "fd00:2::2", 8080)
    assert list_netns_mounts() == [f"/run/netns/{name}" for name in ("blue", "lan", "red", "web")]
    run_as_predicted("topology", **LAB_ABSENT)


@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("how", [["kill", "web"], ["rm", "-f", "web"]])
def test_a_container_that_has_ended(how: list[str]) -> None:
    start_container()
    lab = lab_of_container()
    run("topology", **lab)
    output("docker", *how)
    done = run_as_predicted("topology", **lab)
    assert any("container web has ended" in text for text in done["warnings"])
    assert list_names() == ["blue", "lan", "red"]
    await_no_link("veth-web-br")
    assert not run("topology", **lab)["changed"]
    if how[0] == "kill":
        output("docker", "start", "web")
    else:
        start_container()
    run_as_predicted("topology", **lab)
    assert answers("red", "192.168.15.3", 80)


@pytest.mark.usefixtures("docker")
def test_a_policy_while_the_container_does_not_run() -> None:
    start_container()
    rule = {"from": [{"netns": "red"}], "protocol": "tcp", "ports": [80]}
    policies = [
        {"name": "web", "netns": ["web"], "ingress": [rule]},
        {
            "name": "red",
            "netns": ["red"],
            "ingress": [{"from": [{"netns": "web"}, {"netns": "blue"}]}],
        },
    ]
    lab = lab_of_container(policy=policies)
    run("topology", **lab)
    output("docker", "kill", "web")
    run_as_predicted("topology", **lab)
    assert reaches("blue", "192.168.15.1")
    output("docker", "start", "web")
    run_as_predicted("topology", **lab)
    assert reaches("web", "192.168.15.1") and not answers("blue", "192.168.15.3", 80)


@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("check", [True, False])
def test_refusals(check: bool) -> None:
    def refuse(message: str, engine: str = "auto") -> None:
        assert_refused({"container": "web", "engine": engine}, message, check)

    refuse("attach.container: 'web': does not exist, says docker")
    if shutil.which("podman") is None:
        refuse("attach.container: 'web': cannot be looked up: podman is not installed", "podman")
    output("docker", "create", "--name", "web", "box", *SERVER.split())
    refuse("attach.container: 'web': does not run (docker says: created); start it")
    output("docker", "rm", "web")
    output("docker", "run", "-d", "--name", "web", "--network", "host", "box", *SERVER.split())
    refuse("uses the host's own network namespace")
    output("docker", "rm", "-f", "web")


def test_an_engine_that_does_not_answer_proves_nothing(docker: None) -> None:
    start_container()
    run("netns", name="web", attach=CONTAINER)
    with (
        unreachable("/run/docker.sock"),
        pytest.raises(NetnsError, match="cannot be looked up: docker says"),
    ):
        run("netns", name="web", attach=CONTAINER)
    assert "web" in list_names()
    run("netns", name="web", state="absent", attach=CONTAINER)


@pytest.mark.usefixtures("docker")
def test_containers_that_share_a_namespace() -> None:
    start_container()
    output(
        "docker",
        "run",
        "-d",
        "--name",
        "side",
        "--network",
        "container:web",
        "box",
        *SERVER.split()[:-1],
        "81",
    )
    names = [{"name": name, "attach": {"container": name}} for name in ("web", "side")]
    with pytest.raises(NetnsError, match="has the name web already"):
        run("topology", name="lab", netns=names)
    run_as_predicted("netns", name="side", attach={"container": "side"})


@pytest.mark.usefixtures("docker")
def test_the_guide() -> None:
    start_container()
    play = read_play("services", "Connect a container with a lab")
    run_as_predicted("topology", **topologies_of(play)["shop"])
    for address in ("192.168.18.2", "fd00:18::2"):
        assert answers("red", address, 80)
    for address in ("192.0.2.2", "fd00:2::2"):
        assert answers("lan", address, 8018)
    run_as_predicted("topology", name="shop", state="absent")


@pytest.mark.usefixtures("docker")
def test_rounds_leave_nothing() -> None:
    before = stable_snapshot()
    lab = lab_of_container()
    for number in range(ROUNDS):
        start_container()
        run("topology", **lab)
        if number % 3 == 0:
            output("docker", "kill", "web")
            output("docker", "start", "web")
            run("topology", **lab)
        output("docker", "rm", "-f", "web")
        if number % 2:
            run("topology", **lab)
            assert "web" not in list_names()
    run("topology", **LAB_ABSENT)
    await_no_link("veth-web-br")
    assert list_names() == ["lan"] and list_netns_mounts() == ["/run/netns/lan"]
    assert not differences(before, stable_snapshot())
