/* SPDX-License-Identifier: MIT */
/*
 * One frame up a PowerPC stack.
 *
 * The word at r1 is the address of the caller's frame (back chain); the caller's return address lies
 * 4 bytes into that frame (System V ABI) or 8 (Darwin, Mac OS): whichever follows a call in code is
 * taken, System V first. Linux marks frames of exceptions with "regs" or "REGS" 8 bytes into them; the saved
 * registers (struct pt_regs) follow at 16. Sources: System V ABI PowerPC supplement 3-18; Mach-O
 * Runtime Architecture, ch. 5; Linux Documentation/powerpc. Not modelled: frames of signals in user
 * programs, DWARF unwind tables, exception frames of systems other than Linux.
 */
#include "debug/unwind.h"

#include "target-ppc/cpu.h"

enum { KERNEL_BASE = (int)0xc0000000 };
enum { REGS_MARKER = 0x72656773, REGS_MARKER_NEW = 0x52454753, MARKER_AT = 8, REGS_AT = 16 };
/* Of struct pt_regs. */
enum { REGS_R1 = 4, REGS_NIP = 128, REGS_MSR = 132, REGS_LINK = 144, REGS_TRAP = 160 };
enum { TRAP_MAX = 0x3000 };

static const PpcEnv *env_of(const Debugger *debugger) { return &POWERPC_CPU(debugger->cpu)->env; }

bool debug_peek_word(CPUState *cpu, target_addr ea, bool code, uint32_t *word)
{
    const PpcEnv *env = &POWERPC_CPU(cpu)->env;
    uint8_t bytes[4];
    hwaddr pa;
    if ((ea & 3) || !CPU_GET_CLASS(cpu)->translate_debug(cpu, ea, code, &pa)) {
        return false;
    }
    bool is_real = !ppc_msr(env, code ? MSR_IR : MSR_DR);
    if (is_real && (uint32_t)pa >= (uint32_t)KERNEL_BASE &&
        !address_space_peek(cpu->as, pa, bytes, sizeof(bytes))) {
        pa -= (uint32_t)KERNEL_BASE;
    }
    if (!address_space_peek(cpu->as, pa, bytes, sizeof(bytes))) {
        return false;
    }
    *word = ldl_be_p(bytes);
    return true;
}

static bool peek(const Debugger *debugger, target_addr ea, uint32_t *word)
{
    return debug_peek_word(debugger->cpu, ea, false, word);
}

DebugFrame debug_unwind_innermost(const Debugger *debugger)
{
    const PpcEnv *env = env_of(debugger);
    return (DebugFrame){.pc = env->pc, .sp = env->gpr[1], .has_lr = true, .lr = env->lr};
}

/* --- exceptions ------------------------------------------------------------------------------------- */

static bool is_marker(uint32_t word) { return word == REGS_MARKER || word == REGS_MARKER_NEW; }

/* Linux keeps what an exception interrupted at @sp. */
static bool interrupted_frame(const Debugger *debugger, target_addr sp, DebugFrame *caller)
{
    uint32_t marker, sp_then, nip, link, msr, trap;
    target_addr regs = sp + REGS_AT;
    if (!peek(debugger, sp + MARKER_AT, &marker) || !is_marker(marker) ||
        !peek(debugger, regs + REGS_R1, &sp_then) || !peek(debugger, regs + REGS_NIP, &nip) ||
        !peek(debugger, regs + REGS_LINK, &link) || !peek(debugger, regs + REGS_MSR, &msr) ||
        !peek(debugger, regs + REGS_TRAP, &trap) || (nip & 3) || trap > TRAP_MAX) {
        return false;
    }
    *caller = (DebugFrame){.pc = nip,
                           .sp = sp_then,
                           .has_lr = true,
                           .lr = link,
                           .was_interrupted = true,
                           .trap = trap & ~0xfu,
                           .msr = msr,
                           .link_at = regs + REGS_NIP};
    return true;
}

/* --- back chains -------------------------------------------------------------------------------------- */

static bool follows_call(const Debugger *debugger, uint32_t pc)
{
    uint32_t insn;
    return !(pc & 3) && debug_peek_word(debugger->cpu, pc - 4, true, &insn) && debug_is_call(insn);
}

static bool is_code(const Debugger *debugger, uint32_t pc)
{
    uint32_t insn;
    return pc && debug_peek_word(debugger->cpu, pc, true, &insn);
}

/* Where the return address lies that belongs to the frame at @sp. */
static target_addr link_slot(const Debugger *debugger, target_addr sp)
{
    uint32_t sysv, darwin;
    bool has_sysv = peek(debugger, sp + 4, &sysv);
    if (has_sysv && follows_call(debugger, sysv)) {
        return sp + 4;
    }
    return peek(debugger, sp + 8, &darwin) && follows_call(debugger, darwin) &&
                   !(has_sysv && is_code(debugger, sysv))
               ? sp + 8
               : sp + 4;
}

static bool fail(const char **why, const char *text)
{
    *why = text;
    return false;
}

/* The frame at @sp, which was returned to through the address saved in it. */
static bool frame_at(const Debugger *debugger, target_addr sp, DebugFrame *caller, const char **why)
{
    uint32_t pc;
    target_addr slot = link_slot(debugger, sp);
    if (!peek(debugger, slot, &pc)) {
        return fail(why, "a return address is not readable");
    }
    if (pc == 0) {
        return fail(why, NULL);
    }
    if (pc & 3) {
        return fail(why, "a return address is not aligned");
    }
    *caller = (DebugFrame){.pc = pc, .sp = sp, .link_at = slot};
    return true;
}

static bool follow_chain(const Debugger *debugger, target_addr sp, target_addr *chain,
                         const char **why)
{
    uint32_t word;
    if (!peek(debugger, sp, &word)) {
        return fail(why, sp & 3 ? "the stack pointer is not aligned" : "the stack is not readable");
    }
    if (word == 0) {
        return fail(why, NULL);
    }
    if ((word & 3) || word == (uint32_t)sp) {
        return fail(why, word & 3 ? "the back chain is not aligned"
                                  : "previous frame identical to this frame (corrupt stack?)");
    }
    *chain = word;
    return true;
}

bool debug_unwind_caller(const Debugger *debugger, const DebugFrame *frame, DebugFrame *caller,
                         const char **why)
{
    DebugPrologue code = {true, true};
    target_addr sp = frame->sp;
    *why = NULL;
    if (frame->has_lr) {
        code = debug_prologue_at(debugger, frame->pc, frame->lr);
    }
    if (code.has_frame) {
        if (interrupted_frame(debugger, sp, caller)) {
            return true;
        }
        if (!follow_chain(debugger, sp, &sp, why)) {
            return false;
        }
    }
    if (code.saved_lr) {
        return frame_at(debugger, sp, caller, why);
    }
    if (frame->lr == 0 || (frame->lr & 3)) {
        return fail(why, frame->lr ? "the link register is not aligned" : NULL);
    }
    *caller = (DebugFrame){.pc = frame->lr, .sp = sp};
    return true;
}
