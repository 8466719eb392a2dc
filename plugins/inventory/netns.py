# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin netns: the network namespaces of hosts as inventory hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: netns
short_description: Use network namespaces as inventory hosts
version_added: 1.0.0
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
    the hosts must come first. For example, in one directory C(hosts.yml) comes before
    C(namespaces.netns.yml), and after C(fleet.netns.yml).
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
notes:
  - The inventory host of a namespace has the variables C(ansible_netns), C(netns_host) (the
    inventory name of the host that contains it), C(netns_host_groups) (the groups of that host),
    C(netns_bridges) (the bridges and parent links to which it is connected), C(netns_addresses),
    C(netns_processes) (the names of those that topologies run there) and C(netns_services) (the
    units that M(redblue.netns.netns_service) has put there, if the hosts are queried).
  - What a host answers is data. Names and addresses that do not have the form that the modules
    accept are left out with a warning, and no value is rendered as a template.
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
  - The cache contains only addresses, and names of namespaces, bridges, processes and units.
options:
  strict:
    description:
      - If V(true), every error of this plugin ends the run, whatever Ansible's setting
        C(any_unparsed_is_failed) says. The errors are a host that cannot be queried, a file that
        cannot be read, a host or group in O(hosts) that does not exist, an invalid option, and an
        expression in O(compose), O(groups) or O(keyed_groups) that cannot be evaluated.
      - If V(false), Ansible warns of an error, and the run goes on with the hosts that are known.
        A play on namespaces that are missing runs no task and does not fail. So set it to V(true)
        for tests.
      - A name of a namespace in C(hosts=) of a play that no host has is only a warning of Ansible.
        Its setting C(host_pattern_mismatch=error) in the section C(inventory) makes it an error.
    type: bool
    default: false
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
      - If the inventory has no hosts at all when this file is read, V(all) is an error. The
        namespaces of the controller are only added if V(localhost) is named.
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
      - If omitted, the plugin runs M(redblue.netns.netns_info) on each host, as root. Passwords
        must be set as variables, because Ansible has not asked for them at that time.
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
      warns, and the inventory does not contain the namespaces of that host. With V(fail) the run
      ends with the error, whatever Ansible's setting C(any_unparsed_is_failed) says.
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
  - key: >-
      netns_addresses | select('search', '^192\.168\.15\.')
      | map('regex_replace', '.*', 'lab') | unique
    prefix: network
"""

import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ansible import constants, context
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.text import escape_text
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.host_variables import (
    Variables,
    add_play_variables,
    read_host_variables,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import (
    mark_unsafe,
    trust_as_template,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.unparsed_sources import (
    end_run_on_error,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._inventory.connection import (
    BECOME_METHOD,
    FIXED,
    connection_variables,
    guard_connection,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._inventory.files import (
    is_strict,
    read_files,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._inventory.hosts import select_hosts
from ansible_collections.redblue.netns.plugins.plugin_utils._inventory.namespaces import (
    NetnsEntry,
    NetnsResult,
    recall_namespaces,
    try_list_namespaces,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._inventory.query import query_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAX_MESSAGE = 2000
"""Characters of a message with what a host answered."""


def _describe(host: str, message: str) -> str:
    """A message about a host, which may contain what the host answered."""
    text = escape_text(" ".join(message.split()))
    return f"{host}: {text if len(text) <= _MAX_MESSAGE else text[:_MAX_MESSAGE] + ' ...'}"


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Adds the namespaces of hosts as inventory hosts."""

    NAME = BECOME_METHOD

    def verify_file(self, path: str) -> bool:
        """Whether the name of a file says that it is for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(("netns.yml", "netns.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the namespaces of the hosts to the inventory."""
        super().parse(inventory, loader, path, cache)
        with end_run_on_error(is_strict(loader, path)):
            self._read_config_data(path)
        strict = self.get_option("strict") or self.get_option("on_error") == "fail"
        with end_run_on_error(strict):
            self._add_namespaces(path, cache)

    def _add_namespaces(self, path: str, cache: bool) -> None:
        self._group_subjects: dict[str, str] = {}
        hosts = select_hosts(self.inventory, self.get_option("hosts"))
        variables = {
            name: read_host_variables(self.inventory, self.loader, host)
            for name, host in hosts.items()
        }
        in_play = {
            name: add_play_variables(self.inventory, self.loader, own)
            for name, own in variables.items()
        }
        src = self.get_option("src")
        if src:
            results = read_files(self.loader, self.templar, path, src, in_play)
        else:
            results = self._query_or_recall(path, in_play, cache)
        self._report_errors(results)
        for name, namespaces in results.items():
            if isinstance(namespaces, str):
                continue
            groups = {group.name for group in hosts[name].get_groups()} - {"all", "ungrouped"}
            common = {"netns_host": name, "netns_host_groups": sorted(groups)}
            for entry in namespaces:
                self._add_netns(entry, variables[name], common)

    def _report_errors(self, results: Mapping[str, NetnsResult]) -> None:
        """Warn of the hosts whose namespaces are unknown.

        :raises AnsibleParserError: they are errors, by an option.
        """
        errors = [
            _describe(host, message)
            for host, message in results.items()
            if isinstance(message, str)
        ]
        if errors and (self.get_option("strict") or self.get_option("on_error") == "fail"):
            raise AnsibleParserError("; ".join(errors))
        for error in errors:
            self.display.warning(
                f"{error}. The inventory does not contain the network namespaces of this host."
            )

    def _make_warn(self, host: str) -> Callable[[str], None]:
        """A function that warns of a part of a host's answer that is left out."""

        def warn(message: str) -> None:
            self.display.warning(f"{_describe(host, message)}; it is left out of the inventory")

        return warn

    def _query_or_recall(
        self, path: str, hosts: Mapping[str, Variables], cache: bool
    ) -> dict[str, NetnsResult]:
        """The namespaces of each host from the cache, or else from the host."""
        key, caching = self.get_cache_key(path), self.get_option("cache")
        cached = self._cache.get(key) or {} if caching and cache else {}
        results: dict[str, NetnsResult] = {}
        for host in hosts:
            if host in cached:
                with suppress(Refused, TypeError):
                    results[host] = recall_namespaces(cached[host])
        unknown = {host: variables for host, variables in hosts.items() if host not in results}
        timeout, forks = self.get_option("timeout"), max(1, self.get_option("forks"))
        for host, answer in query_hosts(self.loader, unknown, timeout, forks).items():
            if isinstance(answer, str):
                results[host] = answer
            else:
                results[host] = try_list_namespaces(answer, self._make_warn(host))
        if caching:
            self._cache[key] = {
                host: [asdict(entry) for entry in namespaces]
                for host, namespaces in results.items()
                if not isinstance(namespaces, str)
            }
        return {host: results[host] for host in hosts}

    def _add_netns(self, entry: NetnsEntry, inherited: Variables, common: Variables) -> None:
        """Add a namespace as a host, with its variables and groups.

        :param inherited: the variables of the host that contains it.
        :param common: the variables of all namespaces of that host.
        """
        parent = common["netns_host"]
        observed = {
            "ansible_netns": entry.name,
            "netns_bridges": entry.bridges,
            "netns_addresses": entry.addresses,
            "netns_processes": entry.processes,
            "netns_services": entry.services,
        }
        own = {**mark_unsafe(observed), **common}
        host = self._compose(trust_as_template(self.get_option("name")), {**inherited, **own})
        if not isinstance(host, str) or not host or host in self.inventory.hosts:
            raise AnsibleParserError(
                f"name: {host!r}: is empty or already a host of the inventory; network namespace "
                f"{entry.name} of {parent} needs another name"
            )
        default = context.CLIARGS.get("connection") or constants.DEFAULT_TRANSPORT
        connection = connection_variables(inherited, parent, default, self.templar.is_template)
        self.inventory.add_host(host, group=self.inventory.add_group("netns"))
        for name, value in {**connection, **own}.items():
            self.inventory.set_variable(host, name, value)
        self._add_to_group(host, entry.name, f"the network namespaces named {entry.name}")
        self._add_to_group(host, f"on_{parent}", f"those on host {parent}")
        for bridge in entry.bridges:
            self._add_to_group(host, f"bridge_{bridge}", f"those at bridge {bridge}")
        self._add_constructed(host, inherited)

    def _add_to_group(self, host: str, name: str, subject: str) -> None:
        """Add a host to a group, and warn if its name is already that of another subject."""
        group = self.inventory.add_group(self._sanitize_group_name(f"netns_{name}"))
        self.inventory.add_child(group, host)
        first = self._group_subjects.setdefault(group, subject)
        if first != subject:
            self._group_subjects[group] = subject
            self.display.warning(
                f"group {group}: contains {first} and {subject}, because the characters in which "
                "their names differ are replaced in the names of groups"
            )

    def _add_constructed(self, host: str, inherited: Variables) -> None:
        """Add the variables and groups of the options compose, groups and keyed_groups."""
        strict, compose = self.get_option("strict"), self.get_option("compose") or {}
        for name in FIXED:
            if name in compose:
                raise AnsibleParserError(
                    f"compose: {name!r}: cannot be set, because it decides in which network "
                    "namespace a task runs"
                )
        own = self._variables_of(host)
        self._set_composite_vars(compose, {**inherited, **own}, host, strict=strict)
        connection = self._variables_of(host)["ansible_connection"]
        if connection != own["ansible_connection"]:
            checked = guard_connection(json.dumps(connection))
            self.inventory.set_variable(host, "ansible_connection", checked)
        variables = {**inherited, **self._variables_of(host)}
        self._add_host_to_composed_groups(
            self.get_option("groups"), variables, host, strict=strict, fetch_hostvars=False
        )
        self._add_host_to_keyed_groups(
            self.get_option("keyed_groups"), variables, host, strict=strict, fetch_hostvars=False
        )

    def _variables_of(self, host: str) -> Variables:
        variables: Variables = self.inventory.hosts[host].get_vars()
        return variables
