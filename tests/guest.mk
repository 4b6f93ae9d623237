# SPDX-License-Identifier: MIT
#
# How one micro-guest is built; included by the Makefile in its directory,
# which has set NAME and SOURCES, and LOADED_AT (pseudo-physical load address) or
# IDENTITY=1 (ask for pfn == mfn) or DEFINES (for head.S and its own sources)
# where it wants other than the defaults.
TESTS := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
BUILD ?= $(TESTS)/../build
override BUILD := $(abspath $(BUILD))
LOADED_AT ?= $(if $(IDENTITY),0x1000000,0x100000)
KIND ?= guests

OUT := $(BUILD)/$(KIND)/obj/$(NAME)
# Guests at another place have a library of their own: head.S knows the notes.
LIB := $(BUILD)/guests/obj/lib

CC := gcc
CPPFLAGS := -nostdinc -isystem $(shell $(CC) -print-file-name=include) -idirafter /usr/include \
	-I$(TESTS) -I$(TESTS)/../hv/include/public -DGUEST_LOAD=$(LOADED_AT) \
	$(if $(IDENTITY),-DGUEST_IDENTITY) $(DEFINES) -MMD -MP
CFLAGS := -m32 -march=i686 -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-common \
	-fno-tree-loop-distribute-patterns -mno-mmx -mno-sse -mno-80387 -fno-omit-frame-pointer \
	-Wall -Wextra -Werror -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes \
	-Wno-missing-field-initializers -Wno-array-bounds -Wno-address-of-packed-member
LDFLAGS := -m elf_i386 -z max-page-size=4096 -z noexecstack --build-id=none --no-warn-rwx-segments

LIB_SOURCES := $(sort $(notdir $(wildcard $(TESTS)/lib/*.c $(TESTS)/lib/*.S)))
LIB_SOURCES := $(filter-out head.S guest.lds.S,$(LIB_SOURCES))
LIB_OBJECTS := $(addprefix $(LIB)/,$(addsuffix .o,$(LIB_SOURCES)))
OBJECTS := $(addprefix $(OUT)/,head.S.o $(addsuffix .o,$(SOURCES)) name.o)
# MACHINE=1: no guest, but a program for the bare machine (lib/machine.inc).
ifdef MACHINE
OBJECTS := $(addprefix $(OUT)/,$(addsuffix .o,$(SOURCES)))
LINK = -N -Ttext 0x100000 -e guest_start -o $@ $(OBJECTS)
else
LINK = -T $(OUT)/guest.lds -o $@ $(OBJECTS) $(LIB_OBJECTS)
endif
GUEST := $(BUILD)/$(KIND)/$(NAME).elf

.DELETE_ON_ERROR:
.PHONY: guest lib
guest: $(GUEST)
lib: $(LIB_OBJECTS)

$(GUEST): $(OBJECTS) $(LIB_OBJECTS) $(OUT)/guest.lds
	ld $(LDFLAGS) $(LINK)

$(OUT)/guest.lds: $(TESTS)/lib/guest.lds.S $(MAKEFILE_LIST) | $(OUT)
	$(CC) -E -P -DGUEST_LOAD=$(LOADED_AT) -o $@ -x c $<

$(OUT)/head.S.o: $(TESTS)/lib/head.S $(MAKEFILE_LIST) | $(OUT)
	$(CC) $(CPPFLAGS) -m32 -c -o $@ $<

$(OUT)/name.o: Makefile | $(OUT)
	printf 'const char test_name[] = "%s";\n' '$(NAME)' | $(CC) -m32 -c -x c -o $@ -

$(OUT)/%.c.o: %.c $(MAKEFILE_LIST) | $(OUT)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OUT)/%.S.o: %.S $(MAKEFILE_LIST) | $(OUT)
	$(CC) $(CPPFLAGS) -m32 -g -c -o $@ $<

$(LIB)/%.c.o: $(TESTS)/lib/%.c $(TESTS)/guest.mk | $(LIB)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(LIB)/%.S.o: $(TESTS)/lib/%.S $(TESTS)/guest.mk | $(LIB)
	$(CC) $(CPPFLAGS) -m32 -g -c -o $@ $<

$(OUT) $(LIB):
	mkdir -p $@

# Objects of a tree that was moved or copied are made anew, and those of a guest whose
# sources of other folders ($(ELSEWHERE)) have moved: their .d files name the files of before.
anew_unless_from = $(if $(filter-out $(strip $(file <$(1)/made-in)),$(2)), \
	$(shell rm -rf $(1) && mkdir -p $(1) && echo $(2) >$(1)/made-in))
$(call anew_unless_from,$(OUT),$(TESTS) $(ELSEWHERE))
$(call anew_unless_from,$(LIB),$(TESTS))

-include $(OBJECTS:.o=.d) $(LIB_OBJECTS:.o=.d)
