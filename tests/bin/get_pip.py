# Copyright (c) 2026, redblue.netns contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install the pip that Python bundles into a virtual environment of ansible-test.

ansible-test downloads get-pip.py for each virtual environment that it creates, unless its cache
has the file. Pylint and the test of imports keep all that they read, so searching it for garbage
again and again, in vain, takes a fifth of their time: in these environments it is rare.
"""

import ensurepip
import pathlib
import sysconfig
import zipfile

# Debian has the bundled wheels in a separate directory.
folder = (
    sysconfig.get_config_var("WHEEL_PKG_DIR")
    or pathlib.Path(ensurepip.__file__).parent / "_bundled"
)
(wheel,) = pathlib.Path(folder).glob("pip-*.whl")
packages = pathlib.Path(sysconfig.get_path("purelib"))
zipfile.ZipFile(wheel).extractall(packages)
(packages / "rare_garbage.pth").write_text("import gc; gc.set_threshold(200_000, 20, 100)\n")
