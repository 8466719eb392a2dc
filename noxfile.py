# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# /// script
# dependencies = ["nox", "antsibull-nox"]
# ///

"""The checks of Ansible's collections, for those who know them by nox: `nox --list`.

`make test` is the whole of this project's checks. The sessions are in antsibull-nox.toml.
"""

import sys

import nox

try:
    import antsibull_nox
except ImportError:
    print("antsibull-nox is missing; install it beside nox: pip install antsibull-nox")
    sys.exit(1)

antsibull_nox.load_antsibull_nox_toml()


@nox.session(name="make-test", default=False, venv_backend="none")
def make_test(session: nox.Session) -> None:
    """All checks of the project, also those with packets."""
    session.run("make", "--keep-going", "test", external=True)


if __name__ == "__main__":
    nox.main()
