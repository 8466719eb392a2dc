#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_cni
short_description: Attach namespaces to networks with CNI plugins
version_added: 1.0.0
description:
  - Attaches a network namespace to a network of the Container Network Interface (CNI), as Kubernetes
    attaches a pod, with the plugins that are installed on the host. Supports the versions 0.3.0 to
    1.1.0 of its specification, with chained plugins.
  - If the namespace is attached already, the plugins are asked with C(CHECK) whether that is as they
    left it. If it is not, or if the options differ from those with which it was attached, it is
    detached (C(DEL)) and attached anew (C(ADD)). Attached anew, it may get other addresses.
  - What a plugin answers to C(CHECK) right after it attached the namespace counts as sound. So the
    plugin portmap of version 1.1 can be used, which demands the rules of both address families wherever
    C(ip6tables) is installed. C(disableCheck) in the configuration is honoured. Whether the namespace
    is still the same, and has the interface, is seen without plugins.
  - Check mode runs C(CHECK) and C(VERSION), which change nothing, and neither C(ADD) nor C(DEL).
  - If a plugin fails, what the others did is undone. The message and the result have its error code,
    message and details.
  - Results are cached in C(/var/lib/cni/results) as libcni does it, so that C(cnitool) and other programs
    find them. The container ID is C(redblue-) and the name of the namespace. A key C(redblue.netns) in
    the file tells that this collection attached the namespace. What others attached is never
    detached.
  - If a task is killed, the next one detaches what it left and attaches the namespace anew. If a
    configuration of version 1.1.0 is given as data and does not have C(disableGC), the plugins are also
    asked to collect garbage (C(GC)).
  - A namespace is also detached when it does not exist any more. For plugins that remove their rules
    by the addresses of the interface, an interface with the same addresses stands in for the time of
    the call.
  - What plugins make for all attachments they leave on the host, as the bridge, empty chains of the
    packet filter and C(net.ipv4.ip_forward). A bridge that M(redblue.netns.linux_bridge) or
    M(redblue.netns.topology) manages is used as it is.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns_cni
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.all
seealso:
  - module: redblue.netns.netns
  - name: Specification of CNI
    description: The format of network configurations, and what plugins do.
    link: https://www.cni.dev/docs/spec/
  - name: Plugins of CNI
    description: The options of each plugin.
    link: https://www.cni.dev/plugins/current/
"""

EXAMPLES = r"""
- name: Create a namespace
  redblue.netns.netns:
    name: pod

- name: Attach it as a pod is attached, and map port 8080 of the host to its port 80
  redblue.netns.netns_cni:
    netns: pod
    network:
      cniVersion: 1.0.0
      name: pods
      plugins:
        - type: bridge
          bridge: cni0
          isGateway: true
          ipMasq: true
          ipam:
            type: host-local
            ranges:
              - - subnet: 10.22.0.0/24
              - - subnet: fd00:22::/64
            routes:
              - dst: 0.0.0.0/0
              - dst: ::/0
        - type: portmap
          capabilities:
            portMappings: true
        - type: firewall
    capabilities:
      portMappings:
        - hostPort: 8080
          containerPort: 80
          protocol: tcp

- name: Detach it, whatever the configuration was
  redblue.netns.netns_cni:
    netns: pod
    state: absent

- name: Create the directory for configurations
  ansible.builtin.file:
    path: /etc/cni/net.d
    state: directory
    mode: "0755"

- name: Write the configuration of another network
  ansible.builtin.copy:
    dest: /etc/cni/net.d/10-point.conflist
    content: |
      {"cniVersion": "1.0.0", "name": "point", "plugins": [
        {"type": "ptp", "ipam": {"type": "host-local", "subnet": "10.23.0.0/24"}}]}
    mode: "0644"

- name: Attach the namespace to it
  redblue.netns.netns_cni:
    netns: pod
    network: point

- name: Detach it
  redblue.netns.netns_cni:
    netns: pod
    state: absent

- name: Remove the namespace
  redblue.netns.netns:
    name: pod
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
    - attach namespace pod to network point as eth0 (ADD of ptp)
commands:
  description: >-
    The same changes as commands that can be pasted into a root shell (bash), in order. Secrets in the
    configuration are not shown, and have to be filled in.
  returned: success
  type: list
  elements: str
  sample:
    - >-
      result=$(CNI_COMMAND=ADD CNI_CONTAINERID=redblue-pod CNI_NETNS=/run/netns/pod CNI_IFNAME=eth0
      CNI_PATH=/opt/cni/bin:/usr/lib/cni:/usr/libexec/cni
      PATH=/opt/cni/bin:/usr/lib/cni:/usr/libexec/cni:$PATH ptp <<<
      '{"cniVersion":"1.0.0","ipam":{"subnet":"10.23.0.0/24","type":"host-local"},"name":"point","type":"ptp"}')
    - "printf '%s' '{\"config\":\"eyJjbmlWZXJzaW9uIjoiMS4wLjAiLCJuYW1lIjoicG9pbnQiLCJwbHVnaW5zIjpbe\
      yJpcGFtIjp7InN1Ym5ldCI6IjEwLjIzLjAuMC8yNCIsInR5cGUiOiJob3N0LWxvY2FsIn0sInR5cGUiOiJwdHAifV19\
      \",\"containerId\":\"redblue-pod\",\"ifName\":\"eth0\",\"kind\":\"cniCacheV1\",\"netns\":\"/\
      run/netns/pod\",\"networkName\":\"point\",\"redblue.netns\":{\"owner\":\"\",\"plugin_path\":\
      [\"/opt/cni/bin\",\"/usr/lib/cni\",\"/usr/libexec/cni\"]},\"result\":'\"$result\"} | instal\
      l -D -m 0600 /dev/stdin /var/lib/cni/results/point-redblue-pod-eth0"
diff:
  description: The objects that the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: ''
    after: |
      attachment eth0 in namespace pod to network point
        config: {"cniVersion":"1.0.0","name":"point","plugins":[{"ipam":{"subnet":"10.23.0.0/24","type":"host-local"},"type":"ptp"}]}
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
    apply: 0.4121
    verify: 0.0592
plugin_error:
  description: What a plugin answered, if the task fails with an error of a plugin.
  returned: failure of a plugin
  type: dict
  contains:
    plugin:
      description: The name of the plugin.
      type: str
      returned: always
    command:
      description: What it was to do, such as V(ADD).
      type: str
      returned: always
    code:
      description: Its error code (see the specification); null if it wrote none.
      type: int
      returned: always
    msg:
      description: Its message.
      type: str
      returned: always
    details:
      description: Its details, or what it wrote on standard error.
      type: str
      returned: always
  sample:
    plugin: bridge
    command: ADD
    code: 999
    msg: failed to allocate for range 0
    details: no IP addresses available in range set
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

from ansible_collections.redblue.netns.plugins.module_utils._desired.attachments import (
    parse_netns_cni,
)
from ansible_collections.redblue.netns.plugins.module_utils._kinds import attachments
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_cni import (
    NETNS_CNI_SPEC,
)


def main() -> None:
    run_module(NETNS_CNI_SPEC, parse_netns_cni, (attachments,))


if __name__ == "__main__":
    main()
