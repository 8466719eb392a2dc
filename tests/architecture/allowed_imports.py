# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A contract of import-linter: a table says which packages each package may import.

The table is in ``pyproject.toml``. Its lines go from the ground up, and each may name only lines
above it, so that there is no circle.
"""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowedImportsContract(Contract):
    """``table``: lines ``PACKAGE: PACKAGE ...``, relative to ``container``."""

    type_name = "allowed_imports"

    container = fields.StringField()
    table = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare every import between two packages of the container with the table."""
        allowed, faults = self._read_table()
        container: Any = self.container
        packages = {child.rpartition(".")[2] for child in graph.find_children(container)}
        faults += [f"{name} is not in the table" for name in sorted(packages - allowed.keys())]
        faults += [f"{name} does not exist" for name in sorted(allowed.keys() - packages)]
        for importer in sorted(graph.find_descendants(container)):
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                source, target = self._package_of(importer), self._package_of(imported)
                if source and target and source != target and target not in allowed.get(source, ()):
                    faults.append(f"{importer} imports {imported}")
        return ContractCheck(kept=not faults, metadata={"faults": faults})

    def _read_table(self) -> tuple[dict[str, list[str]], list[str]]:
        allowed: dict[str, list[str]] = {}
        faults: list[str] = []
        table: Any = self.table
        for line in table:
            name, _colon, imported = line.partition(":")
            targets = imported.split()
            faults += [
                f"{name}: {target} is not in a line above"
                for target in targets
                if target not in allowed
            ]
            allowed[name] = targets
        return allowed, faults

    def _package_of(self, module: str) -> str | None:
        """The package of the container in which a module is, or None."""
        prefix = f"{self.container}."
        return module[len(prefix) :].partition(".")[0] if module.startswith(prefix) else None

    def render_broken_contract(self, check: ContractCheck) -> None:
        for fault in check.metadata["faults"]:
            output.print_error(fault)
