# SPDX-License-Identifier: MIT
"""Turns the linker's messages into one sentence that says what to do."""

import os
import re

NAMES_SHOWN = 100

# (pattern of an undefined symbol, advice); the first match counts. GNU ld demangles C++ symbols.
KINDS = [
    (r"__stack_chk_\w+", "the stack protector's canary is in GS, which a plugin does not have: "
                         "compile that file with plugin-cc, or with -fno-stack-protector"),
    (r"__(asan|hwasan|tsan|msan|ubsan|lsan|sanitizer)_\w+",
     "a sanitizer needs a library that a plugin does not have: build without -fsanitize, or let it trap "
     "(-fsanitize=undefined -fsanitize-undefined-trap-on-error)"),
    (r"_?mcount|__fentry__|__cyg_profile_func_\w+",
     "there is no profiler in a plugin: build without -p, -pg, -mfentry and -finstrument-functions"),
    (r"__gcov_\w+|__llvm_(profile|gcov)\w*",
     "coverage needs a library that a plugin does not have: build without --coverage and -fprofile-*"),
    (r"__\w+_chk", "_FORTIFY_SOURCE needs a C library, which a plugin does not have: build with -U_FORTIFY_SOURCE"),
    (r"__gxx_personality\w*|__gcc_personality\w*|_Unwind_\w+|"
     r"__cxa_(throw|rethrow|begin_catch|end_catch|allocate_exception|free_exception|call_unexpected|throw_\w+)",
     "a plugin cannot have exceptions: build without -fexceptions"),
    (r"vtable for (__cxxabiv1::.*|std::.*)|typeinfo (name )?for .*|__dynamic_cast|__cxa_bad_(cast|typeid)",
     "a plugin cannot have run-time type information: build without -frtti"),
    (r"__cxa_guard_\w+", "a plugin has no threads: build without -fthreadsafe-statics"),
    (r"operator (new|delete).*", "there is no allocator: define these operators, over plugin_heap for example"),
    (r"std::.*|__cxa_\w+|__cxxabiv1::.*", "there is no C++ library: add the file that defines it"),
    (r"_{2,3}tls_get_addr", "a plugin cannot have thread-local variables: make them static"),
    (r"__morestack\w*", "a plugin's stack does not grow: build without -fsplit-stack, and use PLUGIN_STACK()"),
]  # fmt: skip
NO_LIBRARY = "a plugin can only use what is linked into it, there is no C library: add the file that defines it"
HELPER = r"__(u?div|u?mod|mul|ash|lshr|fix|float)\w*[sd]i\w*"


def undefined(stderr):
    """The undefined symbols in ld's messages: {symbol: the place that uses it, or ""}."""
    missing = {}
    for line in stderr.splitlines():
        found = re.search(r"^(.*?):? undefined reference to [`'](.*)'", line)
        if found:
            place = re.sub(r"\(\.text.*?\)$|:\s*$", "", re.sub(r"^\S*ld(\.bfd)?: ", "", found.group(1)))
            place = place.split(": in function")[0].rstrip(":")
            if re.search(r":\d+$", place):  # FILE:LINE from debug information: FILE has its full path
                place = os.path.basename(place)
            missing.setdefault(found.group(2), place)
        found = re.search(r"undefined symbol [`'](.*?)' referenced in expression", line)
        if found:
            missing.setdefault(found.group(1), "")
    return missing


def explain_names(missing, have_libgcc):
    kinds = {}
    for name in sorted(missing):
        advice = next((text for pattern, text in KINDS if re.fullmatch(pattern, name)), NO_LIBRARY)
        if not have_libgcc and re.fullmatch(HELPER, name):
            advice = "64-bit arithmetic needs libgcc for i386: install gcc-multilib"
        kinds.setdefault(advice, []).append(name)
    clauses = []
    for advice in sorted(kinds, key=lambda advice: advice == NO_LIBRARY):
        names = kinds[advice]
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        where = sorted(place for name in names if (place := missing[name]) and "/" not in place)
        where = f" (used in {where[0]})" if where else ""
        clauses.append(f"undefined: {', '.join(names[:NAMES_SHOWN])}{more}{where}; {advice}")
    return "; ".join(clauses)


def explain_link(stderr, have_libgcc):
    """One sentence that explains ld's messages about a failed link."""
    missing = undefined(stderr)
    if missing:
        return explain_names(missing, have_libgcc)
    twice = re.search(r"multiple definition of [`'](.*?)'", stderr)
    if twice:
        name = twice.group(1)
        hint = " (it is used twice)" if name.startswith("plugin_note") else ""
        return f"{name} is defined more than once{hint}: keep one definition"
    lines = [line for line in stderr.strip().splitlines() if "warning:" not in line and "ld returned" not in line]
    detail = re.sub(r"^\S*ld(\.bfd)?: ", "", lines[-1]) if lines else "ld failed without a message"
    if "i386:x86-64 architecture" in detail or "incompatible with" in detail:
        return f"{detail.strip()}: build every object with plugin-cc -c"
    if "file not recognized" in detail or "file format not recognized" in detail:
        return f"{detail.strip()}: give objects of gcc, clang or tcc for i386 (not clang's with -flto)"
    return detail
