/* SPDX-License-Identifier: MIT */
/*
 * The 32-bit PowerPC processor (G3, G4): architected state, and the calls between its parts.
 *
 * Bit numbers are LSB 0. Sources: PEM (MPCFPE32B), MPC7450UM, MPC7410UM, MPC750UM.
 */
#ifndef TARGET_PPC_CPU_H
#define TARGET_PPC_CPU_H

#include "hw/core/cpu.h"
#include "util/bits.h"

#define TYPE_POWERPC_CPU "powerpc-cpu"
OBJECT_DECLARE_TYPE(PowerPCCPU, PowerPCCPUClass, POWERPC_CPU)
#define POWERPC_CPU_TYPE_NAME(model) model "-" TYPE_POWERPC_CPU

typedef struct PpcEnv PpcEnv;
typedef struct PpcModel PpcModel;

/* Stored fully byte-reversed: guest byte i is u8[15 - i], so element i of n is host lane n - 1 - i. */
typedef union PpcVector {
    uint8_t u8[16];
    int8_t s8[16];
    uint16_t u16[8];
    int16_t s16[8];
    uint32_t u32[4];
    int32_t s32[4];
    uint64_t u64[2];
} __attribute__((aligned(16))) PpcVector;

enum {
    MSR_VEC = 25,
    MSR_POW = 18,
    MSR_ILE = 16,
    MSR_EE = 15,
    MSR_PR = 14,
    MSR_FP = 13,
    MSR_ME = 12,
    MSR_FE0 = 11,
    MSR_SE = 10,
    MSR_BE = 9,
    MSR_FE1 = 8,
    MSR_IP = 6,
    MSR_IR = 5,
    MSR_DR = 4,
    MSR_PMM = 2,
    MSR_RI = 1,
    MSR_LE = 0,
};

/* Exception vectors are offsets from the prefix (MSR[IP]). */
typedef enum PpcVectorOffset {
    PPC_VECTOR_RESET = 0x100,
    PPC_VECTOR_MACHINE_CHECK = 0x200,
    PPC_VECTOR_DSI = 0x300,
    PPC_VECTOR_ISI = 0x400,
    PPC_VECTOR_EXTERNAL = 0x500,
    PPC_VECTOR_ALIGNMENT = 0x600,
    PPC_VECTOR_PROGRAM = 0x700,
    PPC_VECTOR_FP_UNAVAILABLE = 0x800,
    PPC_VECTOR_DECREMENTER = 0x900,
    PPC_VECTOR_SYSTEM_CALL = 0xc00,
    PPC_VECTOR_TRACE = 0xd00,
    PPC_VECTOR_PERFORMANCE = 0xf00,
    PPC_VECTOR_VEC_UNAVAILABLE = 0xf20,
    PPC_VECTOR_IABR = 0x1300,
    PPC_VECTOR_SMI = 0x1400,
    PPC_VECTOR_VEC_ASSIST = 0x1600,
    PPC_VECTOR_THERMAL = 0x1700,
} PpcVectorOffset;

/* SRR1 bits that come from MSR (PEM 6.4); the rest report the cause. */
#define PPC_SRR1_MSR_MASK 0x87c0ffffu

/* SRR1 reasons of a program exception. */
enum {
    PPC_PROGRAM_FP = 1u << 20,
    PPC_PROGRAM_ILLEGAL = 1u << 19,
    PPC_PROGRAM_PRIVILEGED = 1u << 18,
    PPC_PROGRAM_TRAP = 1u << 17,
};

/* Asynchronous causes, bits of pending_interrupts; level causes stay until the line falls. */
enum {
    PPC_INTERRUPT_RESET = 1 << 0, /* SRESET: the system reset exception */
    PPC_INTERRUPT_MCP = 1 << 1,
    PPC_INTERRUPT_SMI = 1 << 2,
    PPC_INTERRUPT_EXT = 1 << 3,
    PPC_INTERRUPT_PERF = 1 << 4,
    PPC_INTERRUPT_DECR = 1 << 5,
    PPC_INTERRUPT_THERM = 1 << 6,
    PPC_INTERRUPT_HRESET = 1 << 7, /* HRESET: as after power-on */
};

/* Input lines of the device ("cpu" inputs by number). */
enum {
    PPC_INPUT_INT,
    PPC_INPUT_MCP,
    PPC_INPUT_SMI,
    PPC_INPUT_HRESET,
    PPC_INPUT_SRESET,
    PPC_INPUT_COUNT
};

typedef enum PpcAccess { PPC_ACCESS_READ, PPC_ACCESS_WRITE, PPC_ACCESS_FETCH } PpcAccess;

/* One decoded instruction: what the semantics see. The engine's slots have the same fields. */
typedef struct PpcOp {
    uint16_t id;        /* row of insn.def */
    uint8_t d, a, b, c; /* register fields; rA|0 forms hold 32 in a when rA is 0 */
    uint16_t kind;      /* of a slot: EngineKind */
    int32_t imm;        /* SIMM, UIMM, displacement, mask, SPR number...: see decode.c */
    union {
        uint32_t insn;    /* step(): the word itself */
        uint32_t handler; /* a slot of the engine: address of its code */
    };
} PpcOp;

enum { PPC_TLB_SIZE = 4096, PPC_TLB_MODES = 4 };
enum { PPC_CODE_PAGE_SIZE = 4096, PPC_WATCHED_PAGES = 8 };
enum { PPC_WIMG_WRITE_THROUGH = 8, PPC_WIMG_INHIBITED = 4, PPC_WIMG_GUARDED = 1 };

/* Hit iff ea - tag <= 4096 - size: one compare covers the page and the crossing of its end. */
typedef struct PpcTlbEntry {
    uint32_t tag;
    uint32_t pa; /* of the page, | WIMG */
    uint8_t *host;
} PpcTlbEntry;

/* What FPSCR does not tell yet, and when the host's FPU may be used: fpu_lazy.h. */
typedef struct PpcFpPending {
    uint32_t limit_sum, limit_double, limit_single; /* sizes of windows; 0: the unit is not ready */
    bool is_guarded;     /* MXCSR holds what the guest will ask for: its direction, or its XX */
    uint8_t warm_bursts; /* so many more begin with the unit ready */
    union {
        struct {
            uint8_t arithmetic; /* PpcFpOp | PPC_FP_RECORDED, of a, b, c */
            uint8_t conversion; /* the same of an fctiw or fctiwz after it, of converted */
            uint8_t compare;    /* FPCC | PPC_FP_RECORDED of a comparison after it */
        };
        uint64_t any; /* an arithmetic operation writes all of it */
    };
    uint64_t a, b, c, converted;
} PpcFpPending;

/* A page that is watched: kept out of the TLBs. */
typedef struct PpcWatchedPage {
    target_addr ea; /* | 1; 0: none */
    hwaddr pa;
    uint8_t *host;
    ram_addr ram_addr;
    bool is_readonly;
    CpuWatchedBytes bytes;
} PpcWatchedPage;

struct PpcEnv {
    /* --- hot, used by every handler --- */
    uint32_t gpr[33]; /* [32] is always 0: rA|0 forms */
    uint32_t lr, ctr;
    int64_t cr[8]; /* lazy: see cr.h */
    uint8_t cr_so[8];
    uint32_t xer_ca, xer_ov, xer_so; /* 0 or 1 each */
    uint32_t xer_count;              /* XER[25:31] of the manual, bytes of lswx/stswx */
    uint32_t pc;      /* of the running instruction; of the next one between instructions */
    uint32_t next_pc; /* target, when a semantics function returns SEM_JUMP */
    uint32_t msr;
    uint32_t insn;    /* word of the running instruction, for alignment exceptions */
    uint32_t fpscr;   /* canonical after ppc_sync() */
    uint64_t fpr[32]; /* double format bits */
    PpcFpPending fp;
    PpcVector vr[32];
    uint32_t vscr;
    uint32_t vbase;                   /* engine: effective address of the page that it runs in */
    struct PpcCodeTlbEntry *code_tlb; /* the set of MSR[IR, PR] */
    PpcTlbEntry *data_read_tlb, *data_write_tlb; /* the sets of MSR[DR, PR] */

    /* --- supervisor state --- */
    uint32_t sr[16];
    uint32_t spr[1024]; /* storage of every SPR that has no home above; index = SPR number */
    bool reserve_valid;
    uint32_t reserve_addr; /* physical, of the 32-byte granule */
    uint64_t tb_offset;    /* time base = virtual_ns / 10 + offset (100 MHz) */
    uint32_t dec_value;    /* DEC = dec_value - (ticks since dec_ticks) */
    uint64_t dec_ticks;
    uint32_t pending_interrupts;
    bool halted;               /* napping: MSR[POW] with a HID0 power mode */
    uint64_t pm_icount, pm_tb; /* performance monitor: up to where PMCn have counted */
    bool pm_tb_rose;           /* the enabled time base bit rose since the last event point */
    Timer pm_timer;            /* when it will, if that matters */

    /* --- not architected: pure caches, hooks, counters --- */
    bool event;           /* this instruction makes an event point */
    uint64_t *icount;     /* clock_icount() */
    uint64_t deadline;    /* clock_deadline() or pm_deadline; compare at event points */
    uint64_t stop_icount; /* last clock_stop_icount() */
    bool pm_active;       /* MMCR0 or MMCR1 is not 0 */
    uint64_t pm_deadline; /* a counter of instructions overflows here */
    bool attention;       /* the run loop wants control: asked at event points */
    bool is_watch_due;    /* the last instruction accessed watched memory */
    bool is_return_due;   /* it was rfi, and somebody waits for one */
    uint32_t reached_pc;  /* where stop points were asked last: not again before it is left */
    uint64_t reached_icount;
    PpcWatchedPage watched_pages[PPC_WATCHED_PAGES]; /* by page; of those that were accessed last */
    uint32_t log_next_pc; /* -d in_asm,exec: where the block logged last goes on */
    Clock *clock;
    const ClockView *time;
    AddressSpace *as;
    const PpcModel *model;
    Timer dec_timer;
    uint32_t last_exception, last_exception_pc; /* for info why */
    uint64_t exception_counts[32];              /* by vector >> 8, info registers */
    uint32_t fetch_tag;                         /* page of the cached fetch pointer; ~0 when none */
    const uint8_t *fetch_host;
    uint64_t chaos;     /* -cache-chaos state; 0: off. Host-side: changes no guest-visible bit */
    struct PpcMmu *mmu; /* caches of the MMU files */
    uint32_t segments_cached;   /* bits: the supervisor's sets may hold translations of them */
    uint32_t segments_executed; /* those with code among them */
    bool segments_changed;      /* since the user's sets were compared with them */
    PpcTlbEntry read_tlb[PPC_TLB_MODES][PPC_TLB_SIZE];
    PpcTlbEntry write_tlb[PPC_TLB_MODES][PPC_TLB_SIZE];
    struct PpcEngine *engine;
};

struct PowerPCCPU {
    CPUState parent_obj;
    PpcEnv env;
    bool use_engine;
};

struct PowerPCCPUClass {
    CPUClass parent_class;
    const PpcModel *model;
};

static inline PowerPCCPU *ppc_env_cpu(PpcEnv *env) { return container_of(env, PowerPCCPU, env); }
static inline bool ppc_msr(const PpcEnv *env, unsigned bit) { return env->msr >> bit & 1; }

/* --- models (model.c, models.def) --------------------------------------------------------------- */

enum {
    PPC_FEATURE_ALTIVEC = 1 << 0,
    PPC_FEATURE_HIGH_BATS = 1 << 1, /* IBAT4-7, DBAT4-7 */
    PPC_FEATURE_L3 = 1 << 2,
    PPC_FEATURE_745X = 1 << 3, /* ICTRL, LDSTCR, MSSCR0...; no THRM */
    PPC_FEATURE_PIR = 1 << 4,
    PPC_FEATURE_PMC56 = 1 << 5,
    PPC_FEATURE_THRM = 1 << 6,
    PPC_FEATURE_L2CR2 = 1 << 7,
    PPC_FEATURE_7457 = 1 << 8, /* L3OHCR, L3ITCR1-3 */
};
struct PpcModel {
    const char *name;   /* "7400_v2.9" */
    const char *family; /* "7400" */
    uint32_t pvr;
    uint32_t features;
    uint32_t msr_mask;
    uint32_t hid0_nap_bits; /* HID0 bits of which one must be set for MSR[POW] to nap */
    const char *desc;
};
/* From a -cpu text: alias ("g4", "7400", "nitro") or full name; NULL with nearest name in *errp. */
const PpcModel *ppc_model_find(const char *text, Error **errp);
char *ppc_model_help(void);

/* --- step.c --------------------------------------------------------------------------------------- */

/* Execute one instruction at env->pc, complete, with its event point. */
void ppc_step(PpcEnv *env);
/* MSR[IR], [DR] or [PR] changed: other TLB sets. */
void ppc_mode_changed(PpcEnv *env);
/* Ask whether the run loop wants control, and where it wants to stop. */
void ppc_look_around(PpcEnv *env);
/* The clock's deadline or the performance monitor's may be another one. */
void ppc_deadline_changed(PpcEnv *env);
/* As ppc_step() for an instruction that is decoded already: @op with its word, at env->pc. Only where
 * nothing but the instruction itself can happen: no nap, no IABR. */
void ppc_step_decoded(PpcEnv *env, const PpcOp *op);
/* Lazy forms to architected values; idempotent. */
void ppc_sync(PpcEnv *env);
/* At the end of an instruction that made one: due timers and inputs, then one pending interrupt. */
void ppc_event_point(PpcEnv *env);

/* --- stops.c -------------------------------------------------------------------------------------- */

/* A stop point lies at env->pc that was not asked yet: no instruction may run before that. */
bool ppc_stop_ahead(PpcEnv *env);
/* Between two instructions: true if a stop point holds the processor here; *exit says which kind. */
bool ppc_stop_reached(PpcEnv *env, CpuExit *exit);
/* The processor is about to run or step. */
void ppc_stops_resume(PpcEnv *env);
/* CPUClass.stops_changed. */
void ppc_stops_changed(CPUState *cs);
/* The page of RAM or ROM at @ea and @pa, which begins at @section, holds watched bytes: its accesses must
 * keep coming to the slow path. */
bool ppc_stops_watch_page(PpcEnv *env, target_addr ea, hwaddr pa, const MemorySection *section);
/* What lies where in the address space changed. */
void ppc_stops_forget_pages(PpcEnv *env);
/* Around an access on the slow path: whether it is watched; it was done. */
bool ppc_stops_access_begins(PpcEnv *env, target_addr ea, unsigned size, bool is_write);
void ppc_stops_access_done(PpcEnv *env);
/* Code pages: stop at instructions like this one. */
bool ppc_stops_at_insn(PpcEnv *env, uint32_t insn);
/* An exception was delivered. */
void ppc_stops_exception(PpcEnv *env, PpcVectorOffset vector);
/* CPUClass.stop_due. */
void ppc_stops_due(CPUState *cs);

/* --- excp.c ---------------------------------------------------------------------------------------- */

/* Deliver at once: SRR0 = @srr0, SRR1 = MSR bits | @srr1_bits, MSR and pc changed, env->event set. */
void ppc_exception(PpcEnv *env, PpcVectorOffset vector, uint32_t srr0, uint32_t srr1_bits);
/* At the running instruction (SRR0 = pc). */
void ppc_program_exception(PpcEnv *env, uint32_t reason);
void ppc_alignment_exception(PpcEnv *env,
                             target_addr ea); /* DAR, DSISR from the instruction word */
/* DAR = @ea, DSISR = @dsisr. */
void ppc_dsi(PpcEnv *env, target_addr ea, uint32_t dsisr);
/* Deliver the highest pending enabled interrupt, if any; wakes a napping CPU. */
void ppc_interrupts_poll(PpcEnv *env);
void ppc_interrupt_set(PpcEnv *env, uint32_t cause, bool level);
void ppc_rfi(PpcEnv *env);
/* mtmsr and friends: masks by model, enters nap when POW says so, mode changes. */
void ppc_msr_write(PpcEnv *env, uint32_t value);
void ppc_reset(PpcEnv *env);

/* --- mmu.c ----------------------------------------------------------------------------------------- */

/* Guest-order values, zero-extended. False: an exception was delivered, nothing was changed. */
bool ppc_load(PpcEnv *env, target_addr ea, unsigned size, uint64_t *value);
bool ppc_store(PpcEnv *env, target_addr ea, unsigned size, uint64_t value);
/* A quadword at @ea, a multiple of 16: all of it or an exception. */
bool ppc_load_vector(PpcEnv *env, target_addr ea, PpcVector *value);
bool ppc_store_vector(PpcEnv *env, target_addr ea, const PpcVector *value);
/* The instruction word at env->pc; false: ISI delivered. */
bool ppc_fetch(PpcEnv *env, uint32_t *insn);
/* Translate without access, raising the exceptions an access would. */
bool ppc_translate(PpcEnv *env, target_addr ea, PpcAccess access, hwaddr *pa);
/* The same for lwarx and stwcx., which write-through memory refuses. */
bool ppc_translate_reserved(PpcEnv *env, target_addr ea, PpcAccess access, hwaddr *pa);
/* The same for cache operations, which do nothing in direct-store segments. */
bool ppc_cache_touch(PpcEnv *env, target_addr ea, PpcAccess access);
/* No exceptions, no R/C updates. */
bool ppc_translate_debug(PpcEnv *env, target_addr ea, bool code, hwaddr *pa);
/* Zero a cache line (dcbz). */
bool ppc_zero_line(PpcEnv *env, target_addr ea);
/* Registers that translation depends on changed: drop cached translations. */
void ppc_mmu_flush(PpcEnv *env);
/* SDR1 changed: the old table's pages are ordinary RAM again. */
void ppc_mmu_table_moved(PpcEnv *env);
/* A segment register, as mtsr does. */
void ppc_segment_write(PpcEnv *env, unsigned number, uint32_t value);
void ppc_mmu_init(PpcEnv *env);
void ppc_mmu_fini(PpcEnv *env);
void ppc_mmu_code_written(PpcEnv *env, ram_addr addr, uint64_t len);

/* --- spr.c, timebase.c ------------------------------------------------------------------------------ */

/* mfspr/mtspr complete, with privilege and existence checks; false: program exception delivered. */
bool ppc_spr_read(PpcEnv *env, unsigned number, uint32_t *value);
bool ppc_spr_write(PpcEnv *env, unsigned number, uint32_t value);
/* Debugger access: no checks, no exceptions; false if the model has no such register. */
bool ppc_spr_peek(PpcEnv *env, unsigned number, uint32_t *value);
void ppc_spr_poke(PpcEnv *env, unsigned number, uint32_t value);
const char *ppc_spr_name(const PpcEnv *env, unsigned number); /* NULL: not on this model */
int ppc_spr_by_name(const PpcEnv *env, const char *name);     /* -1: not on this model */
static inline uint32_t ppc_xer_get(const PpcEnv *env)
{
    return env->xer_so << 31 | env->xer_ov << 30 | env->xer_ca << 29 | env->xer_count;
}
static inline void ppc_xer_set(PpcEnv *env, uint32_t value)
{
    env->xer_so = value >> 31;
    env->xer_ov = value >> 30 & 1;
    env->xer_ca = value >> 29 & 1;
    env->xer_count = value & 0x7f;
}
enum { PPC_NS_PER_TICK = 10 }; /* of time base and decrementer: 100 MHz */
uint64_t ppc_timebase(PpcEnv *env);
void ppc_timebase_set(PpcEnv *env, uint64_t value);
uint32_t ppc_dec_get(PpcEnv *env);
void ppc_dec_set(PpcEnv *env, uint32_t value);
void ppc_timebase_init(PpcEnv *env);

/* --- perfmon.c -------------------------------------------------------------------------------------- */

/* Bring PMCn up to date: no effect of its own. Before MSR, TB and the control registers change. */
void ppc_perfmon_sync(PpcEnv *env);
/* After they have changed: work out when to look again. */
void ppc_perfmon_arm(PpcEnv *env);
/* At an event point: freezes, triggers and interrupts that are due. */
void ppc_perfmon_poll(PpcEnv *env);
/* MMCRn and PMCn. */
void ppc_perfmon_write(PpcEnv *env, unsigned number, uint32_t value);
void ppc_perfmon_init(PpcEnv *env);

#endif
