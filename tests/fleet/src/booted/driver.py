# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs tasks and shell scripts on a machine of the fleet, in one process and without Ansible.

It reads a list as JSON from its standard input: (module, options), ("sh", {"script": TEXT}) or
("doctor", {}). It writes a list with the outcome of each: "changed", "nothing to do", the error, or
what the doctor finds about services, as "CHECK SUBJECT; ...".
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Callable

from ansible_collections.redblue.netns.plugins.module_utils._desired.namespaces import parse_netns
from ansible_collections.redblue.netns.plugins.module_utils._desired.services import (
    parse_netns_service,
)
from ansible_collections.redblue.netns.plugins.module_utils._doctor.diagnose import diagnose
from ansible_collections.redblue.netns.plugins.module_utils._doctor.facts.collect import (
    collect_facts,
)
from ansible_collections.redblue.netns.plugins.module_utils._engine.converge import converge
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._kinds.all import ALL_KINDS
from ansible_collections.redblue.netns.plugins.module_utils._model.desired_state import DesiredState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import NetnsError
from ansible_collections.redblue.netns.plugins.module_utils._model.kinds import carry
from ansible_collections.redblue.netns.plugins.module_utils._params.specification import (
    Specification,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns import NETNS_SPEC
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_service import (
    NETNS_SERVICE_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

_SERVICE = "service_"
_MODULES: dict[str, tuple[Specification[Any], Callable[[Any], DesiredState]]] = {
    "netns": (NETNS_SPEC, parse_netns),
    "netns_service": (NETNS_SERVICE_SPEC, parse_netns_service),
}


def run_step(name: str, options: dict[str, Any]) -> str:
    """The outcome of a task or script."""
    if name == "sh":
        subprocess.run(["bash", "-euc", options["script"]], check=True, stdout=sys.stderr)
        return "changed"
    host = LinuxHost()
    try:
        if name == "doctor":
            found = diagnose(collect_facts(host.handles, None))
            return "; ".join(
                f"{each.check} {each.subject}" for each in found if _SERVICE in each.check
            )
        spec, parse = _MODULES[name]
        outcome = converge(parse(validate(options, spec)), host, False)
    except NetnsError as error:
        return str(error)
    finally:
        host.close()
    return "changed" if outcome.plan.changes else "nothing to do"


if __name__ == "__main__":
    carry(*ALL_KINDS)
    print(json.dumps([run_step(name, options) for name, options in json.load(sys.stdin)]))
