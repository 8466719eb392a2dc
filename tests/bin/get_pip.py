"""Give ansible-test's virtual environments the pip that Python itself bundles.

ansible-test downloads a get-pip.py for each virtual environment that it makes, unless one lies in its cache.
"""

import ensurepip
import pathlib
import sysconfig
import zipfile

(wheel,) = pathlib.Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl")
zipfile.ZipFile(wheel).extractall(sysconfig.get_path("purelib"))
