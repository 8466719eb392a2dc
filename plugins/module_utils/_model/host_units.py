# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The units of systemd that bring topologies back: after a boot, and after what others do."""

from __future__ import annotations

from .network_managers import DIRECTORIES, path_of
from .persistence import COMMAND, MARK, PYTHON, RUNNER, HostFile, path_of_lab

UNIT_DIRECTORY = "/etc/systemd/system"
WANTS_DIRECTORY = f"{UNIT_DIRECTORY}/multi-user.target.wants"
REAPPLY_AFTER = (
    "nftables",
    "firewalld",
    "ufw",
    "netfilter-persistent",
    "docker",
    "podman-restart",
    "systemd-networkd",
    "NetworkManager",
    "systemd-sysctl",
)
"""Services that may remove rules, routes or kernel parameters when they are started or reloaded, or
start containers that are members."""
_FIREWALLS = "nftables.service firewalld.service ufw.service netfilter-persistent.service"
_SWITCHES = "openvswitch-switch.service openvswitch.service ovs-vswitchd.service"
_NETWORK = "systemd-networkd.service NetworkManager.service networking.service"
RUN = f"{PYTHON} -I {RUNNER}"
_WAIT = 60
"""Seconds to wait for an interface that is late."""

# All that limits the files which a service sees gives it mounts of its own, and namespaces that it
# mounts in /run/netns would be there for itself only.
LIMITS = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6 AF_PACKET
"""
# docker.service starts after network-online.target, so it cannot be among those before.
_LAB_UNIT = f"""\
{MARK}
[Unit]
Description=Network topology %i
After=network-pre.target systemd-sysctl.service {_FIREWALLS}
After={_NETWORK} {_SWITCHES}
Before=network-online.target
Before={{reapply}}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={RUN} apply --wait {_WAIT} %i
ExecReload={RUN} apply %i
TimeoutStartSec=5min
{LIMITS}
[Install]
WantedBy=multi-user.target
"""

_REAPPLY_UNIT = f"""\
{MARK}
[Unit]
Description=Apply network topologies again after %i
After=%i.service
PartOf=%i.service
ReloadPropagatedFrom=%i.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={RUN} apply --all
ExecReload={RUN} apply --all
TimeoutStartSec=5min
{LIMITS}
[Install]
WantedBy=%i.service
"""

# It is started with the unit of the topology, also if that one fails: then what is late is awaited.
# Status 1 says that something else undoes each time what is restored.
_WATCH_UNIT = f"""\
{MARK}
[Unit]
Description=Watch network topology %i
After=redblue-netns@%i.service
PartOf=redblue-netns@%i.service
ConditionPathExists={path_of_lab("%i")}
StartLimitIntervalSec=10min
StartLimitBurst=10

[Service]
ExecStart={RUN} watch %i
Restart=always
RestartSec=2
RestartPreventExitStatus=1
{LIMITS}
[Install]
WantedBy=redblue-netns@%i.service
"""

_LAB_TEMPLATE = f"{UNIT_DIRECTORY}/redblue-netns@.service"
_REAPPLY_TEMPLATE = f"{UNIT_DIRECTORY}/redblue-netns-reapply@.service"
_WATCH_TEMPLATE = f"{UNIT_DIRECTORY}/redblue-netns-watch@.service"


def name_lab_unit(lab: str) -> str:
    """The unit that brings a persistent topology back. No letter of its name needs escaping."""
    return f"redblue-netns@{lab}.service"


def is_lab_unit(unit: str) -> bool:
    """Whether a unit brings a persistent topology back."""
    return unit.startswith("redblue-netns@") and unit.endswith(".service")


def _name_reapply_unit(service: str) -> str:
    return f"redblue-netns-reapply@{service}.service"


def compose_shared_files() -> list[HostFile]:
    """The files beside the runner that are there as long as any topology has a file."""
    reapply = " ".join(map(_name_reapply_unit, REAPPLY_AFTER))
    wants = [
        HostFile(
            f"{UNIT_DIRECTORY}/{service}.service.wants/{_name_reapply_unit(service)}",
            target=_REAPPLY_TEMPLATE,
        )
        for service in REAPPLY_AFTER
    ]
    return [
        HostFile(COMMAND, target=RUNNER),
        HostFile(_LAB_TEMPLATE, _LAB_UNIT.format(reapply=reapply).encode()),
        HostFile(_REAPPLY_TEMPLATE, _REAPPLY_UNIT.encode()),
        HostFile(_WATCH_TEMPLATE, _WATCH_UNIT.encode()),
        *wants,
    ]


def compose_start_link(name: str) -> HostFile:
    """What starts the unit of a topology at boot."""
    return HostFile(f"{WANTS_DIRECTORY}/{name_lab_unit(name)}", target=_LAB_TEMPLATE)


def compose_watch_link(name: str) -> HostFile:
    """What starts, with the unit of a topology, the service that watches it."""
    wants = f"{UNIT_DIRECTORY}/{name_lab_unit(name)}.wants"
    return HostFile(f"{wants}/redblue-netns-watch@{name}.service", target=_WATCH_TEMPLATE)


def list_own_paths(name: str) -> list[str]:
    """The files of one persistent topology: what starts it comes first."""
    return [compose_watch_link(name).path, compose_start_link(name).path, path_of_lab(name)]


def list_paths(name: str) -> list[str]:
    """All files of a persistent topology, those that topologies share among them."""
    shared = [file.path for file in compose_shared_files()]
    for_managers = [path_of(manager, name) for manager in DIRECTORIES]
    return [*list_own_paths(name), RUNNER, *shared, *for_managers]
