# SPDX-License-Identifier: MIT
"""
The manual page and bash's completion for plugctl, from the table of verbs that
`plugctl --json help` prints: `plugctl_manual.py man|bash`, with that document on stdin.
"""

import json
import sys

MAN_BEGIN = r""".TH PLUGCTL 1 "" Ringfence
.SH NAME
plugctl \- load, call, list, show, replace, kill and unload kernel plugins, attach them to graft points, and use their maps
.SH SYNOPSIS
.B plugctl
.RB [ \-\-json ]
.I VERB
\&...
.SH DESCRIPTION
.B plugctl
asks the guest kernel, through /dev/plugins, to do something with plugins: native code that the kernel calls and that the
monitor keeps from everything else.
Words after \-\- are no options.
Numbers are decimal, or hexadecimal with 0x.
.SH VERBS
"""

MAN_END = r""".TP
.B help \fR[\fIVERB\fR]
all verbs, or all about one; also
.B \-h
and
.BR \-\-help .
.TP
.B version
the ABIs that plugctl speaks; also
.BR \-\-version .
.SH OPTIONS
.TP
.B \-\-json
print one JSON document on one line instead of text, also for errors and help; its form is in schema/plugctl.schema.json.
.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
not done; one sentence on standard error says why
.TP
.B 2
called wrongly
.TP
.B 3
the monitor stopped the plugin, now or before
.SH FILES
.TP
.I /dev/plugins
the driver of the guest kernel
"""

BASH = r"""# Completion for plugctl in bash. Made from plugctl's table of verbs.
_plugctl()
{
	local word=${COMP_WORDS[COMP_CWORD]} verb= words= options= nr=0 i w values=" %(values)s "
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		w=${COMP_WORDS[i]}
		if [[ $values == *" $w "* ]]; then
			((i++)) # the word behind it is its value
		elif [[ $w == -* ]]; then
			continue
		elif [[ -z $verb || " %(groups)s " == *" $verb "* ]]; then
			verb="${verb:+$verb }$w"
		else
			((nr++))
		fi
	done
	case $verb in
%(cases)s%(group_cases)s	help) [[ $nr == 0 ]] && COMPREPLY=($(compgen -W '%(verbs)s' -- "$word")); return ;;
	"") COMPREPLY=($(compgen -W '%(verbs)s help version --json --help --version' -- "$word")); return ;;
	esac
	if [[ $values == *" ${COMP_WORDS[COMP_CWORD - 1]} "* ]]; then
		case ${COMP_WORDS[COMP_CWORD - 1]} in
		--window | --file) COMPREPLY=($(compgen -f -- "$word")) ;;
		--pid) COMPREPLY=($(compgen -W "$(cd /proc && echo [0-9]*)" -- "$word")) ;;
		esac
		return
	fi
	if [[ $word == -* ]]; then
		COMPREPLY=($(compgen -W "$options --json --help" -- "$word"))
		return
	fi
	read -ra words <<<"$words"
	case ${words[nr]-} in
	FILE) COMPREPLY=($(compgen -f -- "$word")) ;;
	MAP) COMPREPLY=($(compgen -W "$(plugctl map list 2>/dev/null | awk 'NR > 1 { print $2 }')" -- "$word")) ;;
	KIND) COMPREPLY=($(compgen -W 'hash array ring' -- "$word")) ;;
	NAME*) COMPREPLY=($(compgen -W "$(plugctl list 2>/dev/null | awk 'NR > 1 { print $2 }')" -- "$word")) ;;
	POINT) COMPREPLY=($(compgen -W "$(plugctl points 2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$word")) ;;
	ID) COMPREPLY=($(compgen -W "$(plugctl --json grafts 2>/dev/null | tr '{' '\n' |
		sed -n '/"attached": true/s/^"id": \([0-9]*\),.*/\1/p')" -- "$word")) ;;
	esac
}
complete -o filenames -F _plugctl plugctl
"""


def roff(text):
    """Escapes text for roff: hyphens stay hyphens, and a leading "." or "'" does not make a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def man(verbs):
    page = MAN_BEGIN
    for verb in verbs:
        page += f".TP\n.B {roff(verb['verb'])} \\fI{roff(verb['words'])}\\fR\n{roff(verb['about'])}\n"
        for option in verb["options"]:
            value = f" \\fI{roff(option['value'])}\\fR" if "value" in option else ""
            page += f".RS\n.TP\n\\fB{roff(option['name'])}\\fR{value}\n{roff(option['about'])}\n.RE\n"
    return page + MAN_END


def bash(verbs):
    with_value = sorted({o["name"] for v in verbs for o in v["options"] if "value" in o})
    cases = ""
    for verb in verbs:
        options = " ".join(option["name"] for option in verb["options"])
        cases += f"\t'{verb['verb']}') words='{verb['words']}' options='{options}' ;;\n"
    names = list(dict.fromkeys(verb["verb"].split()[0] for verb in verbs))
    groups = {}  # the first words of verbs of two words: their second words
    for first, _, second in (verb["verb"].partition(" ") for verb in verbs):
        if second:
            groups.setdefault(first, []).append(second)
    group_cases = ""
    for first, seconds in groups.items():
        group_cases += f"\t{first} | 'help {first}') [[ $nr == 0 ]] && COMPREPLY=($(compgen -W '{' '.join(seconds)}' -- \"$word\")); return ;;\n"
    return BASH % {
        "values": " ".join(with_value),
        "cases": cases,
        "verbs": " ".join(names),
        "groups": " ".join([*groups, "help"]),
        "group_cases": group_cases,
    }


if __name__ == "__main__":
    sys.stdout.write({"man": man, "bash": bash}[sys.argv[1]](json.load(sys.stdin)["help"]))
