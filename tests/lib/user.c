// SPDX-License-Identifier: MIT
/* Ring 3 of a guest: its pages, its stack, the entry and the return. */
#include <lib/hypercall.h>
#include <lib/paging.h>
#include <lib/report.h>
#include <lib/trap.h>
#include <lib/user.h>

extern char user_text_start[], user_text_end[], user_data_start[], user_data_end[];

u32 user_cs = FLAT_RING3_CS, user_ss = FLAT_RING3_SS, user_ds = FLAT_RING3_DS;
u32 user_eflags = EFLAGS_IF;
u32 user_return_esp;

USER_DATA static char stack[2 * PAGE_SIZE] PAGE_BUFFER = { 1 };
/* The ring-1 stack for traps from ring 3; not the stack that user_run() was called on. */
static char trap_stack[2 * PAGE_SIZE] PAGE_BUFFER;

asm(".pushsection .user_text, \"ax\"\n"
    "user_stub:\n"
    "	call	*%eax\n"
    "	movl	%eax, %ebx\n"
    "	movl	$0x55736572, %eax\n" /* USER_EXIT */
    "	int	$0x80\n"
    "	ud2\n"
    ".popsection\n");
extern char user_stub[];

static bool syscall_default(struct regs *regs)
{
	if ((regs->cs & 3) != 3 || regs->eax != USER_EXIT)
		return false;
	user_leave(regs->ebx);
}

static void open_pages(char *from, char *to, u64 flags)
{
	for (; from < to; from += PAGE_SIZE) {
		volatile u64 *l2 = l2_entry(from), *l3 = l3_entry(from);
		u64 entry = *l2;

		require(l3 && l2, "no page table at %p", from);
		if (!(entry & PTE_US))
			require(!mmu_update_one(machine_of(l2), entry | PTE_US),
				"the L2 entry of %p cannot be opened to ring 3", from);
		require(!page_rights(from, flags), "page %p cannot be opened to ring 3", from);
	}
}

void user_init(void)
{
	trap_handler_t old;

	open_pages(user_text_start, user_text_end, PTE_READONLY | PTE_US);
	open_pages(user_data_start, user_data_end, PTE_WRITABLE | PTE_US);
	require(!hypercall(stack_switch, FLAT_RING1_DS, trap_stack + sizeof(trap_stack)),
		"stack_switch refused");
	old = trap_handle(VECTOR_SYSCALL, NULL);
	trap_handle(VECTOR_SYSCALL, old ? old : syscall_default);
}

u32 user_call(u32 (*fn)(u32), u32 argument)
{
	u32 *top = (u32 *)(stack + sizeof(stack));

	*--top = argument;
	return user_run((u32)user_stub, (u32)top, user_eflags, (u32)fn);
}
