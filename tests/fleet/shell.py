# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A shell on the controller of a fleet: shell.py ROOT COUNT."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from booted.controller import names
from booted.fleet import boot_machines, inventory_of
from support.playbooks import write_inventory

_HOME = Path("/run/home")
TEXT = """
You are on the controller of {count} machines that their own systemd has booted.
exit ends all of them.

cat $ANSIBLE_INVENTORY                              the inventory: {names}
ansible all -m ping
ansible-playbook redblue.netns.lab                  build the lab on each machine
ansible-playbook redblue.netns.verify               test it with packets
ansible-playbook redblue.netns.lab --check --diff   nothing would change
ansible node1 -m reboot
ssh node2 systemctl is-system-running
ansible-playbook redblue.netns.teardown

"""
_SSH = """
Host *
User root
IdentityFile {root}/key
UserKnownHostsFile {root}/known_hosts
"""
_BASH = f"""
PS1='fleet:\\W# '
shopt -s expand_aliases
alias ssh='ssh -F {_HOME}/ssh_config'
"""


def main(root: Path, count: int) -> None:
    with boot_machines([root], names(count)) as machines:
        inventory = write_inventory(_HOME, inventory_of(machines))[1]
        hosts = "".join(f"Host {m.name}\nHostName {m.address}\n" for m in machines)
        (_HOME / "ssh_config").write_text(hosts + _SSH.format(root=root))
        (_HOME / ".bashrc").write_text(_BASH)
        print(TEXT.format(count=count, names=", ".join(m.name for m in machines)), flush=True)
        environment = {**os.environ, "ANSIBLE_INVENTORY": inventory, "BASH_ENV": f"{_HOME}/.bashrc"}
        subprocess.run(["bash"], env=environment, check=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
