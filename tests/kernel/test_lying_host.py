# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A compromised host answers with templates: the controller renders none of them."""

from __future__ import annotations

import base64
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from support.playbooks import play, run_ansible, write_inventory

NO_FACTS = {"gather_facts": False}
ESCAPE = "\x1b]0;owned\x07"


class LyingHost:
    """A host in whose place a script answers every module with the same result."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ran = directory / "ran"
        self.template = f"{{{{ lookup('pipe', 'touch {self.ran}; echo 10.0.0.1/24') }}}}"

    def inventory(self, answer: Any) -> dict[str, Any]:
        """An inventory with the host, which gives this answer."""
        return self.inventory_of({"victim": answer})

    def inventory_of(self, answers: dict[str, Any]) -> dict[str, Any]:
        """An inventory with such a host for each answer, by its name."""
        return {"all": {"hosts": {name: self._answer(name, answers[name]) for name in answers}}}

    def _answer(self, name: str, answer: Any) -> dict[str, Any]:
        at = self.directory / name
        at.mkdir()
        python = at / "python"
        python.write_text(f"#!/bin/sh\ncat >/dev/null 2>&1\ncat {at}/answer\n")
        python.chmod(0o755)
        (at / "answer").write_text(json.dumps(answer))
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": str(python),
            "ansible_remote_tmp": str(at / "remote"),
        }


@pytest.fixture
def liar(tmp_path: Path) -> LyingHost:
    return LyingHost(tmp_path)


def make_answer(name: str, address: str) -> dict[str, Any]:
    """A result of netns_info, with a name and an address in a namespace that is valid."""
    veth = {
        "name": "eth0",
        "netns": "red",
        "addresses": ["10.1.0.1/24", address],
        "peer": {"name": "port0", "bridge": name},
    }
    topology = {"name": "lab", "netns": [{"name": "red"}, {"name": name}], "veth": [veth]}
    return {"changed": False, "complete": True, "reasons": [], "topology": topology}


NAMESPACES = {
    "strict": False,
    "compose": {"first": "netns_addresses | first", "last": "netns_addresses | last"},
    "groups": {"with_addresses": "netns_addresses | length > 1"},
    "keyed_groups": [{"key": "netns_addresses", "prefix": "a"}, {"key": "netns_bridges"}],
    "name": "(netns_bridges | first | default(ansible_netns)) ~ '.' ~ netns_host",
}


def test_the_inventory_has_only_valid_names_and_addresses(liar: LyingHost) -> None:
    lies = {"plain": "", "network": "10.1.0.2/24", "zone": "fe80::1%"}
    lies = {host: prefix + liar.template for host, prefix in lies.items()}
    answers = {host: make_answer(lie, f"{lie}/64") for host, lie in lies.items()}
    sources = write_inventory(liar.directory, liar.inventory_of(answers), NAMESPACES)
    done = run_ansible(["ansible-inventory", "--list", *sources])
    listed = json.loads(done.stdout, object_hook=lambda found: found.get("__ansible_unsafe", found))
    assert sorted(listed["netns"]["hosts"]) == [f"red.{host}" for host in sorted(lies)], done.stderr
    warnings = " ".join(done.stderr.split())
    for host in lies:
        variables = listed["_meta"]["hostvars"][f"red.{host}"]
        assert variables["netns_addresses"] == ["10.1.0.1/24"] and variables["netns_bridges"] == []
        assert variables["first"] == variables["last"] == "10.1.0.1/24"
        assert f"[WARNING]: {host}: netns[1].name: " in warnings
    assert warnings.count("it is left out of the inventory") == 2 * len(lies)
    assert not liar.ran.exists()


def test_a_cache_of_an_earlier_release_is_checked_too(liar: LyingHost) -> None:
    cache = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(liar.directory / "cache"),
    }
    answer = make_answer("blue", "10.1.0.2/24")
    config = {**NAMESPACES, **cache, "name": "ansible_netns"}
    command = [
        "ansible-inventory",
        "--list",
        *write_inventory(liar.directory, liar.inventory(answer), config),
    ]
    run_ansible(command)
    (cached,) = (liar.directory / "cache").iterdir()
    quoted = json.dumps(liar.template)[1:-1]
    cached.write_text(cached.read_text().replace("10.1.0.2/24", quoted))
    listed = run_ansible(command)
    assert "10.1.0.2/24" in listed.stdout and "touch" not in listed.stdout, listed.stderr
    assert not liar.ran.exists()


def test_a_failure_of_a_host_is_shown_in_printable_letters(liar: LyingHost) -> None:
    answer = {"failed": True, "msg": f"{ESCAPE}{liar.template}"}
    sources = write_inventory(liar.directory, liar.inventory(answer), NAMESPACES)
    done = run_ansible(["ansible-inventory", "--list", *sources])
    assert "\x1b" not in done.stderr and r"\x1b]0;owned\x07" in done.stderr
    assert not liar.ran.exists()


def test_the_message_of_a_topology_task_is_printable(liar: LyingHost) -> None:
    inventory = liar.inventory({"failed": True, "msg": f"{ESCAPE}{liar.template}"})
    task = {"name": "lab", "redblue.netns.topology": {"name": "lab"}}
    results = play(liar.directory, inventory, [{"hosts": "victim", "tasks": [task], **NO_FACTS}])
    message = results["victim"]["lab"]["msg"]
    assert message.startswith(r"\x1b]0;owned\x07{{ lookup(") and not liar.ran.exists()


def test_an_answer_in_another_form_adds_no_namespace(liar: LyingHost) -> None:
    answers = [
        {"changed": False},
        {"complete": True, "topology": "red"},
        {"complete": False, "reasons": 1, "topology": {}},
        {"complete": True, "topology": {"netns": {"name": "red"}}},
        {"complete": True, "topology": {"range": [{"count": 100000, "netns": [{"name": "n{n}"}]}]}},
    ]
    hosts = {f"victim{number}": answer for number, answer in enumerate(answers)}
    sources = write_inventory(liar.directory, liar.inventory_of(hosts), {})
    done = run_ansible(["ansible-inventory", "--list", *sources])
    assert "netns" not in json.loads(done.stdout), done.stderr
    # netns_info returns no ranges: that one is ignored, and needs no warning.
    assert all(f"{host}: " in done.stderr for host in list(hosts)[:-1]), done.stderr
    assert done.returncode == 0 and "Traceback" not in done.stderr


def make_answer_of_all_modules(lie: str) -> dict[str, Any]:
    """An answer with all keys that the playbooks and roles read, each with a template."""
    link = {"name": lie, "kind": lie, "up": False, "addresses": ["10.1.0.3/24"], "bridge": lie}
    neighbour = {"address": lie, "device": lie, "mac": lie, "state": lie}
    route = {"destination": lie, "gateway": lie, "device": lie, "table": 254}
    finding = {"check": lie, "severity": "info", "subject": lie, "evidence": lie, "remedy": lie}
    drifted = {"name": lie, "status": "differs", "actions": [lie], "error": lie}
    os_release = f"ID=unknown\nNAME={shlex.quote(lie)}\nVERSION_ID={shlex.quote(lie)}\n"
    return {
        **make_answer(lie, lie),
        "links": {"host": [link], lie: [link]},
        "neighbours": {"host": [neighbour]},
        "routes": {"host": [route]},
        "stale": [lie],
        "report": f"{lie}\n{lie}",
        "summary": lie,
        "findings": [finding],
        "reached": [],
        "matrix": lie,
        "results": [{"netns": None, "name": lie}],
        "failed_probes": [lie],
        "ok": True,
        "msg": lie,
        "actions": [lie],
        "confirmed": lie,
        "stdout": json.dumps({"topologies": [drifted]}),
        "content": base64.b64encode(os_release.encode()).decode(),
    }


USES = [
    {"redblue.netns.netns_info": {}, "register": "info"},
    {"redblue.netns.netns_doctor_info": {}, "register": "doctor"},
    {"redblue.netns.netns_probe_info": {"probes": [{"to": "10.0.0.1"}]}, "register": "probe"},
    {"redblue.netns.topology": {"name": "lab"}, "register": "lab"},
    {"redblue.netns.netns_confirm": {}, "register": "confirmed"},
    {
        "ansible.builtin.set_fact": {
            "drawn": "{{ info | redblue.netns.picture }}",
            "svg": "{{ [info | redblue.netns.picture(format='svg')] | join }}",
            "listed": "{{ info | redblue.netns.tables([none]) }}",
            "fleet": "{{ {'a': hostvars.victim.info} | redblue.netns.picture(format='dot') }}",
            "found": "{{ doctor.findings | map(attribute='evidence') | join(' ') }}",
            "done": "{{ lab.actions + [lab.msg, probe.matrix, confirmed.msg] }}",
            "drifted": "{{ {'victim': {'stdout': doctor.stdout}} | redblue.netns.drift }}",
            "hosts": "{{ {'victim': probe} | redblue.netns.fleet }}",
            "needed": "{{ doctor.content | b64decode | redblue.netns.prerequisites }}",
        }
    },
    {
        "name": "again",
        "ansible.builtin.debug": {
            "msg": "{{ [drawn, svg, listed, fleet, found, done | join, doctor.report] | join }}"
        },
    },
    {
        "name": "of filters",
        "ansible.builtin.debug": {"msg": "{{ [drifted, hosts, needed.error] | join }}"},
    },
]


def test_results_and_the_output_of_filters_are_not_templates(liar: LyingHost) -> None:
    inventory = liar.inventory(make_answer_of_all_modules(liar.template))
    results = play(
        liar.directory, inventory, [{"hosts": "victim", "gather_facts": False, "tasks": USES}]
    )
    assert "again" in results["victim"], results
    again = results["victim"]["again"]
    assert again["ended"] == "ok" and str(again).count("lookup(") > 10, results
    of_filters = results["victim"]["of filters"]
    assert of_filters["ended"] == "ok" and str(of_filters).count("lookup(") > 3, results
    assert not liar.ran.exists()


def test_the_role_that_verifies_a_lab_renders_nothing_that_a_host_answered(
    liar: LyingHost,
) -> None:
    answer = make_answer_of_all_modules(liar.template)
    role = {"hosts": "victim", "gather_facts": False, "roles": ["redblue.netns.bridge_lab_verify"]}
    results = play(liar.directory, liar.inventory(answer), [role])["victim"]
    shown = [str(result) for name, result in results.items() if "Show the reachability" in name]
    assert len(shown) == 1 and "lookup(" in shown[0], results
    assert not liar.ran.exists()


def test_the_role_prerequisites_renders_nothing_that_a_host_answered(liar: LyingHost) -> None:
    answer = make_answer_of_all_modules(liar.template)
    role = {"hosts": "victim", "gather_facts": False, "roles": ["redblue.netns.prerequisites"]}
    results = play(liar.directory, liar.inventory(answer), [role])["victim"]
    assert any("are not known to this role" in str(result) for result in results.values()), results
    assert not liar.ran.exists()


@pytest.mark.parametrize("playbook", ["diagram", "doctor", "drift"])
def test_playbooks_render_nothing_that_a_host_answered(liar: LyingHost, playbook: str) -> None:
    inventory = liar.inventory(make_answer_of_all_modules(liar.template))
    second = {"ansible_remote_tmp": str(liar.directory / "second")}
    inventory["all"]["hosts"]["accomplice"] = {**inventory["all"]["hosts"]["victim"], **second}
    done = run_ansible(
        [
            "ansible-playbook",
            *write_inventory(liar.directory, inventory),
            f"redblue.netns.{playbook}",
            "-e",
            f"diagram_dir={liar.directory}/diagrams",
            "-e",
            '{"diagram_formats": ["text", "svg"]}',
        ]
    )
    assert "Traceback" not in done.stderr, done.stderr
    # A host that differs makes the playbook drift fail.
    assert bool(done.returncode) == (playbook == "drift"), done.stdout + done.stderr
    shown = done.stdout
    if playbook == "diagram":
        shown = (liar.directory / "diagrams" / "fleet.txt").read_text()
    assert "lookup(" in shown
    assert not liar.ran.exists()
