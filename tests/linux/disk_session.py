# SPDX-License-Identifier: MIT
"""The commands that the disk tests run in a guest, and the disk image they use."""

import hashlib
import random
import subprocess

import deadline
import linux_guest as guest

FILES = 25
NUMBERS = 20000
# Pages of the large file, and of the hole in a file. Bochs copies each word of a sector by
# an instruction, and a quarter is enough work for it.
LARGE, HOLE = 512, 700
BOCHS_LARGE, BOCHS_HOLE = 128, 175


def make_image(path, large=LARGE):
    """Makes an ext4 image of 24 MiB with files. Returns {name in the image: its sha1}."""
    folder = path.with_suffix(".d")
    (folder / "many").mkdir(parents=True)
    source = random.Random(7)
    sums = {}
    for number in range(FILES):
        data = source.randbytes(source.randrange(1, 30000))
        name = f"many/file{number:02}"
        (folder / name).write_bytes(data)
        sums[name] = hashlib.sha1(data).hexdigest()
    data = source.randbytes(large * 4096)
    (folder / "large").write_bytes(data)
    sums["large"] = hashlib.sha1(data).hexdigest()
    command = ["mke2fs", "-q", "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=0", "-d", folder, path, "24M"]
    subprocess.run(command, check=True, timeout=deadline.COMMAND)
    return sums


def cases(device, hole=HOLE):
    """Returns {name: shell commands}: mount the disk, write to it, and mount it anew."""
    return {
        "disk-is-there": f"cat /sys/block/{device}/size; basename $(readlink -f /sys/block/{device}/device/driver)",
        "disk-read": f"mkdir -p /mnt; mount -t ext4 /dev/{device} /mnt && cd /mnt && sha1sum large many/*",
        "disk-write": f"cd /mnt && rm many/file0* && mkdir new && seq 1 {NUMBERS} >new/numbers && cp large new/copy\n"
        "sync && ln -s numbers new/link && mv many/file10 new/moved && chmod 600 new/moved\n"
        f"dd if=/dev/zero of=new/holes bs=4096 seek={hole} count=1 conv=fsync 2>/dev/null && sha1sum new/*",
        "disk-remount": f"umount /mnt && echo 3 >/proc/sys/vm/drop_caches && mount -t ext4 /dev/{device} /mnt && cd /mnt && sha1sum new/* && ls many | wc -l",
        "disk-raw": f"umount /mnt; sync; dd if=/dev/{device} bs=1M count=1 skip=10 2>/dev/null | sha1sum",
        "disk-irq": "grep -E 'virtio|ata' /proc/interrupts | tr -s ' ' | cut -d' ' -f3 | while read n; do [ $n -gt 0 ] && echo interrupts; done | sort -u",
    }


def check_image(path):
    """Fails unless e2fsck finds no error."""
    done = subprocess.run(["e2fsck", "-f", "-n", path], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0, done.stdout + done.stderr


def file_in_image(path, name):
    """Returns a file's contents, read by debugfs: the host's kernel does not mount the image."""
    done = subprocess.run(["debugfs", "-R", f"cat /{name}", path], capture_output=True, check=True, timeout=deadline.COMMAND)
    return done.stdout


def check_outcomes(outcomes, image, sums, hole=HOLE):
    """Fails unless a session with a disk went as it must."""

    def lines(name):
        outcome = outcomes[name]
        assert outcome.status == 0, f"{name}: status {outcome.status}\n{outcome.output}"
        return outcome.lines()

    read = {line.split()[1]: line.split()[0] for line in lines("disk-read")}
    assert read == sums
    numbers = "".join(f"{n}\n" for n in range(1, NUMBERS + 1)).encode()
    expected = {
        "new/copy": sums["large"],
        "new/numbers": hashlib.sha1(numbers).hexdigest(),
        "new/link": hashlib.sha1(numbers).hexdigest(),
        "new/moved": sums["many/file10"],
        "new/holes": hashlib.sha1(bytes((hole + 1) * 4096)).hexdigest(),
    }
    assert {line.split()[1]: line.split()[0] for line in lines("disk-write")} == expected
    again = lines("disk-remount")
    assert {line.split()[1]: line.split()[0] for line in again[:-1]} == expected
    assert int(again[-1]) == FILES - 11
    with open(image, "rb") as file:
        file.seek(10 << 20)
        assert lines("disk-raw") == [hashlib.sha1(file.read(1 << 20)).hexdigest() + "  -"]
    assert lines("disk-irq") == ["interrupts"]
    check_image(image)
    assert file_in_image(image, "new/numbers") == numbers


def batch(device, image, *options, **more):
    """The cases as a batch of their own."""
    return guest.Batch(cases(device), "--disk", image, "--append", "root=initramfs", *options, **more)
