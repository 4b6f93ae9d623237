# SPDX-License-Identifier: MIT
"""Real work gives the same results as on the native kernel: checksums and compression
of the kernel's image, pipelines, 200 programs; in the Debian root a compile with tcc."""

import subprocess

import linux_guest as guest
import pytest

FORK_EXEC = "i=0; while [ $i -lt 200 ]; do /bin/busybox expr $i \\* $i; i=$((i + 1)); done | sha1sum"

WORK = {
    "sums": "sha1sum /image; md5sum /image; sha256sum /image; crc32 /image",
    "gzip": "gzip -9c /image >/tmp/gz && sha1sum </tmp/gz && gunzip -c /tmp/gz | cmp - /image && ls -l /tmp/gz | tr -s ' ' | cut -d' ' -f5",
    "fork-exec": FORK_EXEC,
    "pipeline": "cat /image | xxd -p | head -20000 | sort | uniq -c | sort -rn | head -20 | sha1sum",
    "tar": "cd /; tar cf - bin etc plugins init | tee /tmp/tar | sha1sum; mkdir /tmp/x && tar xf /tmp/tar -C /tmp/x && find /tmp/x | wc -l && rm -r /tmp/x",
    "awk": "seq 1 20000 | awk '{ s += 1 / $1; t = (t * 31 + $1) % 1000003 } END { printf \"%.9f %d\\n\", s, t }'",
    "sort": "seq 1 20000 | awk '{ print ($1 * 7919) % 100003 }' | sort -n | sha1sum",
    "jobs": "for i in 1 2 3 4 5 6; do (seq 1 3000 | md5sum >/tmp/job$i) & done; wait; cat /tmp/job? | sort -u",
}


@pytest.fixture(scope="module")
def outcomes():
    """Returns the outcomes (in the guest, on the native kernel)."""
    options = ("--put", f"{guest.BUILD / 'linux-native' / 'bzImage'}:/image")
    return guest.side_by_side(guest.Batch(WORK, *options), guest.Batch(WORK, *options, "--native"))


@pytest.mark.parametrize("name", WORK)
def test_work(outcomes, name):
    ours, native = outcomes
    guest.same(ours[name], native[name])


def test_sums_are_right(outcomes):
    """Checksums are also compared with the host's: guest and native kernel could be wrong
    alike."""
    image = guest.BUILD / "linux-native" / "bzImage"
    sums = subprocess.run(["sha1sum", image], capture_output=True, text=True, check=True).stdout.split()[0]
    assert outcomes[0]["sums"].lines()[0].split()[0] == sums
