# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the record of owners in step with the changes of a run.

It is written before the first change, with all that is expected, and at the end of the run. Each
time a process that is killed leaves a record by which the next run knows what is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.owner_file import write_records
from .._host.state_directory import STATE_DIRECTORY
from .._model.errors import Failed, describe_error
from .._model.expected_owners import Expectation, forget_released
from .._model.links import Link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._model.changes import Change
    from .._model.owner_records import OwnerRecords
    from .._observe.owners import Owners


def expect_changes(
    owners: Owners, changes: Sequence[Change], lab: str, contents: Mapping[str, str]
) -> None:
    """Record what changes are going to make, and what undoing them would make again.

    :param lab: the topology that makes them; "" for a single module.
    :param contents: those of links that they take from the host, or give back, by name there.
    :raises Failed: that cannot be recorded. Nothing has been changed then.
    """
    taken = [
        change.before
        for change in changes
        if isinstance(change.before, Link)
        and isinstance(change.after, Link)
        and (change.before.saved or change.after.saved) is not None
    ]
    expectation = Expectation(
        owners.records, lab, owners.origins_of(taken), owners.list_evidence(), contents
    )
    for change in changes:
        expectation.add(change)
    expected = expectation.records
    if expected != owners.recorded and not _write(owners, expected) and taken:
        raise Failed(
            f"the settings of {taken[0].name} on the host cannot be recorded: only root of the "
            f"host can write to {STATE_DIRECTORY}"
        )
    owners.records = expected


def note_changes(owners: Owners, changes: Sequence[Change]) -> None:
    """Take links from the record that these changes have given back to the host."""
    owners.records = forget_released(owners.records, changes)


def settle(owners: Owners) -> None:
    """Record what was observed last."""
    owners.settle()
    if owners.records != owners.recorded:
        _write(owners, owners.records)


def _write(owners: Owners, records: OwnerRecords) -> bool:
    """Write the record; False if this process has no place for it."""
    try:
        is_written = write_records(owners.host, records, owners.machine)
    except OSError as error:
        raise Failed(
            f"the owners of what this task creates cannot be recorded in {STATE_DIRECTORY}: "
            f"{describe_error(error)}"
        ) from error
    if is_written:
        owners.recorded = records
    return is_written
