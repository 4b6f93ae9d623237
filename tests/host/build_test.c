// SPDX-License-Identifier: MIT
/*
 * The domain builder, for kernels low and high, small and large, with an initrd or none, in
 * machines with holes: the layout of the guest's memory, the p2m and m2p, every entry of the
 * page tables, start_info and the first registers, and the refusal of what is too large.
 *
 * Here physical addresses are the process's addresses from 16 to 32 MiB. Each machine is
 * tested in a process of its own.
 * Cannot tell: that a kernel starts there; every boot does.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/mm.h>

#include "build_machines.h"
#include "fake_cpu.h"
#include "refuse.h"
#include "silent_log.h"

static const struct machine *machine;

/* ---- the rest of the monitor ---- */

struct module three[3] asm("modules"); /* the third is beyond the end of modules[] */
u32 max_mfn = FRAMES, option_guest_mem_mib;
u32 m2p_rw[FRAMES + 1];
struct domain domain;
struct shared_info *shared;
struct vcpu_info *vcpu_info;
static struct shared_info page __aligned(4096);
static u32 shares, handed_over, filled, e820_nr, adopted, base;
static bool e820_identity;
static u8 file[0x1800], initrd[0x2345];

void *heap_pages(u32 nr)
{
	CHECK(nr == 1);
	return &page;
}

const char *elf_parse(const u8 *at, u32 size, struct elf_kernel *k)
{
	CHECK(size == machine->kernel.size && !memcmp(at, file, size));
	if (machine->k.nr_segments == 99)
		return "it is damaged";
	*k = machine->k;
	return NULL;
}

void hypercall_page_fill(u8 *at)
{
	CHECK(!filled);
	filled = (u32)at;
}

void memory_make_e820(bool identity, u32 nr_pfns)
{
	CHECK(!handed_over);
	e820_identity = identity;
	e820_nr = nr_pfns;
}

void frame_share(mfn_t mfn)
{
	CHECK(mfn == domain.shared_mfn);
	shares++;
}

static bool is_free(u32 at)
{
	u32 i;

	for (i = 0; i < ranges_nr; i++)
		if (at >= ranges[i].start && at < ranges[i].end)
			return true;
	return false;
}

/* All free memory is handed to the guest: later allocations must not happen. */
void memory_hand_over(void)
{
	u32 i;

	for (i = 0; i < ranges_nr; i++)
		CHECK(ranges[i].start < ranges[i].end, "range %u is empty", i);
	/* An identity guest that gets all memory gets the frames of the modules too. */
	for (i = 0; i < 2; i++)
		CHECK(!three[i].size || is_free(three[i].start) ==
						(machine->k.identity && !option_guest_mem_mib),
		      "module %u", i);
	ranges[ranges_nr] = (struct range){ RAM, FRAMES << PAGE_SHIFT }; /* none */
	handed_over++;
}

void mm_adopt(mfn_t l3)
{
	CHECK(!adopted && handed_over);
	adopted = l3;
}

int mm_new_base(mfn_t l3)
{
	CHECK(adopted == l3 && !base);
	base = l3;
	return 0;
}

/* ---- what the guest finds ---- */

static u32 word(u32 pa)
{
	CHECK(pa >= RAM && pa < FRAMES << PAGE_SHIFT, "%x", pa);
	return *(const u32 *)pa;
}

static u64 entry(u32 table, u32 slot)
{
	return word(table + slot * 8) | (u64)word(table + slot * 8 + 4) << 32;
}

static u32 pa_of(u32 va)
{
	return va - machine->k.virt_base + (machine->first << PAGE_SHIFT);
}

static u32 mfn_of(u32 pfn)
{
	return machine->first + pfn;
}

static bool owned(u32 mfn)
{
	if (machine->own)
		return machine->own(mfn);
	return mfn >= machine->first && mfn < machine->first + machine->nr;
}

static const struct start_info *info;
static u32 tables; /* number of page tables found by the walk */

/* Each entry of an L1 has the frame and the rights that its page needs. */
static void check_l1(u32 table, u32 from)
{
	u32 slot, ro_end = info->pt_base + info->nr_pt_frames * PAGE_SIZE;

	tables++;
	for (slot = 0; slot < 512; slot++) {
		u32 va = from + slot * PAGE_SIZE, pfn = (va - machine->k.virt_base) >> PAGE_SHIFT;
		bool mapped = va >= machine->k.virt_base && va < machine->virtual_end &&
			      pfn < machine->nr && owned(mfn_of(pfn));
		u64 want = mfn_pte(mfn_of(pfn), PTE_P | PTE_A | PTE_D);

		if (va < info->pt_base || va >= ro_end)
			want |= PTE_RW;
		CHECK(entry(table, slot) == (mapped ? want : 0), "%x: %llx", va,
		      entry(table, slot));
	}
}

static void check_tables(void)
{
	u32 l3 = base << PAGE_SHIFT, i, k, first = machine->k.virt_base >> 21,
	    last = (machine->virtual_end - 1) >> 21;

	CHECK(l3 == pa_of(info->pt_base));
	tables = 1;
	for (i = 0; i < 512; i++) {
		u64 e = entry(l3, i);
		bool used = i >= first >> 9 && i <= last >> 9;

		CHECK((e & ~PTE_ADDR) == (used || i == 3 ? PTE_P : 0), "slot %u of L3: %llx", i, e);
		if (!e)
			continue;
		tables++;
		for (k = 0; k < 512; k++) {
			u64 l2e = entry((u32)(e & PTE_ADDR), k);
			u32 at = i << 9 | k;

			used = at >= first && at <= last;
			CHECK((l2e & ~PTE_ADDR) == (used ? PTE_P | PTE_RW | PTE_US | PTE_A : 0),
			      "%x: %llx", at, l2e);
			if (used)
				check_l1((u32)(l2e & PTE_ADDR), at << 21);
		}
	}
	CHECK(tables == info->nr_pt_frames, "%u tables", tables);
}

static void check_p2m(void)
{
	u32 at = pa_of(info->mfn_list), pfn, mfn, owns = 0;

	for (pfn = 0; pfn < machine->nr; pfn++) {
		mfn = mfn_of(pfn);
		CHECK(word(at + 4 * pfn) == (owned(mfn) ? mfn : ~0u), "pfn %x: %x", pfn,
		      word(at + 4 * pfn));
		owns += owned(mfn);
	}
	if (machine->nr * 4 % PAGE_SIZE)
		CHECK(word(at + 4 * pfn) == NONE);
	for (mfn = 0; mfn <= FRAMES; mfn++)
		CHECK(m2p_rw[mfn] == (owned(mfn) ? mfn - machine->first : NONE), "frame %x", mfn);
	CHECK(domain.tot_pages == owns && domain.max_pages == owns &&
	      domain.nr_pfns == machine->nr);
	CHECK(info->nr_pages == (machine->k.identity ? machine->nr : owns));
	CHECK(domain.identity == machine->k.identity);
	CHECK(e820_identity == domain.identity && e820_nr == domain.nr_pfns);
}

static void check_kernel(void)
{
	u32 to = machine->first << PAGE_SHIFT, i, n;

	for (n = 0; n < machine->k.nr_segments; n++) {
		const struct elf_segment *s = &machine->k.segment[n];
		const u8 *at = (const u8 *)(to + s->paddr - machine->k.paddr_offset);

		for (i = 0; i < s->mem_size; i++)
			CHECK(at[i] == (i < s->file_size ? file[s->offset + i] : 0), "byte %x", i);
		CHECK(at[i] == 0x5a && at[-1] == 0x5a, "segment %u", n);
	}
	CHECK(*(u8 *)(to + machine->k.segment[n].paddr - machine->k.paddr_offset) == 0x5a);
	CHECK(filled == (machine->k.hypercall_page ? pa_of(machine->k.hypercall_page) : 0));
}

static void check_start_info(void)
{
	u32 start = info->mod_start, size = machine->initrd.size;
	const char *line = machine->kernel.cmdline;

	CHECK(!strcmp(info->magic, "xen-3.0-x86_32p"));
	CHECK(info->flags == (SIF_PRIVILEGED | SIF_INITDOMAIN |
			      (machine->k.mod_start_pfn ? SIF_MOD_START_PFN : 0)));
	CHECK(info->mod_len == size);
	if (machine->k.mod_start_pfn)
		start = machine->k.virt_base + (start << PAGE_SHIFT);
	if (!size)
		CHECK(!start);
	else
		CHECK(!memcmp((void *)pa_of(start), initrd, size));
	CHECK(!strncmp((const char *)info->cmd_line, line, 1023));
	CHECK(strlen((const char *)info->cmd_line) == MIN(strlen(line), 1023));
	CHECK(info->shared_info == (u32)hv_pa(&page) && shared == &page && shares == 1);
	CHECK(domain.shared_mfn == (u32)hv_pa(&page) >> PAGE_SHIFT);
	CHECK(vcpu_info == &page.vcpu_info[0] && vcpu_info->evtchn_upcall_mask == 1);
}

/* The parts follow each other, each from the begin of a page, with spare memory at the end. */
static void check_order(const struct regs *r)
{
	u32 at = machine->k.p_end - machine->k.paddr_offset + machine->k.virt_base;

	at = ROUND_UP(at, PAGE_SIZE);
	CHECK(!machine->initrd.size || machine->k.mod_start_pfn || info->mod_start == at);
	at = ROUND_UP(at + machine->initrd.size, PAGE_SIZE);
	CHECK(info->mfn_list == at);
	at = ROUND_UP(at + 4 * machine->nr, PAGE_SIZE);
	CHECK(r->esi == at && info->pt_base == at + PAGE_SIZE);
	at = info->pt_base + info->nr_pt_frames * PAGE_SIZE;
	CHECK(r->esp == at + PAGE_SIZE && machine->virtual_end - r->esp >= SPARE);
	CHECK(r->cs == SEL_GUEST_CS && r->ss == SEL_GUEST_DS);
	CHECK(r->ds == SEL_GUEST_DS && r->es == SEL_GUEST_DS);
	CHECK(r->eip == machine->k.entry && r->eflags == (EFLAGS_IF | EFLAGS_ONE));
	CHECK(!r->eax && !r->ebx && !r->ecx && !r->edx && !r->edi && !r->ebp);
}

static const struct regs *registers;

static void build(const void *unused)
{
	(void)unused;
	registers = domain_build();
}

static void make(void)
{
	u32 i;

	if (mmap((void *)RAM, RAM, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (void *)RAM)
		exit(1);
	memset((void *)RAM, 0x5a, RAM);
	memset(m2p_rw, 0x5a, sizeof(m2p_rw));
	for (i = 0; i < sizeof(file); i++)
		file[i] = (u8)(1 + i * 7 % 251);
	for (i = 0; i < sizeof(initrd); i++)
		initrd[i] = (u8)(3 + i * 5 % 241);
	three[0] = machine->kernel;
	three[1] = machine->initrd;
	three[1].start =
		three[1].size ? three[1].start : 0x1f20000; /* not NULL, for the sanitizers */
	three[2] = (struct module){ 0x1f30000, 0x1000, "" };
	memcpy((void *)three[0].start, file, sizeof(file));
	if (three[1].size)
		memcpy((void *)three[1].start, initrd, three[1].size);
	option_guest_mem_mib = machine->guest_mem;
	for (ranges_nr = 0; machine->ranges[ranges_nr].end; ranges_nr++)
		ranges[ranges_nr] = machine->ranges[ranges_nr];
	ranges[ranges_nr] = (struct range){ 0x1000000, 0x2000000 }; /* none */
}

static void one(void)
{
	make();
	if (machine->refusal) {
		REFUSED(build, NULL, machine->refusal);
		return;
	}
	TAKEN(build, NULL);
	info = (const struct start_info *)pa_of(registers->esi);
	check_order(registers);
	check_kernel();
	check_start_info();
	check_tables();
	check_p2m();
}

/* Tests one machine in a process of its own, because domain_build() can run only once. */
static void each(void)
{
	int status;

	fflush(stdout);
	if (!fork()) {
		one();
		fflush(stdout);
		_Exit(0);
	}
	CHECK(wait(&status) > 0 && !status, "machine \"%s\"", machine->name);
}

static void long_line(u32 length)
{
	static char line[4096];
	struct machine m = machines[0];

	memset(line, 'x', length);
	line[length] = 0;
	m.kernel.cmdline = line;
	machine = &m;
	each();
}

int main(void)
{
	fake_cpu_init();
	for (machine = machines; machine < machines + ARRAY_SIZE(machines); machine++)
		each();
	long_line(1022);
	long_line(1023);
	long_line(1024);
	long_line(4095);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
