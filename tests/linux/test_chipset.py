# SPDX-License-Identifier: MIT
"""The guest's root and the chipset: /dev/port is ring 1's access to the ports,
and resets no machine and moves no address line; disks and network work on QEMU's
q35 too."""

import linux_guest as guest


def write(port, *values):
    bytes_ = "".join(f"\\{value:03o}" for value in values)
    return f"printf '{bytes_}' | dd of=/dev/port bs=1 seek={port} 2>/dev/null"


def read(port):
    return f"dd if=/dev/port bs=1 count=1 skip={port} 2>/dev/null | xxd -p"


CASES = {
    "a20": "; ".join([write(0x92, 0), write(0x92, 1), write(0x92, 3), read(0x92)]),
    "8042": "; ".join([write(0x64, 0xDD), write(0x64, 0xD1), write(0x60, 0xDD), "echo alive"]),
    "reset": "; ".join([write(0xCF9, 2), write(0xCF9, 6), read(0xCF9)]),
    "smi": "; ".join([write(0xB2, 0), write(0xB3, 0), read(0xB2)]),
    "power": "; ".join([write(0x604, 0, 0x20), write(0xB004, 0, 0x20), read(0x604)]),
    "fw_cfg": "; ".join([write(0x510, 0, 0), read(0x511)]),
}


def test_root_with_dev_port():
    outcomes = guest.Batch(CASES, "--append", "root=initramfs").run()
    for name, outcome in outcomes.items():
        expected = "alive\n" if name == "8042" else "ff\n"
        assert (outcome.status, outcome.output) == (0, expected), name


def test_q35(tmp_path):
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"ringfence" * 512)
    answer = guest.execute(
        "head -c 9 /dev/vda; echo; ping -c 1 -W 30 10.0.2.2 | grep -o '1 packets received'",
        "--chipset", "q35", "--net", "--disk", f"{disk},snapshot", "--append", "root=initramfs",
    )  # fmt: skip
    assert answer.status == 0, answer.complaint
    assert answer.output.split("\n")[:2] == ["ringfence", "1 packets received"]
