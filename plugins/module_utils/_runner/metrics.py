# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of topologies in the text format of Prometheus, as node_exporter reads it."""

from __future__ import annotations

import calendar
import time
from typing import TYPE_CHECKING, Any

from .._firewall.forward_counters import read_forward_counters
from .._host.persistent_files import write_file
from .._model.fast_typing import NamedTuple
from .._model.metrics_units import PREFIX
from .._model.nat import Dnat
from .._model.persistence import HostFile
from .._model.policy_counts import PolicyCounts
from .._model.ranges import format_range
from .._observe.rules import observe_policy_counts
from .doctor import diagnose_lab
from .labs import parse_lab, read_lab
from .runs import FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._model.forward_counters import ForwardCounter
    from .runs import Report

_FAMILIES = {
    "topology_info": ("gauge", "Who applied a topology, with which version of redblue.netns."),
    "topology_applied_timestamp_seconds": ("gauge", "When a topology was applied by a task."),
    "topology_check_failed": ("gauge", "Whether the host could not be compared with a topology."),
    "topology_differences": ("gauge", "The changes that would bring the host to a topology."),
    "doctor_findings": ("gauge", "What the doctor found, by severity and check."),
    "forwards": ("gauge", "The port forwards that a topology declares."),
    "forward_packets_total": (
        "counter",
        "Packets that a port forward took: the first one of each connection.",
    ),
    "forward_bytes_total": ("counter", "Bytes of these packets."),
    "policy_packets_total": (
        "counter",
        "Packets to which a rule of a policy applied: those that begin a connection.",
    ),
    "policy_bytes_total": ("counter", "Bytes of these packets."),
    "policy_refused_packets_total": (
        "counter",
        "Packets that no rule of the policies of a namespace let through.",
    ),
    "policy_refused_bytes_total": ("counter", "Bytes of these packets."),
    "check_timestamp_seconds": ("gauge", "When the host was compared with a topology."),
}
_READABLE = 0o644
"""node_exporter does not run as root."""


class Observed(NamedTuple):
    """What is known of one topology."""

    report: Report
    applied: dict[str, Any]
    findings: Sequence[dict[str, Any]]
    forwards: Sequence[Dnat]
    counters: Sequence[ForwardCounter]
    policies: PolicyCounts


class _Samples:
    """Samples by metric family."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {name: [] for name in _FAMILIES}

    def add(self, name: str, value: float, **labels: object) -> None:
        listed = ",".join(f'{label}="{_escape(str(text))}"' for label, text in labels.items())
        shown = f"{{{listed}}}" if listed else ""
        self._lines[name].append(f"{PREFIX}_{name}{shown} {value:.15g}")

    def compose(self) -> str:
        text = ""
        for name, lines in self._lines.items():
            kind, explanation = _FAMILIES[name]
            if lines:
                head = f"# HELP {PREFIX}_{name} {explanation}\n# TYPE {PREFIX}_{name} {kind}"
                text += "\n".join([head, *lines, ""])
        return text


def _escape(text: str) -> str:
    """A label's value, as the exposition format of Prometheus has it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return escaped.encode("utf-8", "replace").decode()


def observe(report: Report) -> Observed:
    """Read what is known of a topology that was compared with the host."""
    if report.status == FAILED:
        return Observed(report, {}, (), (), (), PolicyCounts())
    lab = read_lab(report.name)
    desired = parse_lab(lab)
    forwards = [item for item in desired.present if isinstance(item, Dnat)]
    rules = report.outcome.current.rulesets.get(None) if report.outcome else None
    counters = [
        counter
        for counter in (read_forward_counters(rules) if rules else ())
        if counter.forward.owner == lab.name
    ]
    policies = observe_policy_counts(report.outcome.current) if report.outcome else PolicyCounts()
    findings = diagnose_lab(desired)["findings"]
    return Observed(report, lab.applied, findings, forwards, counters, policies)


def compose_metrics(observed: Iterable[Observed], now: float) -> str:
    """The content of the file."""
    samples = _Samples()
    for item in observed:
        # Topologies may have a file each. node_exporter refuses what two files have without labels.
        samples.add("check_timestamp_seconds", now, topology=item.report.name)
        _add_topology(samples, item)
    return samples.compose()


def _add_topology(samples: _Samples, item: Observed) -> None:
    name, report = item.report.name, item.report
    by, version = (item.applied.get(key, "") for key in ("by", "version"))
    samples.add("topology_info", 1, topology=name, applied_by=by, version=version)
    at = _parse_time(item.applied.get("at"))
    if at is not None:
        samples.add("topology_applied_timestamp_seconds", at, topology=name)
    is_failed = report.status == FAILED
    samples.add("topology_check_failed", int(is_failed), topology=name)
    if is_failed:
        return
    samples.add("topology_differences", len(report.result.get("actions", ())), topology=name)
    samples.add("forwards", len(item.forwards), topology=name)
    counted: dict[tuple[str, str], int] = {}
    for finding in item.findings:
        key = (finding["severity"], finding["check"])
        counted[key] = counted.get(key, 0) + 1
    for (severity, check), count in sorted(counted.items()):
        samples.add("doctor_findings", count, topology=name, severity=severity, check=check)
    for counter in item.counters:
        labels = {"topology": name, **_label_forward(counter.forward)}
        samples.add("forward_packets_total", counter.packets, **labels)
        samples.add("forward_bytes_total", counter.octets, **labels)
    _add_policies(samples, name, item.policies)


def _add_policies(samples: _Samples, topology: str, counts: PolicyCounts) -> None:
    """Add what the policies of a topology have counted, those of netns_policy included."""
    for rule in counts.rules:
        if rule.policy.owner == topology:
            labels = {"policy": rule.policy.name, "direction": rule.direction, "rule": rule.number}
            samples.add("policy_packets_total", rule.counted.packets, topology=topology, **labels)
            samples.add("policy_bytes_total", rule.counted.octets, topology=topology, **labels)
    for refusal in counts.refusals:
        if refusal.policies[0].owner == topology:
            names = ",".join(policy.name for policy in refusal.policies)
            labels = {"policies": names, "direction": refusal.direction}
            packets, octets = refusal.counted
            samples.add("policy_refused_packets_total", packets, topology=topology, **labels)
            samples.add("policy_refused_bytes_total", octets, topology=topology, **labels)


def _parse_time(text: object) -> int | None:
    try:
        return calendar.timegm(time.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return None


def _label_forward(forward: Dnat) -> dict[str, object]:
    """What distinguishes a port forward from the others of its topology."""
    labels = {
        "protocol": forward.protocol,
        "port": format_range(*forward.ports),
        "to": forward.to_address,
        "in_interface": forward.in_interface or "",
        "destination": forward.destination or "",
        "source": ",".join(forward.source),
    }
    return {name: value for name, value in labels.items() if value != ""}


def write_metrics(path: str, text: str) -> None:
    """Write the file in one step: node_exporter never reads half of it."""
    write_file(HostFile(path, text.encode(), _READABLE))
