"""Give ansible-test's virtual environments the pip that Python itself bundles.

ansible-test downloads a get-pip.py for each virtual environment that it makes, unless one lies in its cache.
"""

import ensurepip
import pathlib
import sysconfig
import zipfile

# Debian keeps the bundled wheels in a folder of their own.
folder = (
    sysconfig.get_config_var("WHEEL_PKG_DIR")
    or pathlib.Path(ensurepip.__file__).parent / "_bundled"
)
(wheel,) = pathlib.Path(folder).glob("pip-*.whl")
zipfile.ZipFile(wheel).extractall(sysconfig.get_path("purelib"))
