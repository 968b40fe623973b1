/* SPDX-License-Identifier: MIT */
/* debug/expression.c: the values C gives, what it reads, what it refuses; against a second evaluator. */
#include "debug/expression.h"
#include "debug/registers.h"
#include "hw/core/machine.h"
#include "memory/access_stats.h"
#include "util/bits.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

enum { DATA = 0x1000, RAM_SIZE = 16 << 20, MSR_TRANSLATED = 0x30 };

static MachineState *machine;
static Debugger *debugger;
static ExpressionScope scope;

/* No ROM is needed: nothing runs. */
static void start(void)
{
    static const uint8_t bytes[] = {0xff, 0xfe, 0x80, 0x01, 0x12, 0x34, 0x56, 0x78};
    machine = machine_new("mac99", &error_abort);
    object_property_parse(OBJECT(machine), "via", "pmu", &error_abort);
    machine->config.ram_size = RAM_SIZE;
    cr_assert(machine_init(machine, &error_abort));
    debugger = debugger_new(machine);
    scope = (ExpressionScope){.debugger = debugger};
    address_space_poke(address_space_memory(), DATA, bytes, sizeof(bytes));
}

static void set_register(const char *name, uint64_t value)
{
    cr_assert(debug_register_set(machine->cpu, name, value, &error_abort));
}

static void is(const char *text, uint64_t wanted)
{
    Error *err = NULL;
    uint64_t value = 0;
    bool ok = expression_evaluate(&scope, text, NULL, &value, &err);
    cr_assert(ok, "%s: %s", text, ok ? "" : error_get_pretty(err));
    cr_assert_eq(value, wanted, "%s is %" PRIx64 " instead of %" PRIx64, text, value, wanted);
}

/* @text has no value, and the reason is @wanted. */
static void fails(const char *text, const char *wanted)
{
    Error *err = NULL;
    uint64_t value = 77;
    cr_assert_not(expression_evaluate(&scope, text, NULL, &value, &err), "%s", text);
    cr_assert_eq(value, 77);
    cr_assert_str_eq(error_get_pretty(err), wanted, "%s: '%s'", text, error_get_pretty(err));
    error_free(err);
}

/* --- as C ------------------------------------------------------------------------------------------------ */

/* The compiler computes the same text. */
#define AS_C(expr) is(#expr, (uint64_t)(expr))

Test(expression, precedence_is_that_of_c)
{
    start();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wparentheses"
    AS_C(2 + 3 * 4 - 10 / 3 % 2);
    AS_C((2 + 3) * 4);
    AS_C(1 << 4 + 1);
    AS_C(256 >> 1 << 2);
    AS_C(7 & 3 | 8 ^ 1);
    AS_C(1 | 2 ^ 3 & 4 == 4);
    AS_C(1 < 2 == 1);
    AS_C(5 - 3 - 1);
    AS_C(100 / 10 / 5);
    AS_C(1 || 0 && 0);
    AS_C(0 == 1 || 2 != 2);
    AS_C(4 > 3 > 2);
    AS_C(3 >= 3 <= 0);
    AS_C(!1 + 1);
    AS_C(-2 - -3);
    AS_C(1 ? 2 ? 3 : 4 : 5);
    AS_C(0 ? 1 : 0 ? 2 : 3);
    AS_C(1 + 1 ? 7 : 8);
    AS_C(2 * +3);
    AS_C('a' + '\n' + '\'' + '\\' + '\x41' + '\101' + '\0');
    AS_C(010 + 0x10 + 10);
#pragma GCC diagnostic pop
    is("~0", UINT64_MAX);
    is("--3", 3);
    is("!~-1", 1);
    is("\t1\t+ 1 ", 2);
    is("'\\e'", 27);
    is("0xffffffffffffffff", UINT64_MAX);
}

Test(expression, signs_are_those_of_64_bit_c)
{
    start();
    set_register("r3", 0xfffffffe);
    is("-1 < 0", 1);
    is("-7 / 2", (uint64_t)-3);
    is("-7 % 3", (uint64_t)-1);
    is("-8 >> 1", (uint64_t)-4);
    is("0xffffffffffffffff > 0", 1);
    is("0xfffffffffffffff8 >> 1", 0x7ffffffffffffffc);
    is("(u64)-1 / 2", 0x7fffffffffffffff);
    is("-1 < (u64)1", 0);
    is("(s64)0x8000000000000000 / -1", UINT64_C(1) << 63);
    is("(s64)0x8000000000000000 % -1", 0);
    is("1 << 64", 0);
    is("1 << 63", UINT64_C(1) << 63);
    is("1 >> 1000", 0);
    is("-1 >> 64", UINT64_MAX);
    is("1 << -1", 0);
    is("$r3 < 0", 0);
    is("(int)$r3 < 0", 1);
    is("(int)$r3", (uint64_t)-2);
    is("$r3 + 2", 0x100000000);
    is("(u32)($r3 + 2)", 0);
    is("-1 < $r3", 1);
    is("$r3 - 0xffffffff < 0", 1);
}

Test(expression, casts_cut_and_extend)
{
    start();
    is("(char)0x1ff", 0xff); /* unsigned on PowerPC */
    is("(char)-1 > 0", 1);
    is("(signed char)0xff", UINT64_MAX);
    is("(u8)0x1ff + 1", 0x100);
    is("(short)0x8000", (uint64_t)INT16_MIN);
    is("( unsigned short )-1", 0xffff);
    is("(unsigned)-1", 0xffffffff);
    is("(unsigned int)-1", 0xffffffff);
    is("(unsigned long)-1", 0xffffffff);
    is("(long)0x80000000", (uint64_t)INT32_MIN);
    is("(unsigned long long)-1", UINT64_MAX);
    is("(long long)-1", UINT64_MAX);
    is("(uint16_t)0x12345", 0x2345);
    is("(s32)0xffffffff", UINT64_MAX);
    is("(u32 *)-4", 0xfffffffc);
    is("(u8)(s8)-1", 0xff);
    is("-(u8)1", UINT64_MAX);
    fails("(int", "')' is missing");
    fails("(float)1", "'1' is left over");
    fails("(int)", "a value is missing at the end");
    fails("(u32 **)0", "expected a number, a $register, a name or '(' at ')0'");
}

/* --- what it reads --------------------------------------------------------------------------------------- */

Test(expression, memory_is_read_in_guest_order)
{
    start();
    set_register("r1", DATA);
    is("*0x1000", 0xfffe8001);
    is("*(u8 *)0x1000", 0xff);
    is("*(s8 *)0x1000", UINT64_MAX);
    is("*(s16*)$r1", (uint64_t)-2);
    is("*(u16 *)($r1 + 2)", 0x8001);
    is("*((u16 *)$r1 + 1)", 0x8001); /* a pointer moves by what it points at */
    is("*(1 + (u16 *)$r1)", 0x8001);
    is("*((u16 *)0x1002 - 1)", 0xfffe);
    is("(u32 *)0x1008 - 0x1000", 0xffffd008);
    is("*(u64 *)$r1", 0xfffe800112345678);
    is("*(int *)$r1 < 0", 1);
    is("*$r1 < 0", 0);
    is("{u8}0x1004", 0x12);
    is("{short}$r1 + 1", UINT64_MAX);
    is("*($r1 + 0xfffff000 - 0xfffff000)", 0xfffe8001);
    fails("*0x100001000", "0x100001000 is no address: it has more than 32 bits");
    fails("{u32 *}0", "memory is written {TYPE}ADDR, TYPE one of u8, short, int...");
    fails("{u32", "memory is written {TYPE}ADDR, TYPE one of u8, short, int...");
}

Test(expression, devices_and_holes_are_refused_and_not_touched)
{
    AccessCount busiest;
    start();
    uint64_t before = machine_hash(machine);
    access_stats_clear();
    fails("*0xf8000000", "not RAM: peek refused at physical 0xf8000000");
    fails("*0x60000000", "not RAM: peek refused at physical 0x60000000");
    fails("*(u16 *)0x00ffffff", "not RAM: peek refused at physical 0x01000000");
    is("*(u8 *)0x00ffffff", 0);
    set_register("msr", MSR_TRANSLATED); /* no BATs, no table */
    fails("*0x1000", "not mapped: 0x00001000");
    set_register("msr", 0x40);
    cr_assert_eq(machine_hash(machine), before);
    cr_assert_not(access_stats_busiest(&busiest));
}

/* Effective 0xd0000000 is RAM, 128 KiB of it; what follows is not mapped. */
Test(expression, a_load_may_end_where_the_mapping_does)
{
    start();
    set_register("dbat0u", 0xd0000002);
    set_register("dbat0l", 0x00000002);
    set_register("msr", MSR_TRANSLATED);
    is("*0xd0001000", 0xfffe8001);
    is("*(u8 *)0xd001ffff", 0);
    fails("*(u16 *)0xd001ffff", "not mapped: 0xd0020000");
    /* 128 KiB more, elsewhere: one load from two places */
    address_space_poke(address_space_memory(), 0x1ffff, "\x11", 1);
    address_space_poke(address_space_memory(), 0x40000, "\x22", 1);
    set_register("dbat1u", 0xd0020002);
    set_register("dbat1l", 0x00040002);
    is("*(u16 *)0xd001ffff", 0x1122);
}

Test(expression, registers_go_by_all_their_names)
{
    start();
    set_register("r1", 0x1234);
    set_register("cr", 0x12345678);
    set_register("lr", 0x100);
    is("$r1 == $sp && $SP == $R1", 1);
    is("$cr0", 1);
    is("$cr7", 8);
    is("$pc == $nip", 1);
    is("$lr + $ctr", 0x100);
    is("$msr == $ps", 1);
    is("$f0", 0);
    is("$icount", 0);
    set_register("cr3", 0xf);
    is("$cr", 0x123f5678);
    fails("$cr8", "no register '$cr8'");
    fails("$r32", "no register '$r32'");
    fails("$r99999999999999999999", "no register '$r99999999999999999999'");
    fails("$vr0", "'$vr0' has 128 bits: `info registers vr0` shows it");
    fails("$nothing", "no register '$nothing'");
}

Test(expression, names_of_the_moment_come_before_symbols)
{
    start();
    SymbolTable *table = debug_symbols_add_table(debugger->symbols, "t", (SymbolSpace){0});
    symbol_table_add(table, &(Symbol){.name = "main", .addr = 0x1004, .size = 8, .is_code = true});
    debug_symbols_finish_table(debugger->symbols, table);
    is("main", 0x1004);
    is("&main + 1", 0x1005);
    is("*main", 0x12345678);
    is("*(u8 *)&main", 0x12);
    fails("&$r3", "'&' is for the name of a symbol");
    fails("&&main", "'&' is for the name of a symbol");
    fails("mian", "no symbol 'mian'");
    fails("main(1)", "'(1)' is left over");
}

/* --- what the user keeps --------------------------------------------------------------------------------- */

Test(expression, variables_stand_behind_registers)
{
    DebugValue value = {.bits = (uint64_t)-5, .size = 8, .is_signed = true};
    start();
    set_register("r3", 3);
    cr_assert(debug_variables_set(debugger->variables, "x", value, &error_abort));
    cr_assert(debug_variables_set(debugger->variables, "r3", value, &error_abort));
    is("$x + 1", (uint64_t)-4);
    is("$x < 0", 1);
    is("$r3", 3);
    fails("$X", "no register '$X'");
}

Test(expression, the_history_is_gdbs)
{
    start();
    fails("$", "the value history has no $");
    fails("$1", "the value history has no $1");
    for (uint64_t i = 1; i <= 1003; i++) {
        debug_history_add(debugger->variables, (DebugValue){.bits = 10 * i, .size = 8});
    }
    is("$", 10030);
    is("$$", 10020);
    is("$$0", 10030);
    is("$$3", 10000);
    is("$1003 - $4", 9990);
    is("$-$$", 10);
    is("$ +1", 10031);
    fails("$3", "$3 is forgotten: the last 1000 values are kept");
    fails("$0", "the value history has no $0");
    fails("$1004", "the value history has no $1004");
    fails("$$1003", "the value history has no $$1003");
    fails("$99999999999999999999999", "the value history has no $99999999999999999999999");
}

Test(expression, variables_are_bounded)
{
    Error *err = NULL;
    g_autofree char *name = g_strnfill(65, 'x');
    DebugVariables *variables = debug_variables_new();
    cr_assert_not(debug_variables_set(variables, name, (DebugValue){0}, &err));
    error_free(g_steal_pointer(&err));
    for (unsigned i = 0; i < 1000; i++) {
        g_autofree char *each = g_strdup_printf("v%u", i);
        cr_assert(debug_variables_set(variables, each, (DebugValue){0}, &error_abort));
    }
    cr_assert_not(debug_variables_set(variables, "more", (DebugValue){0}, &err));
    cr_assert(debug_variables_set(variables, "v7", (DebugValue){.bits = 1}, &error_abort));
    error_free(err);
    debug_variables_free(variables);
}

static bool place_of(const char *text, ExpressionPlace *place, Error **errp)
{
    Expression *expression = expression_parse(text, NULL, errp);
    bool ok = expression && expression_place(expression, &scope, place, errp);
    place->name = ok && place->name ? g_intern_string(place->name) : NULL;
    expression_free(expression);
    return ok;
}

Test(expression, places_are_registers_and_memory)
{
    ExpressionPlace place;
    static const char *const none[] = {"1", "+$r3", "$r3 + 1", "main", "(int)$r3", "*0x100000000"};
    start();
    cr_assert(place_of("$r3", &place, &error_abort));
    cr_assert_str_eq(place.name, "r3");
    cr_assert(place_of("*(u8 *)($r3 - 1)", &place, &error_abort));
    cr_assert_eq(place.addr, UINT32_MAX);
    cr_assert_eq(place.size, 1);
    cr_assert(place_of("{u64}16", &place, &error_abort));
    cr_assert_eq(place.size, 8);
    cr_assert(place_of("*16", &place, &error_abort));
    cr_assert_eq(place.size, 4);
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
        Error *err = NULL;
        cr_assert_not(place_of(none[i], &place, &err), "%s", none[i]);
        error_free(err);
    }
}

/* --- what it refuses ------------------------------------------------------------------------------------- */

Test(expression, every_bad_shape_has_its_message)
{
    start();
    fails("", "a value is missing at the end");
    fails(" ", "a value is missing at the end");
    fails("1 +", "a value is missing at the end");
    fails("(1", "')' is missing");
    fails("(1))", "')' is left over");
    fails("()", "expected a number, a $register, a name or '(' at ')'");
    fails("1 2", "'2' is left over");
    fails("1 ? 2", "':' is missing");
    fails("1 ? : 2", "expected a number, a $register, a name or '(' at ': 2'");
    fails("0 ? 1 :", "a value is missing at the end");
    fails("12z", "'12z' is not a number");
    fails("08", "'08' is not a number");
    fails("0x", "'0x' is not a number");
    fails("1.5", "'1.5' is not a number");
    fails("0x1g", "'0x1g' is not a number");
    fails("18446744073709551616", "'18446744073709551616' has more than 64 bits");
    fails("1/0", "division by zero");
    fails("1%(3-3)", "division by zero");
    fails("$r3 = 1", "'= 1' is left over");
    fails("'a", "a character is written 'c'");
    fails("''", "a character is written 'c'");
    fails("'ab'", "a character is written 'c'");
    fails("'\\q'", "a character is written 'c'");
    fails("'\\x'", "a character is written 'c'");
    fails("'\\", "a character is written 'c'");
    fails("\"s\"", "expected a number, a $register, a name or '(' at '\"s\"'");
    fails("\xff\xfe", "expected a number, a $register, a name or '(' at '?\?'");
    fails("1, 2", "', 2' is left over");
    is("0 && 1/0", 0); /* not evaluated */
    is("1 || 1/0", 1);
    is("1 ? 2 : 1/0", 2);
}

Test(expression, depth_and_length_have_limits)
{
    g_autofree char *parens = g_strnfill(100000, '(');
    g_autofree char *minus = g_strnfill(100000, '-');
    g_autofree char *stars = g_strnfill(100000, '*');
    g_autofree char *nines = g_strnfill(100000, '9');
    g_autoptr(GString) sum = g_string_new("1"), choices = g_string_new("");
    start();
    fails(parens, "the expression is nested too deeply");
    fails(minus, "the expression is nested too deeply");
    fails(stars, "the expression is nested too deeply");
    fails(nines, "'9999999999999999999999999999999999999999...' has more than 64 bits");
    for (unsigned i = 0; i < 400; i++) {
        g_string_append(sum, "+1");
    }
    is(sum->str, 401);
    for (unsigned i = 0; i < 200000; i++) {
        g_string_append(sum, "+1");
        g_string_append(choices, "0?1:");
    }
    fails(sum->str, "the expression is too long");
    fails(choices->str, "the expression is nested too deeply");
}

Test(expression, any_cut_of_a_good_text_is_handled)
{
    static const char text[] = "(u8)*(s16 *)($r1 + 'x') ? {int}$sp : $$2 || main.x[3] << -0x1f";
    start();
    for (size_t i = 0; i < sizeof(text); i++) {
        for (size_t j = i; j < sizeof(text); j++) {
            Error *err = NULL;
            uint64_t value;
            g_autofree char *part = g_strndup(text + i, j - i);
            if (!expression_evaluate(&scope, part, NULL, &value, &err)) {
                cr_assert_null(strchr(error_get_pretty(err), '\n'));
                error_free(err);
            }
        }
    }
}

/* --- a second evaluator ------------------------------------------------------------------------------------ */

/* A value as a mathematical number; what it wraps to: signed or unsigned 64 bits. */
typedef struct Exact {
    __int128 number;
    bool is_unsigned;
} Exact;

static Exact wrap(__int128 number, bool is_unsigned)
{
    uint64_t bits = (uint64_t)number;
    return (Exact){is_unsigned ? (__int128)bits : (__int128)(int64_t)bits, is_unsigned};
}

static const char *const signs[] = {"||", "&&", "|",  "^",  "&", "==", "!=", "<", ">",
                                    "<=", ">=", "<<", ">>", "+", "-",  "*",  "/", "%"};
static const int strengths[] = {1, 2, 3, 4, 5, 6, 6, 7, 7, 7, 7, 8, 8, 9, 9, 10, 10, 10};

static Exact second_binary(const char *sign, Exact a, Exact b)
{
    bool u = a.is_unsigned || b.is_unsigned;
    Exact x = wrap(a.number, u), y = wrap(b.number, u);
    __int128 n = x.number, m = y.number;
    int64_t count = (int64_t)b.number < 0 || b.number > 63 ? 64 : (int64_t)b.number;
    switch (sign[0] << 8 | sign[1]) {
    case '|' << 8 | '|':
        return wrap(a.number || b.number, false);
    case '&' << 8 | '&':
        return wrap(a.number && b.number, false);
    case '|' << 8:
        return wrap(n | m, u);
    case '^' << 8:
        return wrap(n ^ m, u);
    case '&' << 8:
        return wrap(n & m, u);
    case '=' << 8 | '=':
        return wrap(n == m, false);
    case '!' << 8 | '=':
        return wrap(n != m, false);
    case '<' << 8:
        return wrap(n < m, false);
    case '>' << 8:
        return wrap(n > m, false);
    case '<' << 8 | '=':
        return wrap(n <= m, false);
    case '>' << 8 | '=':
        return wrap(n >= m, false);
    case '<' << 8 | '<':
        return wrap((__int128)((unsigned __int128)a.number << count), a.is_unsigned);
    case '>' << 8 | '>':
        return wrap(a.number >> count, a.is_unsigned);
    case '+' << 8:
        return wrap(n + m, u);
    case '-' << 8:
        return wrap(n - m, u);
    case '*' << 8:
        return wrap((__int128)((unsigned __int128)n * (unsigned __int128)m), u);
    case '/' << 8:
        return wrap(n / m, u);
    default:
        return wrap(n % m, u);
    }
}

static uint64_t seed;

static uint64_t chance(void)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return seed >> 33 ^ seed << 20;
}

static Exact generate(GString *text, int strength, unsigned depth);

static Exact generate_number(GString *text)
{
    static const uint64_t edges[] = {0, 1, 2, 63, 64, 0x7fffffff, 0x80000000, 0xffffffff};
    uint64_t pick = chance() % 4;
    uint64_t number = pick == 0 ? chance() : pick == 1 ? chance() % 10 : edges[chance() % 8];
    g_string_append_printf(text, chance() % 2 ? "%" PRIu64 : "0x%" PRIx64, number);
    return wrap((__int128)number, number > INT64_MAX);
}

static Exact generate_unary(GString *text, unsigned depth)
{
    static const char *const casts[] = {"(u8)",  "(s8)",  "(u16)", "(int)",
                                        "(u32)", "(s64)", "(u64)"};
    static const int widths[] = {8, -8, 16, -32, 32, -64, 64};
    unsigned pick = (unsigned)(chance() % 11);
    g_string_append_printf(text, "%s ",
                           pick < 7 ? casts[pick] : (const char *[]){"-", "~", "!", "+"}[pick - 7]);
    Exact value = generate(text, 11, depth);
    if (pick < 7) {
        int bits = ABS(widths[pick]);
        uint64_t cut = (uint64_t)value.number << (64 - bits);
        __int128 number = widths[pick] < 0 ? (__int128)((int64_t)cut >> (64 - bits))
                                           : (__int128)(cut >> (64 - bits));
        return wrap(number, widths[pick] == 64);
    }
    switch (pick) {
    case 7:
        return wrap(-value.number, value.is_unsigned);
    case 8:
        return wrap(~value.number, value.is_unsigned);
    case 9:
        return wrap(value.number == 0, false);
    default:
        return value;
    }
}

static Exact generate_binary(GString *text, unsigned op, unsigned depth)
{
    Exact left = generate(text, strengths[op], depth);
    g_string_append_printf(text, " %s ", signs[op]);
    gsize start_of_right = text->len;
    Exact right = generate(text, strengths[op] + 1, depth);
    if (op >= 16 && wrap(right.number, left.is_unsigned || right.is_unsigned).number == 0) {
        g_string_truncate(text, start_of_right); /* division by zero */
        g_string_append_c(text, '7');
        right = (Exact){7, false};
    }
    return second_binary(signs[op], left, right);
}

/* Appends text that binds at least as strongly as @strength, in parentheses where it must be. */
static Exact generate(GString *text, int strength, unsigned depth)
{
    uint64_t pick = chance() % 8;
    if (depth == 0 || pick == 0) {
        return generate_number(text);
    }
    if (pick == 1) {
        return generate_unary(text, depth - 1);
    }
    unsigned op = (unsigned)(chance() % G_N_ELEMENTS(signs));
    bool has_parens = strengths[op] < strength || chance() % 8 == 0;
    g_string_append(text, has_parens ? "(" : "");
    Exact value = generate_binary(text, op, depth - 1);
    g_string_append(text, has_parens ? ")" : "");
    return value;
}

Test(expression, a_second_evaluator_agrees)
{
    start();
    for (seed = 1; seed < 20001; seed++) {
        uint64_t kept = seed;
        g_autoptr(GString) text = g_string_new(NULL);
        Exact value = generate(text, 0, 5);
        is(text->str, (uint64_t)value.number);
        seed = kept;
    }
}
