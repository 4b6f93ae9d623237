# SPDX-License-Identifier: MIT
"""Single packages, downloaded to the cache but not installed."""

import os
import subprocess

from engine.paths import CACHE


def cached(package):
    """Returns the newest .deb of name[:architecture] in the cache, or None."""
    name, _, architecture = package.partition(":")
    found = (CACHE / "debs").glob(f"{name}_*_{architecture or '*'}.deb")
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def download(package):
    """Returns the path of the package's .deb, downloading it if it is not in the cache.
    apt knows i386 by
    scripts/setup."""
    found = cached(package)
    if found:
        return found
    folder = CACHE / "debs"
    folder.mkdir(parents=True, exist_ok=True)
    argv = ["apt-get", "-q", "download", package]
    if os.geteuid() == 0:  # apt's own user may not enter the cache
        argv[1:1] = ["-o", "APT::Sandbox::User=root"]
    if subprocess.run(argv, cwd=folder).returncode:
        raise SystemExit(f"cannot download {package} from Debian; run 'make setup' and try again")
    return cached(package)
