# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options about a run of topology as a whole: its undo, its consent, its source, and what lasts."""

from __future__ import annotations

OF_RUN = """\
rollback_on:
  description:
    - The failures after which the changes of this run are rolled back. V(error) is any error.
      V(probe) is a probe of O(probes) that is not as expected.
    - After a failure that is not listed, everything stays as it is at that moment, for inspection.
  type: list
  elements: str
  choices:
    - error
    - probe
  default:
    - error
    - probe
confirm_timeout:
  description:
    - The seconds in which a change has to be confirmed over a new connection to the host. Without a
      confirmation the host undoes it by itself. It does so too if the module, the controller or the
      connection is killed.
    - The action plugin of this module opens a new connection and confirms the change. If it cannot,
      the task fails. A task in the background (C(async)) is confirmed by
      M(redblue.netns.netns_confirm).
    - With it, a change may cut off the SSH connection of the task or the default route of the host.
      This is refused otherwise.
    - The process that waits keeps the host locked, so no other run changes the host until then. A
      run that waits longer than a minute for it fails.
    - A namespace that the run removed ends with the run. It is created anew, and what others had in
      it is lost.
    - From 1 to 86400. A run that changes nothing needs no confirmation.
  type: int
force:
  description:
    - Do what the option C(force) of each item permits, for all items and for all that is removed.
      In particular remove namespaces in which processes run, and replace routes, and files
      in C(/etc/netns), that this collection did not make.
    - No other topology is changed or removed, and the SSH connection of the task is never cut off
      (see O(confirm_timeout)).
  type: bool
  default: false
purge:
  description:
    - Remove objects that an earlier run with the same O(name) created and that are no longer
      listed. These are namespaces with everything in them, interfaces, routes and rules.
    - If an interface of the topology has another type than the interface that is wanted in its
      place, or is an end of another veth pair, it is removed before the new interface is created.
    - To find these objects, every namespace of the host is inspected, as with O(state=absent).
    - Without this option such objects stay, and are returned as RV(left_alone).
  type: bool
  default: false
src:
  description:
    - A JSON or YAML file with any of these options except O(src), O(remote_src) and O(persist).
      Thousands of items are transferred faster in a file than in the task.
    - The file is a path on the controller, found in the same way as by M(ansible.builtin.copy). It
      may be encrypted with Ansible Vault. Templates in it are not rendered.
    - An option that is given in the file and in the task must have the same value in both.
    - It must be a regular file of at most 64 MiB.
  type: path
remote_src:
  description:
    - Whether O(src) is a path on the managed host. Reading YAML there requires PyYAML.
    - The file must belong to root or to the user who runs the task, and not every user may be able
      to write it.
  type: bool
  default: false
persist:
  description:
    - Whether the topology is persistent, that is, whether the host applies it again by itself at
      boot, and when a packet filter or a network manager was started, restarted or reloaded.
    - The options of the topology are stored on the host in C(/etc/redblue-netns/NAME.json), which
      only root can read, with the time and the user and host name of the controller. The unit
      C(redblue-netns@NAME.service) applies them at boot, before C(network-online.target). The
      command C(redblue-netns) shows, compares, applies and removes such topologies on the host.
      It needs no Ansible.
    - Where systemd-networkd or NetworkManager is installed, a file tells it to leave alone the
      links that the topology creates on the host. It is written before these links are created.
    - "A dictionary is V(true) with the option C(watch). With V({watch: report}) a service reports
      in the journal of the host, within two seconds, what differs from the topology. With
      V({watch: restore}) it also restores that. It is the unit
      C(redblue-netns-watch@NAME.service). While nothing happens it costs nearly nothing. If
      something undoes again and again what it restores, it gives up with an error.
      V({watch: false}), or no C(watch), removes the service."
    - "With V({prometheus: FILE}) a timer writes metrics of the topology to this file each minute,
      as C(redblue-netns check --prometheus FILE) does. Each topology needs a file of its own. The
      file is removed with the option, because node_exporter would show its last values for ever."
    - V(false) removes these files, and so does O(state=absent). The command is removed with the
      last persistent topology.
    - If it is omitted, the files stay as they are. A warning tells if the file of the topology
      declares something else than the task.
    - A command that is newer than the collection on the controller stays.
    - This requires systemd and C(/usr/bin/python3) of version 3.9 or later. O(probes) are not
      repeated at boot. A secret must be in a file of the host, such as
      O(netns_link[].private_key_file), which is read at boot.
  type: raw
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
