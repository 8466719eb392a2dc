# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files by which systemd runs a unit in a namespace, and publishes its ports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .host_units import (
    UNIT_DIRECTORY,
    WANTS_DIRECTORY,
    is_lab_unit,
    name_lab_unit,
)
from .lazy_pattern import compile_lazily
from .netns_files import ETC_NETNS
from .persistence import MARK, HostFile
from .services import path_of_unit_netns

if TYPE_CHECKING:
    from .services import Publication, Service

DROP_IN = "redblue-netns.conf"
"""After override.conf, which ``systemctl edit`` writes: the last file of a setting counts."""
PUBLISH_PREFIX = "redblue-netns-publish-"
_LATE = ("DefaultDependencies=no", "Conflicts=shutdown.target", "Before=shutdown.target")
"""Has a socket started after the unit of a topology, which is started after sockets.target. By
default sockets are started before that."""
_DECLARED = "# Declared: "
_PUBLISHED_FOR = "# Publishes a port of "
BOUND_FILES = ("resolv.conf", "hosts", "nsswitch.conf")
"""The files of a namespace that its units see in place of those in /etc."""
RESOLVER_DIRECTORIES = ("/run/nscd", "/run/systemd/resolve", "/run/avahi-daemon")
"""The directories with the sockets by which programs ask the resolvers of the host for names
(systemd#28694). An empty directory is put over each: also what is started later is hidden, and
/etc/resolv.conf may lead into one of them."""


def path_of_drop_in(unit: str) -> str:
    """The file of this collection that is added to those of a unit."""
    return f"{UNIT_DIRECTORY}/{unit}.d/{DROP_IN}"


def path_of_lab_drop_in(unit: str, lab: str) -> str:
    """The file by which the unit of a topology starts a unit that is in one of its namespaces."""
    return f"{UNIT_DIRECTORY}/{name_lab_unit(lab)}.d/{unit}.conf"


def escape_value(text: str) -> str:
    """A text as a value in a unit's file: a percent sign begins a specifier.

    :raises ValueError: it has a line break, after which another setting would begin.
    """
    if "\n" in text or "\r" in text:
        raise ValueError(f"{text!r} has a line break")
    return text.replace("%", "%%")


def compose_drop_in(service: Service, lab: str | None) -> HostFile:
    """The file that puts a unit into its namespace.

    :param lab: the persistent topology that the namespace belongs to.
    """
    netns = escape_value(service.netns or "")
    is_socket = service.unit.endswith(".socket")
    lines = [
        MARK,
        _DECLARED + json.dumps(list_options(service)),
        *_compose_dependencies(lab, *(_LATE if is_socket and lab is not None else ())),
        "[Socket]" if is_socket else "[Service]",
        f"NetworkNamespacePath={path_of_unit_netns(netns)}",
    ]
    if not is_socket:
        lines += [
            f"BindReadOnlyPaths=-{ETC_NETNS}/{netns}/{name}:/etc/{name}" for name in BOUND_FILES
        ]
        lines.append(
            f"TemporaryFileSystem={' '.join(f'{path}:ro' for path in RESOLVER_DIRECTORIES)}"
        )
    return _compose_file(path_of_drop_in(service.unit), lines)


def _compose_file(path: str, lines: list[str]) -> HostFile:
    return HostFile(path, "".join(f"{line}\n" for line in lines).encode())


def _compose_dependencies(lab: str | None, *more: str) -> list[str]:
    """The section Unit of what is in a namespace of a topology."""
    lines = list(more)
    if lab is not None:
        unit = escape_value(name_lab_unit(lab))
        lines += [f"BindsTo={unit}", f"After={unit}"]
    return ["[Unit]", *lines, ""] if lines else []


def compose_lab_drop_in(unit: str, lab: str, wanted: list[str]) -> HostFile:
    """The file by which the unit of a topology starts others when it is started.

    :param unit: the unit that is in a namespace of the topology.
    :param wanted: those to start, this unit among them if it is enabled.
    """
    lines = [MARK, "[Unit]", *(f"Wants={escape_value(name)}" for name in wanted)]
    return _compose_file(path_of_lab_drop_in(unit, lab), lines)


def list_options(service: Service) -> dict[str, Any]:
    """The options of module netns_service that declare it."""
    options: dict[str, Any] = {"name": service.unit, "netns": service.netns}
    if service.publish:
        options["publish"] = [dict(published._asdict()) for published in service.publish]
    return options


def read_declared_options(file: HostFile) -> dict[str, Any] | None:
    """The options that a drop-in was made of; None if it is none of this collection."""
    lines = file.content.decode("utf-8", "replace").splitlines()
    if not file.is_ours or len(lines) < 2 or not lines[1].startswith(_DECLARED):
        return None
    try:
        options = json.loads(lines[1][len(_DECLARED) :])
    except ValueError:
        return None
    return options if isinstance(options, dict) else None


def would_compose(file: HostFile, service: Service, lab: str | None) -> bool:
    """Whether a drop-in is the one that puts a unit into its namespace, whatever it publishes.

    :param lab: the persistent topology that the namespace belongs to.
    """
    try:
        wanted = compose_drop_in(service, lab)
    except ValueError:
        return False
    return _drop_declared(file) == _drop_declared(wanted)


def _drop_declared(file: HostFile) -> list[str]:
    lines = file.content.decode("utf-8", "replace").splitlines()
    return [line for line in lines if not line.startswith(_DECLARED)]


def is_of_lab(name: str) -> bool:
    """Whether a directory has the drop-ins of the unit of a topology."""
    return name.endswith(".d") and is_lab_unit(name[: -len(".d")])


def find_started_unit(file: HostFile) -> str | None:
    """The unit that the unit of a topology starts by a drop-in; None if it is not such a file."""
    unit = file.path.rpartition("/")[2][: -len(".conf")]
    is_named = unit.endswith((".service", ".socket")) and file.path.endswith(f"/{unit}.conf")
    return unit if file.is_ours and is_named else None


def name_publication(published: Publication) -> str:
    """The name of the socket and of the service of a published port, without a suffix."""
    return f"{PUBLISH_PREFIX}{published.address}-{published.host_port}"


def compose_publication(
    service: Service, published: Publication, lab: str | None, proxy: str
) -> list[HostFile]:
    """The files of a published port: the service, its socket, and what starts that at boot.

    :param proxy: the path of systemd-socket-proxyd.
    """
    name = name_publication(published)
    origin = f"{_PUBLISHED_FOR}{service.unit}"
    netns = escape_value(service.netns or "")
    description = f"Description=Port {published.port} of namespace {netns} on the host"
    socket = [
        MARK,
        origin,
        *_compose_dependencies(lab, description, *_LATE),
        "[Socket]",
        f"ListenStream={_bracket(published.address)}:{published.host_port}",
    ]
    program = [
        MARK,
        origin,
        *_compose_dependencies(lab, description),
        "[Service]",
        f"ExecStart={proxy} {_bracket(published.to)}:{published.port}",
        f"NetworkNamespacePath={path_of_unit_netns(netns)}",
        "DynamicUser=yes",
        "PrivateDevices=yes",
        "ProtectHome=yes",
        "NoNewPrivileges=yes",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    ]
    path = f"{UNIT_DIRECTORY}/{name}"
    return [
        _compose_file(f"{path}.service", program),
        _compose_file(f"{path}.socket", socket),
        HostFile(f"{WANTS_DIRECTORY}/{name}.socket", target=f"{path}.socket"),
    ]


def _bracket(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def read_published_unit(file: HostFile) -> str | None:
    """The unit whose port a file publishes; None if it publishes none."""
    lines = file.content.decode("utf-8", "replace").splitlines()
    if not file.is_ours or len(lines) < 2 or not lines[1].startswith(_PUBLISHED_FOR):
        return None
    return lines[1][len(_PUBLISHED_FOR) :]


_OF_PUBLICATION = compile_lazily(rf"{UNIT_DIRECTORY}/(?:[^/]+/)?({PUBLISH_PREFIX}[^/]+)\.(\w+)")


def find_publication(path: str) -> tuple[str, str] | None:
    """The name of a published port and the suffix of a file of it; None for other files."""
    match = _OF_PUBLICATION.fullmatch(path)
    return (match[1], match[2]) if match else None


def is_publication(path: str) -> bool:
    """Whether a file is a unit that publishes a port: the socket, or the service behind it."""
    return find_publication(path) is not None and not path.startswith(f"{WANTS_DIRECTORY}/")


def is_proxy(path: str) -> bool:
    """Whether a file is the service that publishes a port, which its socket starts."""
    publication = find_publication(path)
    return publication is not None and publication[1] == "service"


def is_service_file(path: str) -> bool:
    """Whether module netns_service writes a file of that name."""
    return find_publication(path) is not None or (
        path.startswith(f"{UNIT_DIRECTORY}/") and path.endswith(".conf")
    )
