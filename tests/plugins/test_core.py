# SPDX-License-Identifier: MIT
"""The plugin core on the host: its registry, services, windows, lifetimes, calls, grafts and maps
against a fake monitor. Its parser is also fuzzed (tests/fuzz/parsers)."""

import subprocess

import deadline
import pytest
from sdk import GRAFTS, HELLO, MANY, ROOT


def test_registry(compiler, host_tools):
    hello = compiler.make("-O2", "-o", "hello.plg", HELLO)
    many = compiler.make("-O2", "-o", "many.plg", MANY)
    before, entry = MANY.read_text().split("PLUGIN_ENTRY(first")
    first = 1 + before.count("\n") + entry.split("{")[0].count("\n")  # code begins with the brace
    command = [host_tools / "registry_test", hello, many, str(first)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


@pytest.mark.escape(20, 23)
@pytest.mark.parametrize("name", ["service_test", "plugin_memory_test"])
def test_services_and_windows(compiler, host_tools, name):
    many = compiler.make("-O2", "-o", "many.plg", MANY)
    done = subprocess.run([host_tools / name, many], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


@pytest.mark.parametrize("name", ["cause_test", "fault_test"])
def test_causes_of_faults(host_tools, name):
    done = subprocess.run([host_tools / name], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


def test_lifetimes(compiler, host_tools):
    hello = compiler.make("-O2", "-o", "hello.plg", HELLO)
    many = compiler.make("-O2", "-o", "many.plg", MANY)
    done = subprocess.run([host_tools / "end_test", hello, many], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


@pytest.mark.parametrize("name", ["call_test", "atomic_test", "wait_test"])
def test_calls(compiler, host_tools, name):
    hello = compiler.make("-O2", "-o", "hello.plg", HELLO)
    many = compiler.make("-O2", "-o", "many.plg", MANY)
    done = subprocess.run([host_tools / name, hello, many], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


@pytest.mark.escape(20)
@pytest.mark.parametrize("name", ["map_test", "state_test", "transaction_test", "lock_test", "contested_test"])
def test_maps_and_transactions(compiler, host_tools, name):
    many = compiler.make("-O2", "-o", "many.plg", MANY)
    done = subprocess.run([host_tools / name, many], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


def test_driver_keeps_a_window_that_is_not_revoked(compiler, host_tools):
    many = compiler.make("-O2", "-o", "many.plg", MANY)
    done = subprocess.run([host_tools / "linux_window_test", many], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


@pytest.mark.parametrize("name", ["linux_port_test", "linux_packet_test", "linux_sched_test", "linux_stream_test", "linux_streaming_test", "linux_monitor_pages_test"])
def test_port_to_linux(host_tools, name):
    done = subprocess.run([host_tools / name], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


@pytest.mark.parametrize("program", ["graft_test", "shut_test", "question_test", "mask_test", "softirq_test", "switch_test", "ring_test"])
def test_grafts(compiler, host_tools, program):
    grafts = compiler.make("-O2", "-o", "grafts.plg", GRAFTS)
    many = compiler.make("-O2", "-o", "many.plg", MANY)
    done = subprocess.run([host_tools / program, grafts, many], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


def test_targets_and_references(compiler, host_tools):
    many = compiler.make("-O2", "-o", "many.plg", MANY)
    done = subprocess.run([host_tools / "target_test", many], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


def test_table_of_services():
    subprocess.run([ROOT / "scripts" / "service-table", "--check"], check=True, timeout=deadline.COMMAND)


def test_table_of_points():
    subprocess.run([ROOT / "scripts" / "point-table", "--check"], check=True, timeout=deadline.COMMAND)
