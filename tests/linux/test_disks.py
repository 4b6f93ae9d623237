# SPDX-License-Identifier: MIT
"""Disks: an ext4 image is read, written, mounted anew, and whole afterwards."""

import disk_session
import linux_guest as guest
import pytest


@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    """{bus: (outcomes, image, sums)} of two boots under QEMU, side by side."""
    folder = tmp_path_factory.mktemp("disks")
    images = {bus: folder / f"{bus}.img" for bus in ("virtio", "ata")}
    sums = {bus: disk_session.make_image(image) for bus, image in images.items()}
    outcomes = guest.side_by_side(
        disk_session.batch("vda", images["virtio"]), disk_session.batch("sda", f"{images['ata']},ata")
    )
    return {bus: (outcome, images[bus], sums[bus]) for bus, outcome in zip(images, outcomes)}


@pytest.mark.parametrize("bus, driver", [("virtio", "virtio_blk"), ("ata", "sd")])
def test_qemu(disks, bus, driver):
    outcomes, image, sums = disks[bus]
    assert outcomes["disk-is-there"].lines() == [str(24 * 2048), driver]
    disk_session.check_outcomes(outcomes, image, sums)


def test_bochs(bochs):
    session, image, sums = bochs
    outcomes = session.outcomes
    assert outcomes["disk-is-there"].lines()[1] == "sd"
    disk_session.check_outcomes(outcomes, image, sums, disk_session.BOCHS_HOLE)
