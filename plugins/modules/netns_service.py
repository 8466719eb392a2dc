#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_service
short_description: Run systemd units in namespaces
version_added: 1.0.0
description:
  - Puts a service or a socket of systemd into a network namespace, by a drop-in file of its own
    beside the files of the unit. C(systemctl cat) shows it.
  - A service sees the C(resolv.conf), C(hosts) and C(nsswitch.conf) of C(/etc/netns/NAME), as far as
    these exist, in the place of those of C(/etc). The sockets of the host's nscd, systemd-resolved
    and Avahi are hidden from it, since these would resolve its names outside of the namespace. Only
    what a program asks systemd-resolved over D-Bus still reaches the host.
  - The unit never runs on the host because the namespace is missing. It then fails to start.
  - If a persistent topology made the namespace, the unit is started after the unit
    C(redblue-netns@TOPOLOGY.service) and stopped with it. If the unit is enabled, it is also started
    with it, after a boot and after the topology was removed and created again.
  - Files are written, and systemd reads its units again. A unit that runs goes on running where it
    is until it is restarted, unless O(restart=true); a warning says so.
  - The task fails if other files of the unit would keep it out of the namespace, or would show it the
    names of the host. C(JoinsNamespaceOf=) is refused, unless the other unit is in the namespace,
    too. Some versions of systemd start the unit where the other one is, which may be the host.
  - Needs systemd 242 or later. On hosts that systemd has not booted the module fails.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.all
options:
  name:
    description:
      - The name of the unit, with its suffix, C(.service) or C(.socket). To put the service of a timer
        into a namespace, name the service. Of a template name an instance, such as V(app@1.service).
      - For a service that a socket starts, consider which of both has to be in the namespace. A
        socket there receives what is sent there. Its service has the namespace of its own task.
    type: str
    required: true
  netns:
    description: The namespace, which must exist. Required with O(state=present).
    type: str
  publish:
    description:
      - TCP ports of the namespace that are reached from the host's own loopback addresses, by a
        socket and a systemd-socket-proxyd of this collection. The list is complete. A port that is not
        listed any more is closed.
      - To reach a service from other hosts use M(redblue.netns.dnat).
    type: list
    elements: dict
    suboptions:
      port:
        description: The port in the namespace.
        type: int
        required: true
      host_port:
        description: The port on the host. By default it is O(publish[].port).
        type: int
      address:
        description: The loopback address of the host, such as V(127.0.0.1) or V(::1).
        type: str
        default: 127.0.0.1
      to:
        description: The address in the namespace at which the service listens.
        type: str
        default: 127.0.0.1
  restart:
    description:
      - Restart the unit if it runs and its drop-in has changed, if it runs somewhere else than it
        should, if files of C(/etc/netns/NAME) were replaced after it had been started, or if it
        could not be started because its namespace was missing. That includes a namespace that was
        removed and created again while the unit went on running in the former one.
      - If it does not start, the task fails, and all is as before, the unit restarted once more.
      - A unit that does not run is never started for another reason.
    type: bool
    default: false
seealso:
  - module: redblue.netns.netns
  - name: systemd.exec(5)
    description: NetworkNamespacePath and the other settings of the drop-in.
    link: https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html
  - name: systemd-socket-proxyd(8)
    description: The program that publishes ports.
    link: https://www.freedesktop.org/software/systemd/man/latest/systemd-socket-proxyd.html
"""

EXAMPLES = r"""
- name: Create a namespace with its own DNS servers
  redblue.netns.netns:
    name: blue
    nameservers:
      - 192.0.2.53
      - 2001:db8::53

- name: Write a service
  ansible.builtin.copy:
    dest: /etc/systemd/system/web.service
    content: |
      [Service]
      ExecStart=/usr/bin/python3 -m http.server --directory /var/empty 80
    mode: "0644"

- name: Run it in the namespace, and restart it if it runs elsewhere
  redblue.netns.netns_service:
    name: web.service
    netns: blue
    restart: true

- name: Reach it from the host as 127.0.0.1 port 8080, and as ::1 port 8080
  redblue.netns.netns_service:
    name: web.service
    netns: blue
    publish:
      - port: 80
        host_port: 8080
      - port: 80
        host_port: 8080
        address: ::1
    restart: true

- name: Return it to the host
  redblue.netns.netns_service:
    name: web.service
    restart: true
    state: absent

- name: Remove the service
  ansible.builtin.file:
    path: /etc/systemd/system/web.service
    state: absent

- name: Remove the namespace
  redblue.netns.netns:
    name: blue
    state: absent
"""

RETURN = r"""
actions:
  description: >-
    The changes, in order, each as a sentence. In check mode, the changes that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - write /etc/systemd/system/web.service.d/redblue-netns.conf
commands:
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
  returned: success
  type: list
  elements: str
  sample:
    - >-
      printf '%s\n' '# Written by the Ansible collection redblue.netns. Its next run overwrites
      changes.' '# Declared: {"name": "web.service", "netns": "blue"}' '[Service]'
      NetworkNamespacePath=/run/netns/blue
      BindReadOnlyPaths=-/etc/netns/blue/resolv.conf:/etc/resolv.conf
      BindReadOnlyPaths=-/etc/netns/blue/hosts:/etc/hosts
      BindReadOnlyPaths=-/etc/netns/blue/nsswitch.conf:/etc/nsswitch.conf
      'TemporaryFileSystem=/run/nscd:ro /run/systemd/resolve:ro /run/avahi-daemon:ro' | install -D
      -m 0644 /dev/stdin /etc/systemd/system/web.service.d/redblue-netns.conf
    - systemctl daemon-reload
diff:
  description: The objects that the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: ''
    after: |
      file /etc/systemd/system/web.service.d/redblue-netns.conf
        mode: 0644
        # Written by the Ansible collection redblue.netns. Its next run overwrites changes.
        # Declared: {"name": "web.service", "netns": "blue"}
        [Service]
        NetworkNamespacePath=/run/netns/blue
        BindReadOnlyPaths=-/etc/netns/blue/resolv.conf:/etc/resolv.conf
        BindReadOnlyPaths=-/etc/netns/blue/hosts:/etc/hosts
        BindReadOnlyPaths=-/etc/netns/blue/nsswitch.conf:/etc/nsswitch.conf
        TemporaryFileSystem=/run/nscd:ro /run/systemd/resolve:ro /run/avahi-daemon:ro
timings:
  description: >-
    The duration of each step in seconds. C(apply) and C(verify) are present if something was
    changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0183
    plan: 0.0003
    apply: 0.6121
    verify: 0.0192
errors:
  description: >-
    All messages in full length, if the task fails with several errors or with a message of more
    than 600 characters.
  returned: failure
  type: list
  elements: str
  sample:
    - "mtu: 'big': is a string, not an integer"
    - "unsupported option 'address'; did you mean 'addresses'?"
"""

from ansible_collections.redblue.netns.plugins.module_utils import _ansiballz

_ansiballz.prepare()

from ansible_collections.redblue.netns.plugins.module_utils._kinds import services
from ansible_collections.redblue.netns.plugins.module_utils._module.services import parse_task
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_service import (
    NETNS_SERVICE_SPEC,
)


def main() -> None:
    run_module(NETNS_SERVICE_SPEC, parse_task, (services,))


if __name__ == "__main__":
    main()
