# SPDX-License-Identifier: MIT
# Functions of the shell in the guest, for bad grafts at streams.

detach_all() {
	plugctl --json grafts | tr '{' '\n' | sed -n 's/.*"id": \([0-9]*\),.*"attached": true.*/\1/p' |
		while read -r id; do plugctl detach "$id" >/dev/null; done
}

in_group() { # COMMAND...: as a process of the cgroup that the graft is for
	(
		echo 0 >/cg/server/cgroup.procs
		exec "$@"
	)
}

begin_bad() { # VARIANT FIRST KIND [OPTION]
	plugctl map create hoard hash 100 --key 4 --value 4 >/dev/null
	plugctl load /t/stream_bad.plg --allow log,map_open,map_set,map_lock >/dev/null
	plugctl call stream_bad choose "$1" "$2" "$3" >/dev/null
	# shellcheck disable=SC2086 # an option or nothing
	plugctl attach stream stream_bad --cgroup /cg/server --failures 1 $4 >/dev/null
}

end_bad() {
	plugctl --json grafts | sed 's/.*{\(.*\)}.*/{\1}/'
	plugctl --json map list
	plugctl --json show stream_bad
	detach_all
	plugctl unload stream_bad >/dev/null
	plugctl map delete hoard >/dev/null
}

sum() { # FILE
	sha256sum <"$1" | cut -c1-64
}

bad_reads() { # FIRST KIND VARIANT...: a read, and one more
	first=$1 kind=$2
	shift 2
	for variant; do
		begin_bad "$variant" "$first" "$kind"
		in_group cat /mnt/short >/tmp/read 2>/tmp/said && status=0 || status=$?
		in_group cat /mnt/short >/tmp/again
		echo "{\"variant\": $variant, \"status\": $status, \"said\": \"$(cat /tmp/said)\", \"read\": \"$(sum /tmp/read)\", \"again\": \"$(sum /tmp/again)\"}"
		end_bad
	done
}

# In parts of 16 KiB; the shell has opened what is read, outside of the cgroup.
write_victim() {
	in_group dd of=/mnt/victim bs=16k conv=notrunc,fsync </mnt/short 2>/tmp/said
}

bad_writes() { # FIRST KIND OPTION VARIANT...: a write, an open, and one more when the graft is detached
	first=$1 kind=$2 option=$3
	shift 3
	for variant; do
		begin_bad "$variant" "$first" "$kind" "$option"
		: >/mnt/victim
		write_victim && status=0 || status=$?
		in_group cat /mnt/victim >/tmp/again 2>&1 && opens=0 || opens=$?
		echo "{\"variant\": $variant, \"status\": $status, \"opens\": $opens, \"written\": \"$(sum /mnt/victim)\"}"
		end_bad
		write_victim || echo "after the detach nothing can be written"
	done
}
