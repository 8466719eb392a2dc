# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a plan to what a module returns, and from a module's parameters to a plan."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, Set, Tuple

from ansible.module_utils import basic

from .._desired.common import Params
from .._model.errors import Missing, NetnsError, Refused
from .._params.argspec import SECRETS, Spec
from .._params.src_file import naming_src, read_source
from .._params.validation import validate


class Module(basic.AnsibleModule):
    """One that knows the secrets among its parameters, wherever in them they are: neither its log nor its result shows them."""

    def __init__(self, spec: Spec, secrets: Set[str]) -> None:
        self._secrets = secrets
        super().__init__(argument_spec=spec, supports_check_mode=True)
        self.no_log_values.update(secrets)

    def _log_invocation(self) -> None:
        self.no_log_values.update(self._secrets)
        super()._log_invocation()


def find_secrets(value: Any, within: bool = False) -> Set[str]:
    """What nobody may see, of parameters as they were written; wrongly written, all that stands where a secret belongs."""
    if isinstance(value, list):
        return {secret for one in value for secret in find_secrets(one, within)}
    if isinstance(value, dict):
        told = [
            (one, within or key in SECRETS)
            for key, one in value.items()
            if within or key in SECRETS or isinstance(one, (dict, list))
        ]
        return {secret for one, secretly in told for secret in find_secrets(one, secretly)}
    return {str(value)} if within and value is not None else set()


def open_module(spec: Spec) -> Tuple[basic.AnsibleModule, Params]:
    """The module and its parameters, refused with the path of the option where they do not conform."""
    # The parameters as they were written: AnsibleModule turns 1e3 or no into a name.
    loaded = basic._load_params()
    raw = {key: value for key, value in (loaded or {}).items() if not key.startswith("_ansible_")}
    try:
        # Where nothing was loaded, only the specification is asked for.
        with naming_src(raw):
            params = (
                {} if loaded is None else validate(read_source(raw) if "src" in spec else raw, spec)
            )
    except Refused as error:
        # Ansible's own validation would stop at the same parameter, in less helpful words.
        Module({key: {"type": "raw"} for key in raw}, find_secrets(raw)).fail_json(msg=str(error))
    # All is checked; to Ansible, whose own validation of a thousand items takes longer than building them, it is enough to know the names.
    known = spec if loaded is None else {key: {"type": "raw"} for key in spec}
    return Module(known, find_secrets(raw)), params


def assume_missing(module: basic.AnsibleModule) -> bool:
    """Whether what an earlier task would have made has to be taken for granted."""
    return bool(module.check_mode)


@contextlib.contextmanager
def reporting_errors(module: basic.AnsibleModule) -> Iterator[None]:
    """What goes wrong within becomes the module's failure."""
    try:
        yield
    except Missing as error:
        module.fail_json(msg=basic.missing_required_lib(str(error)))
    except NetnsError as error:
        module.fail_json(msg=str(error), **error.details)
    except OSError as error:
        module.fail_json(msg=str(error))
    except KeyboardInterrupt as error:
        module.fail_json(msg=str(error) or "interrupted")
