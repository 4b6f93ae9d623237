# SPDX-License-Identifier: MIT
"""/dev/plugins, asked in every way by programs in a running Linux (tests/plugins/device_test.c
and device_fields_test.c, plugin_session.py)."""

import pytest
from plugin_session import check_log

TCG_CASES = {
    "device": "/t/device_test /plugins/hello.plg",
    "device-fields": "/t/device_fields_test /plugins/hello.plg",
    "device-dmesg": "dmesg",
}
CASES = {}


@pytest.mark.parametrize("name", ["device", "device-fields"])
def test_device(plugins_tcg, name):
    assert plugins_tcg.text(name).endswith("Test result: SUCCESS\n")


def test_bad_input_leaves_no_backtrace(plugins_tcg):
    """One of the bad inputs of test_plugin_files.py is a plugin whose name is that of a directory
    in sysfs."""
    check_log(plugins_tcg.text("device-dmesg"))
