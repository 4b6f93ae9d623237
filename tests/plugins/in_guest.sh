#!/bin/sh
# SPDX-License-Identifier: MIT
# What test_in_guest.py does in the guest. Each step prints its name, what the
# command says (both streams), and its exit status; the test compares. Budgets
# are long where not under test: the machine that runs this may be busy.
# Arguments: the folder this lies in, and "all" or "wild" for a slow engine.

here=$1
step() { # NAME COMMAND...
	name=$1
	shift
	echo "@@ $name"
	"$@" 2>&1
	echo "@@ = $?"
}

step info plugctl info
step info-json plugctl info --json

step load-hello plugctl load /plugins/hello.plg --budget-us 5000000
step call-hello plugctl call hello main
for variant in 0 1 2 3 4 5 6 7 8; do
	step "wild-$variant-load" plugctl load /plugins/wild.plg
	step "wild-$variant" plugctl --json call wild main $variant
	step "wild-$variant-text" plugctl show wild
	step "wild-$variant-again" plugctl call wild main 9
	step "wild-$variant-unload" plugctl unload wild
done
step load-spin plugctl load /plugins/spin.plg
before=$(cut -d' ' -f1 /proc/uptime)
step spin plugctl --json call spin main
after=$(cut -d' ' -f1 /proc/uptime)
echo "@@ spin-time"
echo "$before $after"
echo "@@ = 0"
step spin-text plugctl call spin main
step unload-spin plugctl unload spin
step hello-lives plugctl call hello main 8
step dmesg dmesg

# A process that makes a way out ready, and the plugin that looks for it.
step load-selectors plugctl load "$here/selectors.plg"
for entry in left readable; do
	step "accomplice-$entry" "$here/accomplice" $entry
done
step unload-selectors plugctl unload selectors
for selector in 0x33 0x43 0x7 0x7b 0xe033; do
	plugctl load "$here/selectors.plg" >/dev/null
	step "accomplice-load-$selector" "$here/accomplice" load $selector 0xc0100000
	step "accomplice-show-$selector" plugctl show selectors --json
	plugctl unload selectors >/dev/null
done
plugctl load "$here/selectors.plg" >/dev/null
step accomplice-port "$here/accomplice" port 0x80
plugctl unload selectors >/dev/null
step accomplice-hello plugctl call hello main 9

# What authors get wrong, and what C++ needs.
for variant in 0 1 2 3 4 5 6 7 8 9; do
	plugctl load "$here/mistakes.plg" --budget-us 5000000 >/dev/null
	step "mistake-$variant" plugctl --json call mistakes main $variant
	plugctl unload mistakes >/dev/null
done
plugctl load "$here/cplusplus.plg" --budget-us 5000000 >/dev/null
step cplusplus-1 plugctl call cplusplus main 7 --json
step cplusplus-2 plugctl call cplusplus main 0 --json
step cplusplus-text plugctl call cplusplus text --json
step cplusplus-log cat /sys/kernel/plugins/cplusplus/log
plugctl unload cplusplus >/dev/null

# Services and windows.
step load-logger plugctl load /plugins/logger.plg --budget-us 5000000
step logger plugctl call logger main 3 --json
step logger-log cat /sys/kernel/plugins/logger/log
step logger-log-mode stat -c %a /sys/kernel/plugins/logger/log
step logger-random plugctl call logger random --json
step logger-show plugctl show logger --json
step logger-show-text plugctl show logger
step unload-logger plugctl unload logger
step load-logger-all plugctl load /plugins/logger.plg --budget-us 5000000 --allow all --strikes 3
step logger-all-random-1 plugctl call logger random --json
step logger-all-random-2 plugctl call logger random --json
step logger-all-fault plugctl call logger any 2 --json
step logger-all-strike-1 plugctl call logger any 7 --json
step logger-all-strike-2 plugctl call logger any 255 --json
step logger-all-strike-3 plugctl call logger any 4096 --json
step logger-all-sysfs sh -c 'cd /sys/kernel/plugins/logger && grep . requests refused services windows'
step unload-logger-all plugctl unload logger
step load-logger-none plugctl load /plugins/logger.plg --allow none
step logger-none plugctl call logger main 1 --json
step unload-logger-none plugctl unload logger

cp "$here/picture.ppm" /tmp/picture.ppm
step load-gray plugctl load /plugins/gray.plg --budget-us 5000000
step gray plugctl call gray main --window /tmp/picture.ppm:rw --json
step gray-picture od -An -v -tx1 /tmp/picture.ppm
step gray-show plugctl show gray --json
step gray-no-picture plugctl call gray main --window /proc/self/exe --json
step gray-read-only plugctl call gray main --window "$here/picture.ppm" --json
step gray-read-only-same cmp "$here/picture.ppm" "$here/picture-2.ppm"
step gray-dead plugctl call gray main --window /tmp/picture.ppm:rw --json
step gray-dead-show plugctl show gray --json
step unload-gray plugctl unload gray
step dmesg-services dmesg

[ "$2" = all ] || exit 0

step load-hello-again plugctl load /plugins/hello.plg
step load-hello-other plugctl load /plugins/hello.plg --name hello-2
step load-sum-json plugctl load /plugins/sum.plg --json --budget-us 5000000
step load-many plugctl load "$here/many.plg" --budget-us 5000000
step call-hello-minus plugctl call hello main -1
step call-hello-hex plugctl call hello main 0x10 --json
step call-sum plugctl call sum main 1000 7 --json
step call-sum-all plugctl call sum main 4294967295 1 --json
step call-many plugctl call many first 1 2 3 4 5 6 --json
step call-many-state-1 plugctl call many second 1 --json
step call-many-state-2 plugctl call many second 1 --json
step call-entry plugctl call hello mein
step call-plugin plugctl call hallo main
step call-7 plugctl call hello main 1 2 3 4 5 6 7
step call-window-none plugctl call hello main --window "$here/picture.ppm"
step call-window-absent plugctl call hello main --window "$here/absent"
step call-window-empty plugctl call hello main --window /dev/null
step call-window-5 plugctl call hello main --window "$here/picture.ppm" 1 2 3 4 5
step load-allow plugctl load /plugins/logger.plg --allow log,fly
step load-allow-comma plugctl load /plugins/logger.plg --allow log,
step load-allow-empty plugctl load /plugins/logger.plg --allow ""
step list plugctl list
step list-json plugctl list --json
step show plugctl show many
step show-json plugctl show many --json
step show-absent plugctl show absent --json
step unload-absent plugctl unload absent
step sysfs sh -c 'cd /sys/kernel/plugins && grep -r . . | sort'
step sysfs-mode stat -c %a /sys/kernel/plugins/many/last_fault
step unload-json plugctl unload hello-2 --json
for name in hello sum many; do
	step "unload-$name" plugctl unload $name
done
step list-empty plugctl list
step list-empty-json plugctl list --json
step sysfs-empty ls /sys/kernel/plugins

for file in "$here"/bad/*.plg; do
	step "bad-$(basename "$file" .plg)" plugctl load "$file" --name bad
done
step list-after-bad plugctl list --json

step device "$here/device_test" /plugins/hello.plg
step device-fields "$here/device_fields_test" /plugins/hello.plg
step hygiene-dmesg dmesg
step storm "$here/storm" /plugins/wild.plg 2000
step storm-dmesg dmesg

# As many plugins of 15 MiB as there is room for, and one more.
fill() {
	for i in $(seq 99); do
		plugctl load "$here/big.plg" --name "big-$i" >/tmp/fill 2>&1 || break
	done
	cat /tmp/fill
	plugctl load /plugins/hello.plg --budget-us 5000000 && plugctl call hello main && plugctl unload hello
	while [ "$i" -gt 1 ]; do
		i=$((i - 1))
		plugctl unload "big-$i" || return 1
	done
}
step fill fill
step fill-empty plugctl list

# Memory: a first round warms caches up, then loads and unloads must not use any.
round() {
	for _ in $(seq "$1"); do
		plugctl load "$here/many.plg" --budget-us 5000000 &&
			plugctl call many second 3 && plugctl unload many ||
			return 1
		plugctl load /plugins/wild.plg && plugctl call wild main 1
		plugctl load "$here/bad/abi-2.0.plg" --name bad
		plugctl unload wild || return 1
	done >/dev/null 2>&1
}
available() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	grep -E '^MemFree|^Slab' /proc/meminfo
	plugctl info --json
}
step round-1 round 20
step memory-1 available
step round-2 round 50
step memory-2 available
