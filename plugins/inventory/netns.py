# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network namespaces of the inventory's hosts, as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: netns
short_description: Use network namespaces as inventory hosts
version_added: 0.1.0
author:
  - redblue.netns contributors (@redblue)
description:
  - Adds every network namespace of the inventory's hosts as an inventory host. Tasks for such a
    host run inside the namespace with the become plugin P(redblue.netns.netns#become), over the
    connection of the host that contains it. For example, a play with C(hosts=netns_red) runs any
    role inside the namespace red on all hosts.
  - The list of namespaces comes from a topology file or from the hosts themselves.
  - The name of the inventory file must end with C(netns.yml) or C(netns.yaml). Ansible reads the
    sources of an inventory in their order, and the files of a directory by name. The source with
    the hosts must come first.
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
notes:
  - The inventory host of a namespace has the variables C(ansible_netns), C(netns_host) (the
    inventory name of the host that contains it), C(netns_host_groups) (the groups of that host),
    C(netns_bridges) (the bridges and parent links to which it is connected) and C(netns_addresses).
  - It uses the connection of the host that contains it, and has the variables of that host that
    begin with C(ansible_). They come from the inventory, and from C(group_vars) and C(host_vars)
    beside the inventory. Variables beside a playbook are not available to the plugin.
  - Variables have precedence over keywords. So a task with C(become=false) or C(become_method=sudo)
    still runs inside the namespace. If C(ansible_become) or C(ansible_become_method) is overridden,
    for example with C(-e), the task fails and does not run on the host. The plugin sets
    C(ansible_connection) for this purpose. If C(ansible_connection) is overridden with C(-e) too,
    the task does run on the host.
  - O(compose) cannot set C(ansible_netns), C(ansible_become) and C(ansible_become_method).
  - The groups are C(netns) (all namespaces), C(netns_NAME), C(netns_on_HOST) and
    C(netns_bridge_BRIDGE). In the names of groups, characters other than letters, digits and C(_)
    are replaced by C(_).
  - C(hosts=all) includes the namespaces. Use C(hosts=all:!netns) to exclude them.
  - To run a task on the host itself, use C(delegate_to={{ netns_host }}).
  - The cache contains only the names of namespaces and bridges, and addresses.
options:
  plugin:
    description: The name of this plugin.
    type: string
    required: true
    choices:
      - redblue.netns.netns
  hosts:
    description:
      - Names of inventory hosts or groups whose namespaces are added. V(localhost) is the
        controller, unless the inventory defines it otherwise.
      - If the inventory has no hosts at all, V(all) is the controller too.
    type: list
    elements: string
    default:
      - all
  src:
    description:
      - A JSON or YAML file on the controller with a topology in the form of the options of
        M(redblue.netns.topology), or with the result of M(redblue.netns.netns_info). A relative
        path is relative to the inventory file.
      - A template in the path is rendered for each host with the variables of that host.
      - If omitted, the plugin runs M(redblue.netns.netns_info) on each host. The host must have
        what that module requires, which is pyroute2 and root. Passwords must be set as variables,
        because Ansible has not asked for them at that time.
    type: string
  name:
    description: >-
      The inventory name of a namespace, as a Jinja2 expression. It must be different for each
      namespace of each host.
    type: string
    default: ansible_netns ~ '.' ~ netns_host
  timeout:
    description: The seconds to wait for the answer of a host.
    type: integer
    default: 30
  forks:
    description: The number of hosts that are queried in parallel.
    type: integer
    default: 10
  on_error:
    description: >-
      What to do if a host cannot be queried, or its file cannot be read. With V(warn) the plugin
      warns, and the inventory does not contain the namespaces of that host.
    type: string
    choices:
      - warn
      - fail
    default: warn
seealso:
  - plugin: redblue.netns.netns
    plugin_type: become
  - module: redblue.netns.netns_info
"""

EXAMPLES = r"""
# The namespaces of all hosts, queried from the hosts. The file fleet.netns.yml comes after the
# inventory of the hosts:
#   ansible-playbook -i hosts.yml -i fleet.netns.yml site.yml
plugin: redblue.netns.netns

---
# The namespaces of one group, read from topology files. No host is queried, and the namespaces
# need not exist yet.
plugin: redblue.netns.netns
hosts:
  - routers
src: topologies/{{ inventory_hostname }}.yml
on_error: fail

---
# Other inventory names, and groups by host group and by network. The group lab excludes namespaces
# that only contain a switch.
plugin: redblue.netns.netns
name: netns_host ~ '_' ~ ansible_netns
strict: true
compose:
  lab_address: netns_addresses | first | default('')
groups:
  lab: netns_bridges | length > 0
keyed_groups:
  - key: netns_host_groups
    prefix: netns_of
  - key: netns_addresses | select('search', '^192\.168\.15\.') | map('regex_replace', '.*', 'lab') | unique
    prefix: network
"""

import json
import os
from dataclasses import asdict
from typing import Any, Mapping, Union

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.helpers import get_group_vars
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.vars import combine_vars
from ansible.vars.plugins import get_vars_from_inventory_sources
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.plugin_utils._inventory.hosts import query_hosts
from ansible_collections.redblue.netns.plugins.plugin_utils._inventory.namespaces import (
    Listed,
    list_namespaces,
)

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every string of an inventory is a template

    def trust_as_template(value: str) -> str:
        return value


BECOME = "redblue.netns.netns"
_NOT_INHERITED = ("ansible_become", "ansible_become_method", "ansible_netns")
# Without the become plugin nothing of ours would be asked any more, and a task would run on the host. So there is no connection without it.
_CONNECTION = (
    '{{ %s if ansible_become | bool and ansible_become_method == "redblue.netns.netns" else '
    'undef("something else sets ansible_become or ansible_become_method, by which this network namespace is entered; nothing was run") }}'
)

Variables = dict[str, Any]
Found = Union[list[Listed], str]
"""The namespaces of a host, or why they are not known."""


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    NAME = BECOME

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("netns.yml", "netns.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        self._meanings: dict[str, str] = {}
        hosts = {host.name: host for host in self._choose_hosts()}
        variables = {name: self._variables_of(host) for name, host in hosts.items()}
        found = (
            self._read(path, variables)
            if self.get_option("src")
            else self._recall(path, variables, cache)
        )
        for name, namespaces in found.items():
            if isinstance(namespaces, str):
                self._complain(f"{name}: {' '.join(namespaces.split())}")
                continue
            groups = sorted(
                group.name
                for group in hosts[name].get_groups()
                if group.name not in ("all", "ungrouped")
            )
            for listed in namespaces:
                self._add(
                    listed, variables[name], {"netns_host": name, "netns_host_groups": groups}
                )

    def _choose_hosts(self) -> list[Any]:
        """Those whose namespaces are meant, each once."""
        chosen: dict[str, Any] = {}
        for name in self.get_option("hosts"):
            group = self.inventory.groups.get(name)
            if name == "all":
                found = list(self.inventory.hosts.values()) or [
                    self.inventory.get_host("localhost")
                ]
            else:
                found = group.get_hosts() if group is not None else [self.inventory.get_host(name)]
            if None in found:
                raise AnsibleParserError(
                    f"hosts: {name!r}: is neither a host nor a group that the inventory has so far; its sources are read in their order"
                )
            chosen.update((host.name, host) for host in found)
        return list(chosen.values())

    def _variables_of(self, host: Any) -> Variables:
        """What the inventory, and the files beside it, say of a host."""
        sources = getattr(self.inventory, "processed_sources", None) or []
        found: Variables = {"inventory_hostname": host.name}
        for entities, own in (
            (host.get_groups(), get_group_vars(host.get_groups())),
            ([host], host.get_vars()),
        ):
            found = combine_vars(
                combine_vars(found, own),
                get_vars_from_inventory_sources(self.loader, sources, entities, "all"),
            )
        return found

    def _complain(self, message: str) -> None:
        if self.get_option("on_error") == "fail":
            raise AnsibleParserError(message)
        self.display.warning(
            f"{message}. The inventory is without the network namespaces of this host."
        )

    def _read(self, path: str, hosts: Mapping[str, Variables]) -> dict[str, Found]:
        """What a file declares."""
        found: dict[str, Found] = {}
        for host, variables in hosts.items():
            self.templar.available_variables = variables
            try:
                source = os.path.join(
                    os.path.dirname(os.path.abspath(path)),
                    self.templar.template(self.get_option("src")),
                )
                found[host] = _list(self.loader.load_from_file(source, cache="none"))
            except AnsibleError as error:
                found[host] = f"src: {error}"
        return found

    def _recall(self, path: str, hosts: Mapping[str, Variables], cache: bool) -> dict[str, Found]:
        """What hosts answered lately, and of the others what they answer now."""
        key, caching = self.get_cache_key(path), self.get_option("cache")
        kept = self._cache.get(key) or {} if caching and cache else {}
        found: dict[str, Found] = {
            host: [Listed(**listed) for listed in kept[host]] for host in hosts if host in kept
        }
        asked = {host: variables for host, variables in hosts.items() if host not in kept}
        for host, answer in query_hosts(
            self.loader, asked, self.get_option("timeout"), max(1, self.get_option("forks"))
        ).items():
            found[host] = answer if isinstance(answer, str) else _list(answer)
        if caching:
            self._cache[key] = {
                host: [asdict(listed) for listed in namespaces]
                for host, namespaces in found.items()
                if not isinstance(namespaces, str)
            }
        return {host: found[host] for host in hosts}

    def _add(self, listed: Listed, inherited: Variables, place: Variables) -> None:
        """One namespace, as a host with its variables, in its groups."""
        own = {
            "ansible_netns": listed.name,
            "netns_bridges": listed.bridges,
            "netns_addresses": listed.addresses,
            **place,
        }
        host = self._compose(trust_as_template(self.get_option("name")), {**inherited, **own})
        if not isinstance(host, str) or not host or host in self.inventory.hosts:
            where = f"network namespace {listed.name} of {place['netns_host']}"
            raise AnsibleParserError(
                f"name: {host!r}: is a host of the inventory already, or no name; {where} needs another"
            )
        self.inventory.add_host(host, group=self.inventory.add_group("netns"))
        for name, value in {**self._connect(inherited, place["netns_host"]), **own}.items():
            self.inventory.set_variable(host, name, value)
        self._join(host, listed.name, f"the network namespaces {listed.name}")
        self._join(host, f"on_{place['netns_host']}", f"those on {place['netns_host']}")
        for bridge in listed.bridges:
            self._join(host, f"bridge_{bridge}", f"those at bridge {bridge}")
        self._construct(host, inherited)

    def _join(self, host: str, name: str, meaning: str) -> None:
        group = self.inventory.add_group(self._sanitize_group_name(f"netns_{name}"))
        self.inventory.add_child(group, host)
        first = self._meanings.setdefault(group, meaning)
        if first != meaning:
            self._meanings[group] = meaning
            self.display.warning(
                f"group {group}: has {first} and {meaning}, as no more of their names can stand in the name of a group"
            )

    def _construct(self, host: str, inherited: Variables) -> None:
        strict, compose = self.get_option("strict"), self.get_option("compose") or {}
        for name in _NOT_INHERITED:
            if name in compose:
                raise AnsibleParserError(
                    f"compose: {name!r}: is what enters the network namespace, and cannot be another"
                )
        own = self._own(host)
        self._set_composite_vars(compose, {**inherited, **own}, host, strict=strict)
        connection = self._own(host)["ansible_connection"]
        if connection != own["ansible_connection"]:
            self.inventory.set_variable(host, "ansible_connection", _guard(json.dumps(connection)))
        variables = {**inherited, **self._own(host)}
        self._add_host_to_composed_groups(
            self.get_option("groups"), variables, host, strict=strict, fetch_hostvars=False
        )
        self._add_host_to_keyed_groups(
            self.get_option("keyed_groups"), variables, host, strict=strict, fetch_hostvars=False
        )

    def _own(self, host: str) -> Variables:
        found: Variables = self.inventory.hosts[host].get_vars()
        return found

    def _connect(self, inherited: Variables, parent: str) -> Variables:
        """The variables by which a namespace is connected to: its host's, and the become plugin."""
        there = {
            name: value
            for name, value in inherited.items()
            if name.startswith("ansible_") and name not in _NOT_INHERITED
        }
        there.setdefault("ansible_host", parent)
        # A template may speak of variables that its own host has, and a namespace has not.
        of_templates = {
            name: f"hostvars[{json.dumps(parent)}][{json.dumps(name)}]"
            for name, value in there.items()
            if self.templar.is_template(value)
        }
        there.update(
            (name, trust_as_template("{{ " + expression + " }}"))
            for name, expression in of_templates.items()
        )
        connection = json.dumps(
            there.get("ansible_connection")
            or context.CLIARGS.get("connection")
            or C.DEFAULT_TRANSPORT
        )
        there["ansible_connection"] = _guard(of_templates.get("ansible_connection", connection))
        return {**there, "ansible_become": True, "ansible_become_method": BECOME}


def _guard(connection: str) -> str:
    """What gives a connection, and none without the become plugin; an expression."""
    return trust_as_template(_CONNECTION % connection)


def _list(topology: Any) -> Found:
    try:
        return list_namespaces(topology)
    except Refused as error:
        return str(error)
