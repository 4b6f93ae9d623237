# SPDX-License-Identifier: MIT
"""Debian's memcached for the guest, in a folder with the libraries that it needs."""

from debian_programs import unpack

PACKAGES = "memcached", "libevent-2.1-7", "libsasl2-2", "libssl3", "libc6"
FILES = (
    "memcached", "ld-linux.so.2", "libc.so.6", "libevent-2.1.so.7", "libsasl2.so.2", "libssl.so.3", "libcrypto.so.3",
)  # fmt: skip

# Shell functions for a guest that has the folder as /memcached. It has one thread, one UDP socket,
# and evicts nothing; begin_memcached returns when the socket is there.
SHELL = """\
ip link set lo up
begin_memcached() {
	LD_LIBRARY_PATH=/memcached /memcached/ld-linux.so.2 /memcached/memcached -u root -l 127.0.0.1 -U 11211 -p 0 -t 1 -M >/dev/null &
	memcached=$!
	n=0
	while ! grep -q :2BCB /proc/net/udp && [ $n -lt 100 ]; do usleep 100000; n=$((n + 1)); done
}
end_memcached() { kill $memcached; wait $memcached || true; }
"""


def make_memcached(folder):
    """Makes the folder. Returns it."""
    return unpack(folder, PACKAGES, FILES)
