# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cached results of CNI, in the form and place of libcni, so that its tools read them.

Ours have a key of their own beside those of libcni, which it does not mind. Only root of the host
can write there, so that key proves who attached a namespace, also after a boot.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import stat
from typing import TYPE_CHECKING, Any

from .._model.cni import (
    ATTACHED,
    CACHE,
    CONTAINER_PREFIX,
    INCOMPLETE,
    PLUGIN_PATH,
    RESULTS,
    CniAttachment,
)
from .._model.cni_entries import KIND, MARK, compose_entry, path_of_result
from .._model.cni_networks import compose_json, parse_network
from .._model.cni_results import parse_result
from .._model.errors import Failed, Refused
from .._model.fast_typing import NamedTuple
from .files import make_directory
from .machine import read_boot_id
from .netns import path_of
from .state_directory import DAMAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._model.owner_records import NetnsEvidence

_MAX_BYTES = 1 << 22


class CachedAttachment(NamedTuple):
    """A file of the cache."""

    attachment: CniAttachment
    """Its owner is None if another program attached it."""
    container_id: str
    netns_path: str
    host: Any = None
    """What identifies the host's network namespace; None if the mark does not say."""
    place: Any = None
    """What identifies the namespace that was attached; None if the mark does not say."""


def read_cache(wanted: str = "") -> list[CachedAttachment]:
    """The attachments in the cache. Files that are none, or damaged, are left out.

    :param wanted: a part of the names of files to read.
    """
    try:
        names = sorted(os.listdir(RESULTS))
    except FileNotFoundError:
        return []
    found = (_read(os.path.join(RESULTS, name)) for name in names if wanted in name)
    return [each for each in found if each is not None]


def is_of_host(cached: CachedAttachment, host: Sequence[object]) -> bool:
    """Whether an attachment is one of this collection on this host.

    A task in another network namespace may see the same files. After a boot all are of this host.

    :param host: what identifies it.
    """
    if cached.attachment.owner is None:
        return False
    return cached.host in (None, list(host)) or cached.host[0] != host[0]


def write_cache(
    attachment: CniAttachment,
    host: Sequence[object],
    place: NetnsEvidence | None,
    is_complete: bool,
) -> None:
    """Write the file of an attachment in one step.

    :raises OSError: it cannot be written.
    """
    make_directory(CACHE, 0o755)
    make_directory(RESULTS, 0o700)
    mark = {
        "owner": attachment.owner or "",
        "plugin_path": attachment.plugin_path,
        "complete": is_complete,
        "known_faults": attachment.known_faults,
        "named": attachment.is_named,
        "host": list(host),
        "netns": None if place is None else [read_boot_id(), *place],
    }
    content = {**compose_entry(attachment, path_of(attachment.netns)), MARK: mark}
    if attachment.result is not None:
        content["result"] = json.loads(attachment.result)
    new = f"{CACHE}/.{MARK}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)  # A run was killed while it wrote the file.
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, separators=(",", ":"))
    os.rename(new, path_of_result(attachment))


def remove_cache(attachment: CniAttachment) -> None:
    """Remove the file of an attachment, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path_of_result(attachment))


def _read(path: str) -> CachedAttachment | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            return None
        is_trusted = status.st_uid == os.geteuid() and not status.st_mode & 0o022
        content = file.read()
    with contextlib.suppress(*DAMAGE, Refused, Failed):
        return _decode(json.loads(content), is_trusted)
    return None


def _decode(entry: dict[str, Any], is_trusted: bool) -> CachedAttachment | None:
    if entry["kind"] != KIND:
        return None
    container_id, path = str(entry["containerId"]), str(entry.get("netns", ""))
    network, config = parse_network("config", json.loads(base64.b64decode(entry["config"])))
    mark = entry.get(MARK) if is_trusted and container_id.startswith(CONTAINER_PREFIX) else None
    result = entry.get("result")
    if result is not None:
        result = compose_json(parse_result(json.dumps(result).encode(), ""))
    netns = path.rpartition("/")[2] if mark is None else container_id[len(CONTAINER_PREFIX) :]
    is_complete = mark is None or mark.get("complete") is not False
    attachment = CniAttachment(
        netns,
        str(entry["ifName"]),
        network,
        config,
        tuple((str(name), str(value)) for name, value in entry.get("cniArgs") or ()),
        compose_json(entry.get("capabilityArgs") or {}),
        owner=None if mark is None else str(mark["owner"]),
        state=ATTACHED if is_complete else INCOMPLETE,
        result=result,
        **_decode_mark(mark or {}),
    )
    if mark is None:
        return CachedAttachment(attachment, container_id, path)
    return CachedAttachment(attachment, container_id, path, mark.get("host"), mark.get("netns"))


def _decode_mark(mark: dict[str, Any]) -> dict[str, Any]:
    return {
        "plugin_path": tuple(str(path) for path in mark.get("plugin_path") or PLUGIN_PATH),
        "known_faults": None
        if mark.get("known_faults") is None
        else tuple((int(index), str(text)) for index, text in mark["known_faults"]),
        "is_named": mark.get("named") is True,
    }


def list_own(
    host: Sequence[object], wanted: str = f"-{CONTAINER_PREFIX}"
) -> Iterator[CachedAttachment]:
    """The attachments of this collection on this host.

    :param host: what identifies it.
    :param wanted: a part of the names of files to read.
    """
    return (each for each in read_cache(wanted) if is_of_host(each, host))
