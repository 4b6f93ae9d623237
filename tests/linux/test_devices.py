# SPDX-License-Identifier: MIT
"""What the kernel finds in the machine, and the network: as the native kernel does."""

import hashlib
import http.server
import random
import threading

import linux_guest as guest
import pytest

SERVED = random.Random(3).randbytes(3 << 20)

# Lines that both kernels must log alike.
CASES = {
    "pci": "cd /sys/bus/pci/devices; for d in *; do\n"
    "  echo $d $(cat $d/vendor $d/device $d/subsystem_vendor $d/class $d/revision)"
    " $(basename $(readlink $d/driver || echo none))\n"
    "  cut -d' ' -f1,2 $d/resource | grep -v '^0x0* 0x0*$'\ndone; cat /proc/bus/pci/devices | cut -f1-2",
    "pci-config": "for f in /sys/bus/pci/devices/*/config; do head -c 64 $f | xxd -p | cut -c1-8; done",
    "block": "cd /sys/block; for d in *; do echo $d $(cat $d/size $d/ro $d/queue/logical_block_size); done",
    "net": "cd /sys/class/net; for d in *; do echo $d $(cat $d/address $d/mtu $d/operstate); done",
    "filesystems": "cat /proc/filesystems",
    "tmpfs": "mkdir /tmp/t; mount -t tmpfs -o size=1m x /tmp/t && cd /tmp/t && dd if=/dev/zero of=f bs=1k count=2000 2>&1 | head -1; ls -l f | tr -s ' ' | cut -d' ' -f5; df /tmp/t | tail -1 | tr -s ' ' | cut -d' ' -f2-5",
    "loop": "cd /tmp && dd if=/dev/zero of=image bs=1M count=8 2>/dev/null && mke2fs -F image >/dev/null 2>&1 && mkdir m && mount -o loop image m && cp /bin/busybox m && sha1sum m/busybox | cut -c1-40 && umount m && losetup -a",
    "sysctl": "cd /proc/sys; for f in kernel/ostype kernel/osrelease kernel/pid_max vm/overcommit_memory fs/pipe-max-size net/ipv4/ip_forward net/core/somaxconn; do echo $f $(cat $f); done",
    "devices": "sed -n '/^Block/,$p' /proc/devices; ls /dev | grep -vE '^(hvc|tty|pty|plugins)'",
    "proc": "cd /proc; ls | grep -vE '^[0-9]+$|^(plugins|mtrr|ioports|xen)$'",
    "proc-values": "head -1 /proc/meminfo | grep -c MemTotal; cat /proc/swaps | wc -l; cat /proc/self/oom_score_adj",
    "random": "dd if=/dev/urandom bs=1k count=64 2>/dev/null | gzip -c | wc -c | (read n; [ $n -gt 65000 ] && echo random)",
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves SERVED, and answers a POST with what it got."""

    def do_GET(self):
        self.answer(SERVED)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(hashlib.sha1(body).hexdigest().encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    """Returns the port of an HTTP server on the loopback address, which the guest reaches at
    10.0.2.2."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield web.server_address[1]
        web.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def outcomes(server, tmp_path_factory):
    """Returns the outcomes (in the guest, on the native kernel)."""
    cases = {
        **CASES,
        "address": "ip -4 addr show eth0 | grep -o 'inet [0-9./]*'; ip route | grep -o 'default via [0-9.]*'",
        "ping": "ping -c 3 -W 5 10.0.2.2 | grep transmitted",
        "ping-itself": "ping -c 2 -s 20000 127.0.0.1 | grep transmitted",
        "get": f"for i in 1 2 3; do wget -q -O - http://10.0.2.2:{server}/ | sha1sum; done",
        "post": f"seq 1 30000 >/tmp/body; wget -q -O - --post-file /tmp/body http://10.0.2.2:{server}/; sha1sum </tmp/body",
        "refused": "wget -q -O - http://127.0.0.1:1/ 2>&1",
        "link": "ip link set eth0 down && ip link set eth0 up && ip addr show eth0 | grep -c UP",
    }
    disk = tmp_path_factory.mktemp("devices") / "empty.img"
    with open(disk, "wb") as file:
        file.truncate(1 << 20)
    options = ("--net", "--disk", f"{disk},snapshot", "--append", "root=initramfs")
    return guest.side_by_side(guest.Batch(cases, *options), guest.Batch(cases, *options, "--native"))


@pytest.mark.parametrize("name", [*CASES, "address"])
def test_same_as_natively(outcomes, name):
    ours, native = outcomes
    guest.same(ours[name], native[name])


def output(outcomes, name, status=0):
    outcome = outcomes[0][name]
    assert outcome.status == status, outcome.output
    return outcome.output


def test_ping(outcomes):
    assert "3 packets transmitted, 3 packets received" in output(outcomes, "ping")
    assert "2 packets transmitted, 2 packets received" in output(outcomes, "ping-itself")


def test_get(outcomes):
    assert output(outcomes, "get").split() == [hashlib.sha1(SERVED).hexdigest(), "-"] * 3


def test_post(outcomes):
    got, own = output(outcomes, "post").replace("  -", "").strip()[:40], output(outcomes, "post").strip()[40:80]
    assert got == own == hashlib.sha1("".join(f"{n}\n" for n in range(1, 30001)).encode()).hexdigest()


def test_refused_connection(outcomes):
    assert "refused" in output(outcomes, "refused", status=1)


def test_link_goes_down_and_up(outcomes):
    assert output(outcomes, "link").strip() == "1"
