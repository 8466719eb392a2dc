# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plugin for pytest: the fixture ``lab`` builds networks of namespaces for a test.

With this directory on the path, ``pytest -p redblue_netns_pytest`` loads it. The tests run as root,
best in a private host, which keeps them away from the machine::

    def test_a_server_answers(lab):
        lab.up("topology.yml")
        lab.check({"netns": "client", "to": "server", "port": 80})
        assert lab.run("client", "curl", "-sf", "http://10.0.0.2/").returncode == 0
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import pytest

_COLLECTIONS = str(Path(__file__).resolve().parents[5])
"""The directory with ansible_collections, in which this collection is installed."""
if _COLLECTIONS not in sys.path:
    sys.path.append(_COLLECTIONS)

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (  # noqa: E402
    NetnsError,
)
from ansible_collections.redblue.netns.plugins.module_utils._runner import session  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Topology = Union[Mapping[str, Any], str, os.PathLike[str]]

_DEFAULT_NAME = "pytest"


class Lab:
    """Networks of namespaces on this host, which end with the test."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._session = session.Session(_DEFAULT_NAME)

    def up(self, topology: Topology, **options: Any) -> dict[str, Any]:
        """Build a topology, or change the one of the same name. All of it is built, or nothing.

        :param topology: the options of the module redblue.netns.topology, or a file with them in
            JSON or YAML. A relative path begins at the directory of the test.
        :param options: more of these options, such as ``name`` (by default ``pytest``).
        :returns: ``actions``, ``commands`` and more of what that module returns.
        """
        if isinstance(topology, (str, os.PathLike)):
            path = str(self._directory / topology)
            given: dict[str, Any] = {"src": path, **options}
        else:
            given = {**topology, **options}
        with _short_errors():
            return self._session.bring_up(given)

    def probe(self, *probes: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Send packets, all at the same time, and return the result of each.

        :param probes: the options of the module redblue.netns.netns_probe_info.
        """
        with _short_errors():
            results: list[dict[str, Any]] = session.probe(probes, check=False)["results"]
        return results

    def check(self, *probes: Mapping[str, Any]) -> None:
        """Send packets. The test fails if a result is not as expected."""
        with _short_errors():
            session.probe(probes, check=True)

    def run(
        self, netns: str, *command: str, check: bool = False, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a namespace, and return its exit status and its output as text.

        :param check: whether to raise CalledProcessError if the command fails.
        :param options: of subprocess.run.
        """
        given: dict[str, Any] = {"capture_output": True, "text": True, **options}
        done: subprocess.CompletedProcess[str] = subprocess.run(
            ["ip", "netns", "exec", netns, *command], check=check, **given
        )
        return done

    def inside(self, netns: str) -> contextlib.AbstractContextManager[None]:
        """Run the body of a ``with`` in a namespace: a socket made there belongs to it."""
        return session.inside(netns)

    def down(self) -> None:
        """Remove all that this test built. It is done at the end of the test in any case."""
        with _short_errors():
            self._session.take_down()


@contextlib.contextmanager
def _short_errors() -> Iterator[None]:
    """Fail the test with the message alone: where in the collection it was raised helps nobody."""
    try:
        yield
    except NetnsError as error:
        message = "\n".join(error.details.get("errors", [str(error)]))
        raise pytest.fail.Exception(message, pytrace=False) from None


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Builds networks of namespaces, which are removed at the end of the test."""
    built = Lab(request.path.parent)
    yield built
    built.down()
