# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""redblue-netns check --prometheus writes what a monitor asks for, in the format of Prometheus."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Failed
from ansible_collections.redblue.netns.plugins.module_utils._model.host_units import UNIT_DIRECTORY

from support.info import gather_info
from support.persistence import PERSISTENT_LAB, call, persist, snapshot_files
from support.policy_flows import MEMBERS, policy_lab
from support.policy_packets import send_datagrams
from support.shell import ip, sh
from support.tasks import LAB, LAB_ABSENT, run, run_as_predicted

NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(\{{{LABEL}(?:,{LABEL})*\}})? (\d+(?:\.\d+)?)")
"""A line of https://prometheus.io/docs/instrumenting/exposition_formats/."""


def read_metrics(path: Path) -> dict[str, float]:
    """The samples of a file: each family once, with its type before it."""
    samples: dict[str, float] = {}
    family = ""
    families = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# HELP "):
            family = line.split()[2]
            families.append(family)
        elif line.startswith("# TYPE "):
            assert line.split()[2:] in ([family, "gauge"], [family, "counter"])
            assert family.endswith("_total") is line.endswith(" counter")
        else:
            match = SAMPLE.fullmatch(line)
            assert match is not None and match[1] == family, line
            labels = (match[2] or "").replace("redblue_netns_", "")
            key = match[1].replace("redblue_netns_", "") + labels
            assert key not in samples
            samples[key] = float(match[3])
    assert len(families) == len(set(families))
    return samples


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "node_exporter" / "netns.prom"


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_what_is_written_of_a_lab(
    controller_facts: dict[str, Any], uplinks: None, target: Path, backend: str
) -> None:
    persist(controller_facts, **{**LAB, "backend": backend})
    sh("ip netns exec blue python3 -m http.server 80 >/dev/null 2>&1 & echo $! >/run/web")
    sh("until ip netns exec blue ss -Hltn 'sport = 80' | grep -q .; do sleep 0.1; done")
    sh("python3 -c \"import socket; socket.create_connection(('192.168.15.5', 80))\"")
    sh("kill $(cat /run/web)")
    assert call("check", "--prometheus", str(target)).returncode == 0
    metrics = read_metrics(target)
    assert metrics['topology_differences{topology="lab"}'] == 0
    assert metrics['topology_check_failed{topology="lab"}'] == 0
    assert metrics['forwards{topology="lab"}'] == 2
    web = '{topology="lab",protocol="tcp",port="80",to="192.168.15.2"}'
    assert metrics[f"forward_packets_total{web}"] == 1
    assert metrics[f"forward_bytes_total{web}"] == 60
    counters = {item["to_destination"]: item for item in gather_info()["nat"]["host"]["counters"]}
    counted = counters["192.168.15.2:80"]
    assert (counted["packets"], counted["bytes"]) == (1, 60)
    assert counters["[fd00:15::2]:80"]["packets"] == 0
    assert metrics['check_timestamp_seconds{topology="lab"}'] > 1e9
    assert metrics['topology_applied_timestamp_seconds{topology="lab"}'] > 1e9
    assert target.stat().st_mode & 0o777 == 0o644 and len(list(target.parent.iterdir())) == 1
    ip("link set veth-red down", "-n", "red")
    assert call("check", "--prometheus", str(target)).returncode == 1
    metrics = read_metrics(target)
    assert metrics['topology_differences{topology="lab"}'] > 0
    assert any(key.startswith("doctor_findings") and "error" in key for key in metrics)


def test_what_policies_have_counted(
    controller_facts: dict[str, Any], lan: None, target: Path
) -> None:
    udp = {"protocol": "udp", "ports": ["1080"]}
    policy = {"name": "p", "netns": ["red"], "egress": [udp], "refuse": "drop"}
    persist(controller_facts, **policy_lab(policy=[policy]))
    for port, number in ((1080, 5), (1090, 3)):
        send_datagrams("red", MEMBERS["blue"][6], port, number)
    assert call("check", "--prometheus", str(target)).returncode == 0
    metrics = read_metrics(target)
    rule = '{topology="lab",policy="p",direction="egress",rule="0"}'
    assert metrics[f"policy_packets_total{rule}"] == 5
    assert metrics[f"policy_bytes_total{rule}"] == 5 * (40 + 8 + 10)
    refused = '{topology="lab",policies="p",direction="egress"}'
    assert metrics[f"policy_refused_packets_total{refused}"] == 3


def test_texts_are_escaped_and_a_damaged_file_is_told(
    controller_facts: dict[str, Any], target: Path
) -> None:
    for name in ("lab", "other"):
        persist(controller_facts, name=name, netns=[{"name": f"n-{name}"}])
    path = Path("/etc/redblue-netns/lab.json")
    content = json.loads(path.read_text("utf-8"))
    content["applied"]["by"] = 'a"b\\c\nd\ud800ü'
    path.write_text(json.dumps(content), "utf-8")
    Path("/etc/redblue-netns/other.json").write_text("{", "utf-8")
    assert call("check", "--prometheus", str(target)).returncode == 2
    metrics = read_metrics(target)
    assert metrics['topology_check_failed{topology="other"}'] == 1
    labels = r'{topology="lab",applied_by="a\"b\\c\nd?ü",version="1.0.0"}'
    assert metrics[f"topology_info{labels}"] == 1


def test_files_of_two_topologies_have_no_sample_in_common(
    controller_facts: dict[str, Any], target: Path
) -> None:
    samples = []
    for name in ("lab", "other"):
        persist(controller_facts, name=name, netns=[{"name": f"n-{name}"}])
        assert call("check", "--prometheus", str(target), name).returncode == 0
        samples.append(set(read_metrics(target)))
    assert samples[0] and samples[0].isdisjoint(samples[1])


def test_a_file_that_node_exporter_would_not_read_is_refused(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    persist(controller_facts, **LAB)
    done = call("check", "--prometheus", str(tmp_path / "netns.txt"))
    assert done.returncode == 2 and "only files ending in .prom" in done.stderr


def test_a_timer_writes_metrics_as_long_as_it_is_asked_for(
    controller_facts: dict[str, Any],
) -> None:
    task = {**PERSISTENT_LAB, "_controller": controller_facts}
    unit = f"{UNIT_DIRECTORY}/redblue-netns-metrics-lab"
    prometheus = {"prometheus": "/var/lib/metrics/lab.prom"}
    done = run_as_predicted("topology", **{**task, "persist": prometheus})
    assert f"write {unit}.timer" in done["actions"]
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", f"{unit}.service", f"{unit}.timer"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert verified.stderr == "" and verified.returncode == 0
    assert not run("topology", **{**task, "persist": prometheus})["changed"]
    done = run_as_predicted("topology", **task)
    assert f"remove {unit}.service" in done["actions"] and not os.path.exists(f"{unit}.timer")
    run("topology", **{**task, "persist": prometheus})
    run_as_predicted("topology", **LAB_ABSENT)
    assert snapshot_files() == {}


def test_the_metrics_of_a_topology_go_with_the_option_that_asks_for_them(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    task = {**PERSISTENT_LAB, "_controller": controller_facts}
    first, second = tmp_path / "first.prom", tmp_path / "second.prom"
    for before, after in (
        (first, {"prometheus": f"{tmp_path}/./second.prom"}),
        (second, True),
        (first, False),
    ):
        run("topology", **{**task, "persist": {"prometheus": str(before)}})
        assert call("check", "--prometheus", str(before)).returncode == 0
        done = run_as_predicted("topology", **{**task, "persist": after})
        assert f"remove {before}" in done["actions"] and not before.exists()
    run("topology", **{**task, "persist": {"prometheus": str(first)}})
    assert call("check", "--prometheus", str(first)).returncode == 0
    run_as_predicted("topology", **LAB_ABSENT)
    assert not first.exists()


def test_a_failed_run_leaves_the_metrics(controller_facts: dict[str, Any], target: Path) -> None:
    task = {**PERSISTENT_LAB, "_controller": controller_facts}
    run("topology", **{**task, "persist": {"prometheus": str(target)}})
    assert call("check", "--prometheus", str(target)).returncode == 0
    written = target.read_bytes()
    probe = {"netns": "red", "to": "192.168.15.99", "timeout": 0.2}
    with pytest.raises(Failed, match="undone: replace /etc/redblue-netns/lab.json"):
        run("topology", **{**task, "persist": True, "probes": [probe]})
    assert target.read_bytes() == written


def test_nobody_else_may_write_the_file_for_metrics(
    controller_facts: dict[str, Any], target: Path
) -> None:
    options: dict[str, Any] = {
        "persist": {"prometheus": str(target)},
        "_controller": controller_facts,
    }
    run("topology", name="lab", netns=[{"name": "n-lab"}], **options)
    other: dict[str, Any] = {"name": "other", "netns": [{"name": "n-other"}]}
    for check in (True, False):
        with pytest.raises(Conflict, match="the metrics of the topology lab are in this file"):
            run("topology", check, **other, **options)
    run("topology", name="lab", state="absent")
    target.parent.mkdir(exist_ok=True)
    target.write_text("# HELP node_disks Disks\n", "utf-8")
    with pytest.raises(Conflict, match="something else than metrics of this collection"):
        run("topology", **other, **options)
    run("topology", name="other", state="absent")
    assert target.exists()
