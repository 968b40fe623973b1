/* SPDX-License-Identifier: MIT */
/*
 * Runs with a goal (debug/run.h) and backtraces, on a bare processor with small programs: calls,
 * recursion, exceptions in the middle of steps, returns that never come, damaged stacks.
 */
#include "debug/run.h"
#include "debug/stops.h"
#include "target-ppc/asm.h"
#include "tests/unit/ppc_bench.h"
#include "tests/unit/symbol_files.h"

enum { CODE = 0x1000, STACK = 0x20000, FOR_EVER = 200000, HANDLER = 0x900 };

static Bench bench;
static Debugger debugger;
static DebugStops *stops;
static PpcEnv *env;

static void start(void)
{
    bench = bench_new("7400_v2.9");
    env = bench.env;
    stops = debug_stops_of(CPU(bench.cpu));
    debugger = (Debugger){.cpu = CPU(bench.cpu), .symbols = debug_symbols_new()};
    env->pc = CODE;
    env->gpr[1] = STACK;
}

/* Lines from @at on; "" ends them. Labels are addresses. */
static void put(uint32_t at, const char *const *lines)
{
    for (; **lines; lines++, at += 4) {
        uint32_t word;
        cr_assert(ppc_assemble(*lines, at, &word, &error_abort), "%s", *lines);
        bench_put(&bench, at, word);
    }
}
#define PUT(at, ...) put(at, (const char *const[]){__VA_ARGS__, ""})

static CpuExit run(void)
{
    CPUState *cs = CPU(bench.cpu);
    clock_set_stop_icount(env->clock, *env->icount + FOR_EVER);
    CpuExit exit = CPU_GET_CLASS(cs)->run(cs);
    clock_set_stop_icount(env->clock, CLOCK_NEVER);
    return exit;
}

/* As a console drives it; false: what it waits for does not come. */
static bool drive(RunGoal *goal)
{
    for (unsigned i = 0; i < FOR_EVER; i++) {
        switch (run_goal_next(goal)) {
        case RUN_ORDER_STEP:
            CPU_GET_CLASS(CPU(bench.cpu))->step(CPU(bench.cpu));
            break;
        case RUN_ORDER_GO:
            if (run() == CPU_EXIT_STOP_ICOUNT) {
                return false;
            }
            break;
        case RUN_ORDER_DONE:
            return true;
        }
    }
    return false;
}

/* True: it arrived. Nothing of it is left. */
static bool reach(RunGoalSpec spec)
{
    spec.count = MAX(spec.count, 1);
    RunGoal *goal = run_goal_new(&debugger, &spec, &error_abort);
    bool has_ended = drive(goal), has_arrived = run_goal_has_arrived(goal);
    run_goal_free(goal);
    CPUState *cs = CPU(bench.cpu);
    cr_assert_not(cs->has_return_stops);
    return has_ended && has_arrived;
}

static bool does(RunGoalKind kind) { return reach((RunGoalSpec){.kind = kind}); }

static unsigned stop_at(uint32_t addr)
{
    StopPoint point = {.kind = CPU_STOP_CODE, .addr = addr};
    return debug_stops_add(stops, &point, &error_abort);
}

/* --- calls ------------------------------------------------------------------------------------------------ */

/* r3! by recursion. */
static void put_factorial(void)
{
    PUT(CODE, "li r3, 5", "bl 0x1100", "nop", "b 0x100c");
    PUT(0x1100, "stwu r1, -32(r1)", "mflr r0", "stw r0, 36(r1)", "stw r31, 28(r1)", "mr r31, r3",
        "cmpwi r3, 1", "ble 0x1128", "addi r3, r3, -1", "bl 0x1100", "mullw r3, r3, r31",
        "lwz r31, 28(r1)", "lwz r0, 36(r1)", "mtlr r0", "addi r1, r1, 32", "blr");
}

static void name_factorial(void)
{
    static const Symbol symbol = {.name = "factorial", .addr = 0x1100, .size = 60, .is_code = true};
    SymbolTable *table = debug_symbols_add_table(debugger.symbols, "test",
                                                 (SymbolSpace){SYMBOLS_ANYWHERE, 0});
    symbol_table_add(table, &symbol);
    debug_symbols_finish_table(debugger.symbols, table);
}

Test(run_goals, nexti_steps_over_a_call)
{
    start();
    put_factorial();
    cr_assert(does(RUN_NEXTI));
    cr_assert_eq(env->pc, CODE + 4);
    cr_assert(does(RUN_NEXTI));
    cr_assert_eq(env->pc, CODE + 8);
    cr_assert_eq(env->gpr[3], 120);
    cr_assert(does(RUN_NEXTI));
    cr_assert_eq(env->pc, CODE + 12);
}

Test(run_goals, nexti_waits_for_its_own_level_of_a_recursion)
{
    start();
    put_factorial();
    env->gpr[3] = 5;
    for (unsigned i = 0; i < 10; i++) { /* into the first call, up to its own */
        CPU_GET_CLASS(CPU(bench.cpu))->step(CPU(bench.cpu));
    }
    cr_assert_eq(env->pc, 0x1120);
    uint32_t r1 = env->gpr[1];
    cr_assert(does(RUN_NEXTI));
    cr_assert_eq(env->pc, 0x1124);
    cr_assert_eq(env->gpr[1], r1);
    cr_assert_eq(env->gpr[3], 24);
}

Test(run_goals, many_steps_are_one_run)
{
    start();
    put_factorial();
    cr_assert(reach((RunGoalSpec){.kind = RUN_NEXTI, .count = 3}));
    cr_assert_eq(env->pc, CODE + 12);
}

Test(run_goals, a_breakpoint_in_the_callee_ends_the_step)
{
    start();
    put_factorial();
    unsigned number = stop_at(0x1124);
    cr_assert_not(reach((RunGoalSpec){.kind = RUN_NEXTI, .count = 2}));
    cr_assert_eq(env->pc, 0x1124);
    cr_assert_eq(debug_stops_hit(stops)->number, number);
    cr_assert_eq(debug_stops_next(stops, number), NULL);
    cr_assert_eq(stop_at(0x2000), number + 1, "numbers of the user's have no gaps");
}

Test(run_goals, a_breakpoint_at_the_first_instruction_of_the_callee_ends_the_step)
{
    start();
    put_factorial();
    unsigned number = stop_at(0x1100);
    cr_assert_not(reach((RunGoalSpec){.kind = RUN_NEXTI, .count = 2}));
    cr_assert_eq(env->pc, 0x1100);
    cr_assert_eq(debug_stops_hit(stops)->number, number);
}

Test(run_goals, asking_for_the_own_address_is_no_call)
{
    start();
    PUT(CODE, "bcl 20, 31, 0x1008", "nop", "mflr r30", "nop");
    cr_assert(does(RUN_NEXTI));
    cr_assert_eq(env->pc, CODE + 8);
}

Test(run_goals, calls_through_registers_are_calls)
{
    start();
    PUT(CODE, "lis r9, 0", "ori r9, r9, 0x1100", "mtctr r9", "bctrl", "nop", "mtlr r9", "blrl",
        "nop");
    PUT(0x1100, "nop", "blr");
    cr_assert(reach((RunGoalSpec){.kind = RUN_NEXTI, .count = 4}));
    cr_assert_eq(env->pc, CODE + 16);
    cr_assert(reach((RunGoalSpec){.kind = RUN_NEXTI, .count = 3}));
    cr_assert_eq(env->pc, CODE + 28);
}

Test(run_goals, an_untaken_call_is_one_step)
{
    start();
    PUT(CODE, "cmpwi r3, 1", "beql 0x1100", "nop");
    cr_assert(reach((RunGoalSpec){.kind = RUN_NEXTI, .count = 2}));
    cr_assert_eq(env->pc, CODE + 8);
}

Test(run_goals, a_tail_call_is_followed)
{
    start();
    PUT(CODE, "bl 0x1100", "nop");
    PUT(0x1100, "nop", "b 0x1200");
    PUT(0x1200, "li r3, 3", "blr");
    env->pc = 0x1104;
    env->lr = CODE + 4;
    cr_assert(does(RUN_NEXTI));
    cr_assert_eq(env->pc, 0x1200);
    cr_assert(does(RUN_FINISH));
    cr_assert_eq(env->pc, CODE + 4);
}

Test(run_goals, a_return_that_never_comes_leaves_nothing_behind)
{
    start();
    PUT(CODE, "bl 0x1100", "nop");
    PUT(0x1100, "addi r1, r1, 0x4000", "lis r9, 0", "ori r9, r9, 0x1200", "mtlr r9", "blr");
    PUT(0x1200, "b 0x1200");
    cr_assert_not(does(RUN_NEXTI));
    cr_assert_eq(env->pc, 0x1200);
    cr_assert_not(CPU(bench.cpu)->has_code_stops);
}

/* --- exceptions --------------------------------------------------------------------------------------------- */

/* A decrementer that comes every @ticks ticks of ten instructions, and system calls. */
static void put_handlers(unsigned ticks)
{
    g_autofree char *reload = g_strdup_printf("li r30, %u", ticks);
    PUT(HANDLER, "mtsprg0 r30", reload, "mtdec r30", "mfsprg r30, 0", "rfi");
    PUT(0xc00, "addi r29, r29, 1", "bl 0x1100", "rfi");
    PUT(0x700, "mtsprg0 r30", "mfsrr0 r30", "addi r30, r30, 4", "mtsrr0 r30", "mfsprg r30, 0",
        "rfi");
}

Test(run_goals, interrupts_do_not_take_a_step_into_their_handler)
{
    start();
    put_factorial();
    put_handlers(3);
    PUT(CODE + 12, "nop", "b 0x1000");
    bench_set_msr(env, env->msr | BIT(MSR_EE));
    ppc_dec_set(env, 1);
    for (unsigned i = 0; i < 100; i++) {
        cr_assert(does(RUN_NEXTI));
        cr_assert(env->pc >= CODE && env->pc < CODE + 20, "%x", env->pc);
    }
    cr_assert_gt(env->exception_counts[9], 20);
}

Test(run_goals, a_system_call_is_one_step)
{
    start();
    put_handlers(3);
    PUT(CODE, "sc", "nop");
    PUT(0x1100, "blr");
    env->lr = 0;
    cr_assert(does(RUN_NEXTI));
    cr_assert_eq(env->pc, CODE + 4);
    cr_assert_eq(env->gpr[29], 1);
}

Test(run_goals, steps_go_into_exceptions_if_they_are_told_to)
{
    start();
    PUT(CODE, "sc", "nop");
    cr_assert(reach((RunGoalSpec){.kind = RUN_NEXTI, .into_exceptions = true}));
    cr_assert_eq(env->pc, 0xc00);
}

Test(run_goals, a_handler_that_skips_the_instruction_ends_its_step)
{
    start();
    put_handlers(3);
    PUT(CODE, ".long 0", "nop");
    cr_assert(does(RUN_NEXTI));
    cr_assert_eq(env->pc, CODE + 4);
}

/* As a page fault: the handler mends and returns to the same instruction. */
Test(run_goals, an_instruction_that_is_tried_again_is_one_step)
{
    start();
    PUT(CODE, "fadd f1, f1, f1", "nop");
    PUT(0x800, "mtsprg0 r30", "mfsrr1 r30", "ori r30, r30, 0x2000", "mtsrr1 r30", "mfsprg r30, 0",
        "rfi");
    RunGoalSpec spec = {.kind = RUN_NEXTI, .count = 1};
    RunGoal *goal = run_goal_new(&debugger, &spec, &error_abort);
    cr_assert(drive(goal));
    cr_assert_eq(env->pc, CODE + 4);
    run_goal_free(goal);
}

/* As the kernel's exception tables: to another place. */
Test(run_goals, a_handler_that_returns_elsewhere_ends_the_step_there)
{
    start();
    PUT(CODE, ".long 0", "nop");
    PUT(0x700, "li r30, 0x1400", "mtsrr0 r30", "rfi");
    PUT(0x1400, "nop");
    cr_assert(does(RUN_NEXTI));
    cr_assert_eq(env->pc, 0x1400);
}

/* The handler's own exceptions return to it, not to what was stepped. */
Test(run_goals, an_exception_in_the_handler_is_not_the_end_of_it)
{
    start();
    PUT(CODE, "sc", "nop");
    PUT(0xc00, "mfsrr0 r20", "mfsrr1 r21", "addi r1, r1, -64", ".long 0", "addi r1, r1, 64",
        "mtsrr0 r20", "mtsrr1 r21", "rfi");
    put_handlers(3);
    PUT(0xc00, "mfsrr0 r20", "mfsrr1 r21", "addi r1, r1, -64", ".long 0", "addi r1, r1, 64",
        "mtsrr0 r20", "mtsrr1 r21", "rfi");
    cr_assert(does(RUN_NEXTI));
    cr_assert_eq(env->pc, CODE + 4);
}

Test(run_goals, a_breakpoint_in_the_handler_ends_the_step)
{
    start();
    put_handlers(3);
    PUT(CODE, "sc", "nop");
    PUT(0x1100, "blr");
    stop_at(0xc04);
    cr_assert_not(does(RUN_NEXTI));
    cr_assert_eq(env->pc, 0xc04);
}

/* --- finish, until, advance -------------------------------------------------------------------------------- */

Test(run_goals, finish_works_at_every_instruction_of_a_function)
{
    start();
    put_factorial();
    name_factorial();
    for (unsigned steps = 2; steps < 60; steps++) {
        env->pc = CODE;
        env->gpr[1] = STACK;
        for (unsigned i = 0; i < steps; i++) {
            CPU_GET_CLASS(CPU(bench.cpu))->step(CPU(bench.cpu));
        }
        if (env->pc < 0x1100) {
            break;
        }
        uint32_t r1 = env->gpr[1];
        cr_assert(does(RUN_FINISH));
        cr_assert(env->pc == 0x1124 || env->pc == CODE + 8, "%x", env->pc);
        cr_assert_leq(env->gpr[1] - r1, 32);
        cr_assert(env->gpr[1] > r1 || env->gpr[1] == r1);
    }
}

Test(run_goals, finish_without_symbols_reads_the_code)
{
    start();
    put_factorial();
    stop_at(0x1128);
    cr_assert_eq(run(), CPU_EXIT_BREAKPOINT);
    cr_assert(does(RUN_FINISH));
    cr_assert_eq(env->pc, 0x1124);
    cr_assert_eq(env->gpr[3], 1);
}

Test(run_goals, finish_in_the_outermost_frame_is_refused)
{
    start();
    Error *err = NULL;
    RunGoalSpec spec = {.kind = RUN_FINISH, .count = 1};
    cr_assert_null(run_goal_new(&debugger, &spec, &err));
    cr_assert(strstr(error_get_pretty(err), "outermost"));
    error_free(err);
}

Test(run_goals, until_leaves_a_loop)
{
    start();
    PUT(CODE, "li r4, 50", "mtctr r4", "addi r3, r3, 1", "bdnz 0x1008", "nop");
    cr_assert(reach((RunGoalSpec){.kind = RUN_NEXTI, .count = 3}));
    cr_assert(does(RUN_UNTIL));
    cr_assert_eq(env->pc, CODE + 16);
    cr_assert_eq(env->gpr[3], 50);
}

Test(run_goals, advance_ends_at_its_place_or_with_the_frame)
{
    start();
    put_factorial();
    cr_assert(reach((RunGoalSpec){.kind = RUN_ADVANCE, .place = 0x1128}));
    cr_assert_eq(env->pc, 0x1128);
    cr_assert(reach((RunGoalSpec){.kind = RUN_ADVANCE, .place = CODE + 8}));
    cr_assert_eq(env->pc, 0x1124);
}

Test(run_goals, until_a_place_waits_for_its_frame_if_symbols_tell)
{
    start();
    put_factorial();
    name_factorial();
    cr_assert(reach((RunGoalSpec){.kind = RUN_UNTIL_PLACE, .place = 0x1124}));
    cr_assert_eq(env->gpr[1], STACK - 4 * 32); /* from another function: at any level */
    env->pc = CODE;
    env->gpr[1] = STACK;
    cr_assert(reach((RunGoalSpec){.kind = RUN_ADVANCE, .place = 0x1114}));
    cr_assert(reach((RunGoalSpec){.kind = RUN_UNTIL_PLACE, .place = 0x1124}));
    cr_assert_eq(env->gpr[1], STACK - 32);
    cr_assert_eq(env->gpr[3], 24);
}

/* --- source lines ------------------------------------------------------------------------------------------ */

static void load_program(const char *flags)
{
    make_folder();
    g_autofree char *path = build_program(flags);
    g_autofree char *binary = g_build_filename(folder, "program.bin", NULL);
    g_autofree char *bytes = NULL;
    gsize size;
    size_t count;
    g_free(run_command("powerpc-linux-gnu-objcopy -O binary program.elf program.bin"));
    cr_assert(g_file_get_contents(binary, &bytes, &size, NULL));
    start();
    memcpy(bench.host + CODE, bytes, MIN(size, BENCH_RAM_SIZE - CODE));
    cr_assert(
        debug_symbols_load(debugger.symbols, path, 0, (SymbolSpace){0}, &count, &error_abort));
    Symbol entry;
    cr_assert(debug_symbols_find(debugger.symbols, NULL, "_start", &entry));
    env->pc = entry.addr;
    remove_folder();
}

static unsigned line_now(void)
{
    SourceLine line;
    bool is_known = debug_symbols_line_at(debugger.symbols, debugger.cpu, env->pc, &line);
    return is_known ? line.line : 0;
}

Test(run_goals, step_goes_into_functions_and_next_over_them)
{
    static const unsigned stepped[] = {21, 12, 13, 14, 7, 8, 13, 14, 7};
    load_program("-O0 -g");
    for (unsigned i = 0; i < G_N_ELEMENTS(stepped); i++) {
        cr_assert(does(RUN_STEP));
        cr_assert_eq(line_now(), stepped[i], "step %u: line %u", i, line_now());
    }
    cr_assert(does(RUN_NEXT));
    cr_assert_eq(line_now(), 8);
    static const unsigned nexted[] = {13, 14, 13, 14};
    for (unsigned i = 0; i < G_N_ELEMENTS(nexted); i++) {
        cr_assert(does(RUN_NEXT));
        cr_assert_eq(line_now(), nexted[i], "next %u: line %u", i, line_now());
    }
}

Test(run_goals, step_by_lines_is_the_same_with_interrupts)
{
    load_program("-O0 -g");
    put_handlers(2);
    bench_set_msr(env, env->msr | BIT(MSR_EE));
    ppc_dec_set(env, 1);
    static const unsigned stepped[] = {21, 12, 13, 14, 7, 8, 13, 14, 7};
    for (unsigned i = 0; i < G_N_ELEMENTS(stepped); i++) {
        cr_assert(does(RUN_STEP));
        cr_assert_eq(line_now(), stepped[i], "step %u: line %u", i, line_now());
    }
    cr_assert_gt(env->exception_counts[9], 1);
}

Test(run_goals, a_function_without_lines_is_stepped_to_its_end)
{
    start();
    put_factorial();
    name_factorial();
    CPU_GET_CLASS(CPU(bench.cpu))->step(CPU(bench.cpu));
    CPU_GET_CLASS(CPU(bench.cpu))->step(CPU(bench.cpu));
    cr_assert(does(RUN_STEP));
    cr_assert_eq(env->pc, CODE + 8);
}

/* kallsyms and System.map know no sizes. */
Test(run_goals, a_function_without_a_size_ends_at_the_next_symbol)
{
    static const Symbol names[] = {{.name = "factorial", .addr = 0x1100, .is_code = true},
                                   {.name = "next", .addr = 0x1100 + 60, .is_code = true}};
    start();
    put_factorial();
    SymbolTable *table = debug_symbols_add_table(debugger.symbols, "sizeless",
                                                 (SymbolSpace){SYMBOLS_ANYWHERE, 0});
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        symbol_table_add(table, &names[i]);
    }
    debug_symbols_finish_table(debugger.symbols, table);
    CPU_GET_CLASS(CPU(bench.cpu))->step(CPU(bench.cpu));
    CPU_GET_CLASS(CPU(bench.cpu))->step(CPU(bench.cpu));
    cr_assert(does(RUN_STEP));
    cr_assert_eq(env->pc, CODE + 8);
}

Test(run_goals, a_step_by_lines_without_any_is_refused_in_one_line)
{
    start();
    Error *err = NULL;
    RunGoalSpec spec = {.kind = RUN_STEP, .count = 1};
    cr_assert_null(run_goal_new(&debugger, &spec, &err));
    cr_assert(strstr(error_get_pretty(err), "no line number information"));
    cr_assert_null(strchr(error_get_pretty(err), '\n'));
    error_free(err);
}

/* --- backtraces -------------------------------------------------------------------------------------------- */

static char *backtrace_text(void)
{
    GString *out = g_string_new(NULL);
    g_autoptr(Backtrace) trace = backtrace_new(&debugger, BACKTRACE_MAX);
    for (unsigned i = 0; i < trace->frames->len; i++) {
        const DebugFrame *frame = backtrace_frame(trace, i);
        g_string_append_printf(out, "%s%x",
                               frame->was_interrupted ? "!"
                               : i                    ? " "
                                                      : "",
                               (unsigned)frame->pc);
    }
    if (trace->why) {
        g_string_append_printf(out, " (%s)", trace->why);
    }
    return g_string_free(out, FALSE);
}

static void stack_is(const char *wanted)
{
    g_autofree char *text = backtrace_text();
    cr_assert_str_eq(text, wanted, "'%s' instead of '%s'", text, wanted);
}

Test(backtrace, every_level_of_a_recursion_is_a_frame)
{
    start();
    put_factorial();
    stop_at(0x1128);
    cr_assert_eq(run(), CPU_EXIT_BREAKPOINT);
    stack_is("1128 1124 1124 1124 1124 1008");
}

Test(backtrace, a_leaf_has_its_caller_in_lr)
{
    start();
    PUT(CODE, "nop", "bl 0x1100", "nop");
    PUT(0x1100, "li r3, 1", "li r4, 1", "blr");
    env->pc = 0x1104;
    env->lr = CODE + 8;
    stack_is("1104 1008");
}

Test(backtrace, linux_frames_of_exceptions_are_followed)
{
    start();
    uint32_t regs = 0x10010;
    PUT(CODE, "bl 0x1100", "nop");
    env->pc = 0x1400; /* no blr ahead: the frame is taken as it is */
    PUT(0x1400, "nop", "b 0x1400");
    env->gpr[1] = 0x10000 - 32;
    bench_put(&bench, 0x10000 - 32, 0x10000);
    bench_put(&bench, 0x10004, 0x1500);
    bench_put(&bench, 0x10000, STACK);
    bench_put(&bench, 0x10008, 0x72656773);
    bench_put(&bench, regs + 4, STACK);
    bench_put(&bench, regs + 128, 0x1100);
    bench_put(&bench, regs + 144, CODE + 4);
    bench_put(&bench, regs + 160, 0x901);
    PUT(0x1100, "nop", "blr");
    stack_is("1400 1500!1100 1004");
    bench_put(&bench, 0x10008, 0x52454753);
    stack_is("1400 1500!1100 1004");
    bench_put(&bench, regs + 128, 0x1102);
    stack_is("1400 1500");
}

Test(backtrace, darwin_keeps_the_return_address_elsewhere)
{
    start();
    PUT(CODE, "bl 0x1400", "nop");
    PUT(0x1400, "nop", "b 0x1400");
    env->pc = 0x1400;
    env->gpr[1] = 0x10000;
    bench_put(&bench, 0x10000, STACK);
    bench_put(&bench, STACK + 4, 0x24000042);
    bench_put(&bench, STACK + 8, CODE + 4);
    stack_is("1400 1004");
}

Test(backtrace, damaged_stacks_end_in_one_line)
{
    start();
    PUT(CODE, "nop", "b 0x1000");
    bench_put(&bench, STACK, STACK);
    stack_is("1000 (previous frame identical to this frame (corrupt stack?))");
    bench_put(&bench, STACK, STACK + 0x10);
    bench_put(&bench, STACK + 4, 0x1004);
    bench_put(&bench, STACK + 0x10, STACK);
    bench_put(&bench, STACK + 0x14, 0x1004);
    stack_is("1000 1004 1004 (previous frame identical to this frame (corrupt stack?))");
    bench_put(&bench, STACK, 0xdead0000);
    stack_is("1000 (a return address is not readable)");
    bench_put(&bench, STACK, 0x10001);
    stack_is("1000 (the back chain is not aligned)");
    bench_put(&bench, STACK, 0x10000);
    bench_put(&bench, 0x10004, 0x1001);
    stack_is("1000 (a return address is not aligned)");
    env->gpr[1] = 2;
    stack_is("1000 (the stack pointer is not aligned)");
    env->gpr[1] = 0xf0000000;
    stack_is("1000 (the stack is not readable)");
}

Test(backtrace, an_endless_stack_is_cut)
{
    start();
    PUT(CODE, "nop", "b 0x1000");
    env->gpr[1] = 0x2000;
    for (uint32_t at = 0x2000; at < BENCH_RAM_SIZE; at += 16) {
        bench_put(&bench, at, at + 16);
        bench_put(&bench, at + 4, CODE);
    }
    g_autoptr(Backtrace) trace = backtrace_new(&debugger, UINT_MAX);
    cr_assert_eq(trace->frames->len, BACKTRACE_MAX);
    cr_assert(trace->is_cut);
}
