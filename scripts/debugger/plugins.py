# SPDX-License-Identifier: MIT
"""gdb's command ringfence-plugins: lists the plugins of the stopped guest, and adds the symbols of one.

gdb reads this file (build/gdbinit has `source` for it); it is no program of its own.

Two objects describe a plugin: the plugin core in the guest kernel has its name and state (struct
core_plugin, core/life/registry.h), the monitor has its place (struct plugin in
plugin_slots[]). Both have debug information. The file that a plugin was loaded from is found by its
code, which is compared with that of the files in the folders that are searched. The code is read from
the guest kernel's memory, because the monitor maps a plugin only to run it.

In a plugin EIP is an offset in its code segment, and gdb takes it for an address. Breakpoints hit at
the linear address. Symbols are therefore added twice: at 0, by which gdb names where a plugin has
stopped, and at the segment's base, where breakpoints have to be. A plugin has no base while the
monitor's region does not map the plugin (hv/plugin/region.c); its symbols are then added at 0 only.
"""

import os
import pathlib
import re
import sys

import gdb

ROOT = pathlib.Path(os.path.realpath(__file__)).parents[2]
BUILD = pathlib.Path(os.environ.get("RINGFENCE_BUILD") or ROOT / "build")
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "plugin-sdk" / "lib"))

import plugin_file  # noqa: E402
from plugin_file import PAGE, TEXT_BASE, Refusal  # noqa: E402

LIST = "'drivers/ringfence/core/life/registry.c'::first"
LAYOUT = (ROOT / "hv" / "include" / "hv" / "layout.h").read_text()
MODES = {1: "segment", 2: "page", 3: "unguarded"}
PAGE_MODE = 2
REGION_NONE = 0xFFFFFFFF  # of hv/plugin_slot.h
PLUGIN_FREE = 0  # of hv/plugin_slot.h


def layout(name):
    """A constant of hv/layout.h: gdb does not know macros."""
    return int(re.search(rf"#define {name}\s+(0x[0-9a-f]+)", LAYOUT)[1], 16)


def evaluate(expression, what):
    try:
        return gdb.parse_and_eval(expression)
    except gdb.error as error:
        raise gdb.GdbError(f"{what} is not known ({error}): start gdb with -x build/gdbinit") from None


class Loaded:
    """A plugin of the stopped guest."""

    def __init__(self, core):
        """`core`: a struct core_plugin."""
        self.id = int(core["id"])
        self.name = core["name"].string()
        self.state = str(core["state"]).removeprefix("CORE_").lower()
        self.handle = int(core["handle"])
        self.frames = core["frames"]
        self.nr_text = int(core["nr_text"])
        # plugin_find() of the monitor
        slots = evaluate("plugin_slots", "the monitor's table of plugins")
        slot = slots[self.handle % (slots.type.range()[1] + 1)]
        used = int(slot["handle"]) == self.handle and int(slot["state"]) != PLUGIN_FREE
        self.created = bool(self.handle) and used
        self.base = self.find_base(int(slot["first"])) if self.created else None

    def __eq__(self, other):
        return isinstance(other, Loaded) and (self.id, self.handle) == (other.id, other.handle)

    @staticmethod
    def find_base(first):
        """The linear address of offset 0, or None. `first`: the plugin's first page of the region, or REGION_NONE."""
        if int(evaluate("plugin_mode", "the monitor's plugin mode")) == PAGE_MODE:
            return layout("HV_PLUGIN_PAGE_BASE")
        return layout("HV_PLUGIN_START") + first * PAGE if first != REGION_NONE else None

    def text(self):
        """The plugin's code as it is in the guest kernel's memory, or None if gdb cannot read that now."""
        memory = gdb.selected_inferior()
        try:
            return b"".join(bytes(memory.read_memory(int(self.frames[i]["address"]), PAGE)) for i in range(self.nr_text))
        except gdb.MemoryError:
            return None


def guest_plugins():
    """A list of Loaded, by ascending ids."""
    found = []
    try:
        core = evaluate(LIST, "the guest kernel's list of plugins")
        while int(core):
            found.append(Loaded(core.dereference()))
            core = core["next"]
    except gdb.MemoryError:
        raise gdb.GdbError(
            "the guest kernel's memory is not mapped now: in page mode a plugin runs without it; stop elsewhere"
        ) from None
    return found


def files(folders):
    """{code: path} of the .plg files in the folders."""
    found = {}
    for folder in folders:
        for path in sorted(pathlib.Path(folder).glob("*.plg")):
            try:
                found.setdefault(plugin_file.load(path).text, path)
            except Refusal:
                continue
    return found


def symbols_of(plugin, candidates):
    """The file with the plugin's symbols: the .plg it was loaded from, or the .elf beside it if that has
    the same code; or None."""
    text = plugin.text() or b""
    path = next((path for code, path in candidates.items() if text.startswith(code)), None)
    if path is None:
        return None
    debug = path.with_suffix(".elf")
    try:
        return debug if plugin_file.load(debug).text == plugin_file.load(path).text else path
    except Refusal:
        return path


class Added:
    """The symbols that this file has added to gdb's."""

    def __init__(self):
        self.places = []
        self.plugin = self.base = self.path = None

    def replace(self, plugin, path):
        if (self.plugin, self.base, self.path) == (plugin, plugin.base, path):
            return
        self.remove()
        self.plugin, self.base, self.path = plugin, plugin.base, path
        for base in (0, plugin.base) if plugin.base else (0,):
            gdb.execute(f"add-symbol-file '{path}' -o {base:#x}", to_string=True)
            self.places.append(base + TEXT_BASE)

    def remove(self):
        for address in self.places:
            try:
                gdb.execute(f"remove-symbol-file -a {address:#x}", to_string=True)
            except gdb.error:
                pass  # the user has removed them
        self.places = []


class PluginsCommand(gdb.Command):
    """List the plugins that are loaded in the guest, and add the symbols of one.

ringfence-plugins [NAME [FOLDER...]]

The symbols of NAME, or of the only plugin there is, or else of the one chosen last, are added at 0 and at the base of its segment; those that
were added before are removed. Its file is looked for in build/sdk, in the current folder and in FOLDERs: NAME.elf, which
plugin-cc --debug-file writes, gives source lines and types, NAME.plg gives functions. $plugin_base is the base
of the segment: (char *)$plugin_base + offset is where gdb finds what is at an offset of the plugin.

In segment mode a plugin that is not mapped has - as its BASE: one that no call has run yet, or that others
have displaced. Breakpoints in it are hit if ringfence-plugins is said again after its next call."""

    def __init__(self):
        super().__init__("ringfence-plugins", gdb.COMMAND_DATA)
        self.added = Added()

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        name, *folders = gdb.string_to_argv(argument) or [None]
        plugins = guest_plugins()
        if not plugins:
            return print("no plugins are loaded")
        if name is None and len(plugins) == 1:
            name = plugins[0].name
        elif name is None and self.added.plugin in plugins:
            name = self.added.plugin.name
        candidates = files([*folders, BUILD / "sdk", "."])
        print(f"{'':2}{'ID':5}{'NAME':17}{'STATE':10}{'BASE':11}SYMBOLS")
        chosen = None
        for plugin in plugins:
            path = symbols_of(plugin, candidates) if plugin.created else None
            mine = plugin.name == name
            chosen = (plugin, path) if mine else chosen
            base = f"{plugin.base:#010x}" if plugin.base else "-"
            print(f"{'*' if mine else '':2}{plugin.id:<5}{plugin.name:17}{plugin.state:10}{base:11}{path or '-'}")
        if name is not None:
            self.choose(name, chosen)

    def choose(self, name, chosen):
        if not chosen:
            raise gdb.GdbError(f"no plugin {name} is loaded: choose one of the list")
        plugin, path = chosen
        if not plugin.created:
            raise gdb.GdbError(f"{name} has no memory yet, or none any more")
        if path is None and plugin.text() is None:
            raise gdb.GdbError(f"the code of {name} cannot be read now: stop elsewhere")
        if path is None:
            raise gdb.GdbError(f"no .plg file has the code of {name}: name its folder, ringfence-plugins {name} FOLDER")
        self.added.replace(plugin, path)
        gdb.set_convenience_variable("plugin_base", plugin.base)
        if not plugin.base:
            print(f"{name} is not mapped now: after its next call say ringfence-plugins again; breakpoints in it are not hit before")


PluginsCommand()
