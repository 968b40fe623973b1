/* SPDX-License-Identifier: MIT */
/* Looking at and changing the guest from the console, on a whole board that runs a small ROM of ours. */
#include "debug/debugger.h"
#include "debug/registers.h"
#include "hw/core/machine.h"
#include "memory/access_stats.h"
#include "monitor/monitor.h"
#include "tests/unit/monitor_bench.h"

#include <glib/gstdio.h>

static void put_text(uint32_t addr, const char *text, size_t size)
{
    cr_assert(address_space_poke(address_space_memory(), addr, text, size));
}

static void put_word(uint32_t addr, uint32_t word)
{
    uint8_t bytes[4];
    stl_be_p(bytes, word);
    cr_assert(address_space_poke(address_space_memory(), addr, bytes, 4));
}

static void set_register(const char *name, uint64_t value)
{
    cr_assert(debug_register_set(machine->cpu, name, value, &error_abort));
}

static void add_symbols(void)
{
    DebugSymbols *symbols = monitor_hub_debugger(hub)->symbols;
    SymbolTable *table = debug_symbols_add_table(symbols, "t", (SymbolSpace){0});
    symbol_table_add(table, &(Symbol){.name = "start", .addr = RESET_VECTOR, .size = 4});
    symbol_table_add(table, &(Symbol){.name = "loop", .addr = RESET_VECTOR + 4, .size = 8});
    debug_symbols_finish_table(symbols, table);
}

/* --- print ------------------------------------------------------------------------------------------------ */

Test(monitor_look, print_has_the_formats_of_gdb)
{
    start();
    set_register("r3", 0xfffffffe);
    set_register("f1", 0x3ff8000000000000);
    says("p/x 255", "0xff\n");
    says("p/d $r3", "-2\n"); /* by the register's size, as gdb */
    says("p/u $r3", "4294967294\n");
    says("p $r3", "0xfffffffe (4294967294)\n");
    says("p (int)$r3", "0xfffffffe (-2)\n");
    says("p/o 8", "010\n");
    says("p/o 0", "0\n");
    says("p/t 10", "1010\n");
    says("p/t 0", "0\n");
    says("p/z 5", "0x0000000000000005\n");
    says("p/z (u16)5", "0x0005\n");
    says("p/a 0xfff00100", "0xfff00100\n");
    says("p/c 65", "'A'\n");
    says("p/c 10", "'\\n'\n");
    says("p/c 39", "'\\''\n");
    says("p/c 200", "'\\xc8'\n");
    says("p/f $f1", "1.5\n");
    says("p/f (u32)0x3fc00000", "1.5\n");
    says("p/f (u64)0xfff0000000000000", "-inf\n");
    says("p/f (u64)0x7ff8000000000000", "nan(0x8000000000000)\n");
    says("p/f (u8)3", "3\n");
    finish();
}

Test(monitor_look, print_shows_strings_and_names)
{
    start();
    add_symbols();
    put_text(0x1000, "a\"b\n\001\xff\\", 8);
    says("p/s 0x1000", "\"a\\\"b\\n\\001\\377\\\\\"\n");
    says("p/a 0xfff00108", "0xfff00108 <loop+0x4>\n");
    says("p/a loop", "0xfff00104 <loop>\n");
    says("p *loop", "0x38630001 (946012161)\n");
    says("p/s 0x60000000", "not RAM: peek refused at physical 0x60000000\n");
    finish();
}

Test(monitor_look, print_refuses_formats_of_x)
{
    start();
    says("p/i 5", "format 'i' is for x and display\n");
    mentions("p/4x 5", "counts and sizes are for x");
    mentions("p/xw 5", "counts and sizes are for x");
    mentions("p/-1 5", "counts and sizes are for x");
    mentions("p/q 5", "format 'q'");
    mentions("p/\xff 5", "format '?'");
    finish();
}

Test(monitor_look, print_keeps_a_history)
{
    start();
    says("p $", "the value history has no $\n");
    says("p 5", "0x5 (5)\n");
    says("p (int)-6", "0xfffffffa (-6)\n");
    says("p $ < 0", "0x1 (1)\n");
    says("p $1 + $$", "0xffffffffffffffff (-1)\n");
    says("p 1/0", "division by zero\n");
    says("output 7", "0x7 (7)");
    says("output/x 7", "0x7");
    says("show values", "$1 = 0x5 (5)\n$2 = 0xfffffffffffffffa (-6)\n$3 = 0x1 (1)\n"
                        "$4 = 0xffffffffffffffff (-1)\n");
    finish();
}

Test(monitor_look, echo_writes_text)
{
    start();
    says("echo hi\\n", "hi\n");
    says("echo a  b\\tc\\\\\\101\\q", "a  b\tc\\Aq");
    says("echo \\", "");
    says("echo", "");
    says("call main(1)",
         "call, jump and return are refused: they would run the guest's code behind "
         "its back; `set $pc = ADDR` and `cont` do it in the open\n");
    finish();
}

Test(monitor_look, printf_is_cs)
{
    start();
    put_text(0x1000, "text\033[2J", 9);
    set_register("f1", 0x3ff8000000000000);
    set_register("r3", 0xffffffff);
    says("printf \"%d %5u|%-5x|%c|%%|%lu\\n\", -1, 2, 3, 65, 7", "-1     2|3    |A|%|7\n");
    says("printf \"%08llx %zu %hd %#o %+d\\n\", $r3, $r3, 5, 8, 9",
         "ffffffff 4294967295 5 010 +9\n");
    says("printf \"%s|%10.2s|%p\\n\", 0x1000, 0x1000, 16", "text?[2J|        te|0x10\n");
    says("printf \"%f %g %.3e\\n\", $f1, (u32)0x3fc00000, $f1", "1.500000 1.5 1.500e+00\n");
    says("printf \"%a\\n\", 0xfff00100", "0xfff00100\n");
    says("printf \"\\\"\\101\\\"\"", "\"A\"");
    says("printf \"no values\\n\"", "no values\n");
    says("printf \"%x %x\\n\", (1, 2)", "')' is missing\n");
    finish();
}

Test(monitor_look, printf_refuses_what_it_cannot_do)
{
    g_autofree char *wide = g_strnfill(100000, '9');
    g_autofree char *line = g_strconcat("printf \"%", wide, "d\", 1", NULL);
    start();
    says("printf", "expected: printf \"FORMAT\", EXPR, ...\n");
    says("printf %d, 1", "expected: printf \"FORMAT\", EXPR, ...\n");
    says("printf \"%d", "expected: printf \"FORMAT\", EXPR, ...\n");
    says("printf \"\\", "expected: printf \"FORMAT\", EXPR, ...\n");
    says("printf \"%d\"", "printf: the format wants more values\n");
    says("printf \"%d\", 1, 2", "printf: more values than the format wants\n");
    says("printf \"%d\" 1", "printf: a comma is missing\n");
    says("printf \"%d\",", "a value is missing at the end\n");
    says("printf \"text %s\\n\", 0x60000000", "not RAM: peek refused at physical 0x60000000\n");
    mentions("printf \"%n\", 1", "no conversion '%n'");
    mentions("printf \"%*d\", 1, 2", "no conversion '%*'");
    mentions("printf \"%\"", "no conversion '%'");
    mentions("printf \"%Lf\", 1", "no conversion '%L'");
    mentions("printf \"%999d\", 1", "up to 200");
    mentions(line, "up to 200");
    finish();
}

/* --- x ------------------------------------------------------------------------------------------------------ */

Test(monitor_look, x_has_all_letters)
{
    start();
    put_text(0x1000, "\x3f\xc0\x00\x00\xc0\x00\x00\x00hello\0world\0", 20);
    says("x/2fw 0x1000", "00001000: 1.5 -2\n");
    says("x/fg 0x1000", "00001000: 0.12500008940696716\n");
    says("x/2tw 0x1000", "00001000: 00111111110000000000000000000000 "
                         "11000000000000000000000000000000\n");
    says("x/2zh 0x1000", "00001000: 0x3fc0 0x0000\n");
    says("x/2a 0x1000", "00001000: 0x3fc00000 0xc0000000\n");
    says("x/2s 0x1008", "00001008: \"hello\"\n0000100e: \"world\"\n");
    says("x", "00001014: \"\"\n");
    says("x/-2xw 0x1008", "00001000: 0x3fc00000 0xc0000000\n");
    says("xp/s 0x1008", "00001008: \"hello\"\n");
    says("x/0xw 0x1000", "");
    finish();
}

Test(monitor_look, x_marks_the_pc_and_names_addresses)
{
    start();
    add_symbols();
    says("x/3i start", "=> fff00100 <start>: 38600000  li      r3, 0\n"
                       "   fff00104 <loop>: 38630001  addi    r3, r3, 1\n"
                       "   fff00108 <loop+0x4>: 4bfffffc  b       0xfff00104\n");
    says("x/-1i loop", "=> fff00100 <start>: 38600000  li      r3, 0\n");
    says("x/xw loop", "fff00104 <loop>: 0x38630001\n");
    says("xp/i 0xfff00100", "   fff00100: 38600000  li      r3, 0\n");
    finish();
}

Test(monitor_look, strings_are_bounded)
{
    g_autofree char *text = g_strnfill(300, 'a');
    g_autofree char *shown = g_strnfill(200, 'a');
    g_autofree char *first = g_strdup_printf("00001000: \"%s\"...\n000010c8: \"%.100s\"\n", shown,
                                             shown);
    start();
    put_text(0x1000, text, 301);
    says("x/2s 0x1000", first);
    put_text((128 << 20) - 2, "zz", 2);
    says("x/s 0x07fffffe", "07fffffe: \"zz\"...\n");
    finish();
}

Test(monitor_look, x_leaves_the_last_address_and_value)
{
    start();
    put_word(0x1004, 0x12345678);
    says("p $_", "no register '$_'\n");
    monitor_execute(hub, "x/2xw 0x1000");
    says("p/x $_", "0x1004\n");
    says("p/x $__", "0x12345678\n");
    says("p/x *$_", "0x12345678\n");
    finish();
}

Test(monitor_look, x_refuses_wrong_letters_and_sizes)
{
    start();
    says("x/sh 0x1000", "strings are of bytes\n");
    says("x/fb 0x1000", "format 'f': size one of w g\n");
    says("x/-2s 0x1000", "strings are not shown backwards\n");
    says("x/-x 0x1000", "a number is missing behind '-'\n");
    mentions("x/3q 0", "format 'q'");
    mentions("x/-99999999999999999999x 0", "at most 65536 units");
    finish();
}

/* --- disassemble ---------------------------------------------------------------------------------------------- */

Test(monitor_look, disassemble_lists_as_gdb_does)
{
    start();
    says("disassemble", "no function is known at the PC: `disassemble $pc,+32`\n");
    says("disassemble $pc,+8", "Dump of assembler code from 0xfff00100 to 0xfff00108:\n"
                               "=> 0xfff00100:\tli      r3, 0\n"
                               "   0xfff00104:\taddi    r3, r3, 1\n"
                               "End of assembler dump.\n");
    add_symbols();
    says("disassemble", "Dump of assembler code for function start:\n"
                        "=> 0xfff00100 <+0>:\tli      r3, 0\n"
                        "End of assembler dump.\n");
    says("disassemble /r loop", "Dump of assembler code for function loop:\n"
                                "   0xfff00104 <+0>:\t38 63 00 01\taddi    r3, r3, 1\n"
                                "   0xfff00108 <+4>:\t4b ff ff fc\tb       0xfff00104\n"
                                "End of assembler dump.\n");
    says("disassemble/r 0xfff00108, 0xfff0010c",
         "Dump of assembler code from 0xfff00108 to 0xfff0010c:\n"
         "   0xfff00108 <loop+4>:\t4b ff ff fc\tb       0xfff00104\n"
         "End of assembler dump.\n");
    finish();
}

Test(monitor_look, disassemble_refuses_bad_ranges)
{
    start();
    says("disassemble /m", "disassemble: only /r (the bytes) is known here\n");
    says("disassemble 0", "no function is known at 0x00000000\n");
    says("disassemble 8,4", "the range ends before it begins, or past 32 bits\n");
    says("disassemble 8,+0", "the range ends before it begins, or past 32 bits\n");
    says("disassemble 8,0x100000004", "the range ends before it begins, or past 32 bits\n");
    says("disassemble 0,+0x1000000", "at most 65536 instructions at a time\n");
    says("disassemble 0 5", "'5' is left over\n");
    says("disassemble 0,", "a value is missing at the end\n");
    mentions("disassemble 0x60000000,+4", "0x60000000:\tnot RAM: peek refused");
    mentions("disassemble 0xfffffffc,+4", "0xfffffffc:\t");
    finish();
}

/* --- set ------------------------------------------------------------------------------------------------------ */

Test(monitor_look, set_changes_registers)
{
    start();
    says("set $r3 = 5", "");
    says("set $r4=$r3*2", "");
    says("set var $sp = -8", "");
    says("set $cr7 = 4", "");
    says("set $lr = 0x100", "");
    says("set $f1 = 1.5", "");
    says("set $f2 = -2", "");
    says("set $f3 = 0x3ff0000000000000", "");
    says("set $f4 = $f1", "");
    says("set $f5 = inf", "");
    says("set $pc = $pc + 4", "");
    says("p/x $r4", "0xa\n");
    says("p/x $r1", "0xfffffff8\n");
    says("p/x $cr", "0x4\n");
    says("p/f $f1", "1.5\n");
    says("p/f $f2", "-2\n");
    says("p/f $f3", "1\n");
    says("p/f $f4", "1.5\n");
    says("p/f $f5", "inf\n");
    says("info registers pc lr", "pc             0xfff00104         0xfff00104\n"
                                 "lr             0x100              0x100\n");
    finish();
}

Test(monitor_look, set_changes_vectors)
{
    start();
    says("set $vr1 = 0x3f800000400000000000000000000001", "");
    says("info registers vr1",
         "vr1            {uint128 = 0x3f800000400000000000000000000001, v4_float = {1, 2, 0, "
         "1.40129846e-45}, v4_int32 = {0x3f800000, 0x40000000, 0x0, 0x1}, v8_int16 = {0x3f80, 0x0, "
         "0x4000, 0x0, 0x0, 0x0, 0x0, 0x1}, v16_int8 = {0x3f, 0x80, 0x0, 0x0, 0x40, 0x0, 0x0, 0x0, "
         "0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x1}}\n");
    says("set $v2 = 0x1", "");
    mentions("info registers vr2", "uint128 = 0x00000000000000000000000000000001,");
    says("set $vr2 = 1", "$vr2 takes 0x and up to 32 hexadecimal digits\n");
    says("set $vr2 = 0x111111111111111111111111111111111",
         "$vr2 takes 0x and up to 32 hexadecimal digits\n");
    says("p $vr2", "'$vr2' has 128 bits: `info registers vr2` shows it\n");
    finish();
}

Test(monitor_look, set_changes_memory)
{
    start();
    says("set {int}0x1000 = -1", "");
    says("set {u16}0x1002 = 0x12345", "");
    says("set *(u8 *)0x1000 = 7", "");
    says("set *0x1004 = *0x1000 + 1", "");
    says("set {u64}(0x1000 + 8) = 0x1122334455667788", "");
    says("x/4xw 0x1000", "00001000: 0x07ff2345 0x07ff2346 0x11223344 0x55667788\n");
    finish();
}

Test(monitor_look, set_refuses_and_changes_nothing)
{
    AccessCount busiest;
    start();
    uint64_t before = machine_hash(machine);
    access_stats_clear();
    says("set *0xf8000000 = 1", "not RAM: peek refused at physical 0xf8000000\n");
    says("set *0x60000000 = 1", "not RAM: peek refused at physical 0x60000000\n");
    says("set {u64}0x07fffffc = 1", "not RAM: peek refused at physical 0x08000000\n");
    says("set $pvr = 1", "register '$pvr' cannot be set\n");
    says("set $icount = 1", "$icount cannot be set\n");
    says("set $1 = 1", "$1 cannot be set\n");
    says("set $ = 1", "$ cannot be set\n");
    says("set $r3 = ", "a value is missing at the end\n");
    says("set $r3 = 1.5", "'1.5' is not a number\n");
    says("set $r3 = $f", "no register '$f'\n");
    says("set $r3", "'=' is missing\n");
    says("set $r3 + 1 = 2",
         "'$r3 + 1' is neither a $name nor memory: *(TYPE *)ADDR or {TYPE}ADDR\n");
    says("set $r3 == 2", "'=' is missing\n");
    mentions("set", "expected: set $NAME = EXPR");
    mentions("set listsize 5", "expected: set $NAME = EXPR");
    mentions("set {float}0 = 1", "memory is written {TYPE}ADDR");
    says("set *0x100000000 = 1", "0x100000000 is no address: it has more than 32 bits\n");
    cr_assert_eq(machine_hash(machine), before);
    cr_assert_not(access_stats_busiest(&busiest));
    set_register("msr", 0x30);
    says("set *0x1000 = 1", "not mapped: 0x00001000\n");
    finish();
}

Test(monitor_look, set_tells_of_bits_that_do_not_stay)
{
    start();
    mentions("set $msr = 0xffffffff", "now: not all bits can be set");
    says("set $r3 = 0x123456789", "");
    says("p/x $r3", "0x23456789\n");
    finish();
}

Test(monitor_look, variables_are_set_and_shown)
{
    start();
    says("show convenience", "");
    says("set $b = 2", "");
    says("set $a = (int)-1", "");
    says("p $a + $b", "0x1 (1)\n");
    says("show conv", "$a = 0xffffffffffffffff (-1)\n$b = 0x2 (2)\n");
    says("p $icount", "0x0 (0)\n");
    mentions("show everything", "expected: show convenience");
    mentions("show version", "core99 ");
    finish();
}

Test(monitor_look, a_running_guest_is_not_changed)
{
    start();
    says("c", "");
    says("set $r3 = 1", "the machine is running; `stop` it first\n");
    says("set *0x1000 = 1", "the machine is running; `stop` it first\n");
    says("i 0x60", "the machine is running; `stop` it first\n");
    says("o 0x60 1", "the machine is running; `stop` it first\n");
    says("set $x = 1", "");
    mentions("info registers r3", "r3 ");
    monitor_execute(hub, "stop");
    finish();
}

/* --- registers ------------------------------------------------------------------------------------------------- */

Test(monitor_look, registers_by_name_look_as_in_gdb)
{
    start();
    add_symbols();
    set_register("r3", 0x1234);
    set_register("f1", 0x3ff8000000000000);
    says("info registers r3 $pc f1",
         "r3             0x1234             4660\n"
         "pc             0xfff00100         0xfff00100 <start>\n"
         "f1             1.5                 (raw 0x3ff8000000000000)\n");
    says("info registers r3 r99", "r3             0x1234             4660\nno register 'r99'\n");
    mentions("info registers nothing", "no device");
    mentions("info registers", "NIP fff00100");
    mentions("info registers -a", "NIP fff00100");
    mentions("info all-registers", "\nsr15 ");
    mentions("info all-registers", "\nvr31 ");
    mentions("info all-registers", "\npvr ");
    mentions("info float", "f31            0                   (raw 0x0000000000000000)\nfpscr ");
    mentions("info vector", "\nvscr           0x10000            65536\nvrsave ");
    finish();
}

/* --- display --------------------------------------------------------------------------------------------------- */

Test(monitor_look, displays_are_listed_as_gdb_does)
{
    start();
    says("info display", "There are no auto-display expressions now.\n");
    says("display/x $r3", "1: /x $r3 = 0x0\n");
    says("display/i $pc", "2: x/i $pc\n=> fff00100: 38600000  li      r3, 0\n");
    says("display $nothing + 1", "3: $nothing + 1: no register '$nothing'\n");
    says("display/2xh 0x1000", "4: x/2xh 0x1000\n00001000: 0x0000 0x0000\n");
    says("info display",
         "Auto-display expressions now in effect:\nNum Enb Expression\n"
         "1:   y  /x $r3\n2:   y  /i $pc\n3:   y  $nothing + 1\n4:   y  /2xh 0x1000\n");
    says("undisplay 4 2", "");
    says("undisplay 9", "No display number 9.\n");
    says("undisplay x", "No display number x.\n");
    says("display", "1: /x $r3 = 0x0\n3: $nothing + 1: no register '$nothing'\n");
    says("undisplay", "");
    says("display", "");
    says("display 7 8", "'8' is left over\n");
    says("display/-3x 0", "a display goes forwards\n");
    mentions("display/q 0", "format 'q'");
    says("display 5", "5: 5 = 0x5 (5)\n");
    finish();
}

Test(monitor_look, displays_are_bounded)
{
    start();
    for (unsigned i = 0; i < 100; i++) {
        g_free(monitor_execute(hub, "display 1"));
    }
    says("display 1", "at most 100 displays\n");
    finish();
}

Test(monitor_look, displays_come_with_every_stop)
{
    start();
    g_free(monitor_execute(hub, "display/d $r3"));
    says("si 101", "");
    wait_for_stop();
    says("c", "");
    mentions("stop", "\n1: /d $r3 = ");
    finish();
}

/* --- QEMU's verbs ------------------------------------------------------------------------------------------------ */

Test(monitor_look, addresses_are_translated)
{
    start();
    says("gva2gpa 0x1234", "gpa: 0x1234\n");
    set_register("dbat0u", 0xc0000002);
    set_register("dbat0l", 0x00000002);
    set_register("msr", 0x30);
    says("gva2gpa 0xc0001234", "gpa: 0x1234\n");
    says("gva2gpa 0xd0000000", "Unmapped\n");
    says("gva2gpa 0x100000000", "Unmapped\n");
    says("gva2gpa", "a value is missing at the end\n");
    mentions("gpa2hva 0", "refused");
    mentions("system_powerdown", "refused");
    says("info mice", "No mouse devices connected\n");
    finish();
}

/* The sum of 100 zero bytes and of QEMU's algorithm worked out by hand. */
Test(monitor_look, sum_is_that_of_bsd)
{
    start();
    says("sum 0 100", "00000\n");
    put_text(0x1000, "\x01\x02\x03", 3);
    says("sum 0x1000 3", "16388\n"); /* 1; 0x8000 + 2; 0x4001 + 3 */
    says("sum 0x1000 0", "00000\n");
    says("sum 0xf8000000 4", "not RAM: peek refused at physical 0xf8000000\n");
    says("sum 0x1000", "a value is missing at the end\n");
    says("sum 0x1000 3 4", "'4' is left over\n");
    says("sum 0x1000 -1", "a value is missing at the end\n"); /* one value: 0x1000 - 1 */
    finish();
}

Test(monitor_look, memory_is_saved_to_files)
{
    g_autofree char *path = g_strdup_printf("%s/core99-save-%d", g_get_tmp_dir(), getpid());
    g_autofree char *line = g_strdup_printf("memsave 0x1000 5 \"%s\"", path);
    g_autofree char *physical = g_strdup_printf("pmemsave 0x1002 0x20000 %s", path);
    g_autofree char *bad = g_strdup_printf("pmemsave 0x07ffffff 2 \"%s\"", path);
    g_autofree char *bytes = NULL;
    gsize length;
    start();
    put_text(0x1000, "hello", 5);
    says(line, "");
    cr_assert(g_file_get_contents(path, &bytes, &length, NULL));
    cr_assert_eq(length, 5);
    cr_assert_arr_eq(bytes, "hello", 5);
    says(physical, "");
    says(bad, "not RAM: peek refused at physical 0x08000000\n");
    g_free(bytes);
    cr_assert(g_file_get_contents(path, &bytes, &length, NULL));
    cr_assert_eq(length, 0x20000); /* untouched by what failed */
    cr_assert_arr_eq(bytes, "llo", 3);
    says("memsave 0x1000", "expected: memsave ADDR SIZE FILE\n");
    says("memsave 0x1000 5", "a value is missing at the end\n");
    says("memsave 0x1000 5 \"", "expected: memsave ADDR SIZE FILE\n");
    says("memsave 0x1000 5 6 f", "'6' is left over\n");
    says("pmemsave", "expected: pmemsave ADDR SIZE FILE\n");
    says("memsave 0 0x100000001 x", "addresses and sizes have 32 bits\n");
    mentions("memsave 0x1000 5 /nowhere/x", "/nowhere/x: ");
    g_unlink(path);
    finish();
}

Test(monitor_look, ports_are_those_of_pci)
{
    start();
    says("i 0x60", "portb[0x0060] = 0xff\n"); /* nobody's */
    says("i/hx 0x1ce", "portw[0x01ce] = 0xffff\n");
    says("i/w 4", "portl[0x0004] = 0xffffffff\n");
    says("o/b 0x60 5", "");
    says("i/g 0", "a port has one unit of b, h or w\n");
    says("i/2x 0", "a port has one unit of b, h or w\n");
    says("i/s 0", "a port has one unit of b, h or w\n");
    says("i 0x800000", "ports go up to 0x7fffff\n");
    says("i/w 0x7ffffd", "ports go up to 0x7fffff\n");
    says("o 5", "expected: o/FMT PORT VALUE\n");
    says("o 5 zz", "no symbol 'zz'\n");
    says("i", "a value is missing at the end\n");
    finish();
}

Test(monitor_look, nmi_is_the_system_reset_exception)
{
    start();
    says("si 2", "");
    wait_for_stop();
    set_register("r3", 77);
    says("nmi", "");
    says("si", ""); /* b: its event point takes it */
    wait_for_stop();
    cr_assert_eq(pc(), RESET_VECTOR);
    mentions("info registers srr0 r3", "srr0           0xfff00104 ");
    mentions("info irq", "0x0100: 1 system reset");
    finish();
}

Test(monitor_look, the_board_tells_its_roms_and_its_recording)
{
    start();
    mentions("info roms", "addr=00000000fff00000 size=0x100000 mem=rom name=\"ppc_core99.bios\"");
    says("info replay", "Record/replay is not active\n");
    mentions("info irq", "pending: none; MSR[EE] 0");
    finish();
}

/* --- translation -------------------------------------------------------------------------------------------------- */

/* VSID 0x123, pages 5 and 6 of segment 12 at 0x5000 and 0x6000; 64 KiB of table at 0x10000. */
static void make_table(void)
{
    for (uint32_t index = 5; index < 7; index++) {
        uint32_t group = 0x10000 + (((0x123 ^ index) & 0x3ff) << 6);
        put_word(group, 0x80000000 | 0x123 << 7);
        put_word(group + 4, index << 12 | 0x192);
    }
    /* the secondary hash, a VSID that no segment has: page 0x400 */
    uint32_t group = 0x10000 + ((~(0x77u ^ 0x400u) & 0x3ff) << 6);
    put_word(group + 8, 0x80000000 | 0x77 << 7 | 0x40 | 1);
    put_word(group + 12, 0x00009000 | 0x03);
    set_register("sdr1", 0x10000);
    set_register("sr12", 0x20000123);
    set_register("dbat0u", 0xb0000ffe);
    set_register("dbat0l", 0x0000002a);
    set_register("msr", 0x30);
}

Test(monitor_look, info_tlb_shows_blocks_segments_and_pages)
{
    start();
    make_table();
    uint64_t before = machine_hash(machine);
    mentions("info tlb", "MSR: IR 1 DR 1 PR 0\n");
    mentions("info tlb", "DBAT0 b0000000-b7ffffff -> 00000000  Vs-- -I-G PP=2\n");
    mentions("info tlb", "SR12 c0000000 vsid 000123 Kp\n");
    mentions("info tlb", "SDR1 00010000: table at 00010000, 64 KiB, 3 valid entries\n");
    mentions("info tlb", "\nc0005000-c0006fff -> 00005000  --M- PP=2 RC\n");
    mentions("info tlb", "\nvsid 000077 0400000-0400fff -> 00009000  ---- PP=3 --\n");
    says("info mem", "b0000000-b7ffffff 08000000 rw- -> 00000000\n"
                     "c0005000-c0006fff 00002000 rw- -> 00005000\n");
    cr_assert_eq(machine_hash(machine), before);
    says("x/xw 0xc0005000", "c0005000: 0x00000000\n");
    set_register("sdr1", 0xf8000000);
    mentions("info tlb", "0 valid entries (not all of it is RAM)");
    finish();
}

Test(monitor_look, info_mem_of_real_mode_is_one_range)
{
    start();
    says("info mem", "00000000-ffffffff 100000000 rw- -> 00000000\n");
    finish();
}

/* --- nothing changes, everything repeats ---------------------------------------------------------------------------- */

Test(monitor_look, looking_changes_nothing)
{
    static const char *const looks[] = {
        "p *0x1000",
        "x/20i $pc",
        "x/s 0",
        "disassemble $pc,+64",
        "info all-registers",
        "info float",
        "info vector",
        "display/i $pc",
        "info display",
        "info tlb",
        "info mem",
        "info irq",
        "info roms",
        "info replay",
        "gva2gpa 0",
        "sum 0 0x10000",
        "set $x = $r3",
        "printf \"%d\", $r3",
        "output 5",
        "show values",
        "info registers r3 msr dec",
    };
    start();
    says("si 1000", "");
    wait_for_stop();
    uint64_t before = machine_hash(machine);
    for (size_t i = 0; i < G_N_ELEMENTS(looks); i++) {
        g_free(monitor_execute(hub, looks[i]));
        cr_assert_eq(machine_hash(machine), before, "%s changes the guest", looks[i]);
    }
    finish();
}

static const char *const changes[] = {
    "set $r4 = 0x1234",
    "set $f1 = 1.5",
    "set $vr3 = 0xdeadbeef",
    "set {u64}0x1ffc = 77",
    "set $msr = 0x2040",
    "set $dec = 500",
    "nmi",
    "o/b 0x60 1",
    "i 0x61",
    "set *0xf8000000 = 1",
};

static void record_changes(const char *path)
{
    g_autofree char *hash_path = g_strconcat(path, ".hash", NULL);
    RecordHeader header = {(char *)"test", 1};
    start();
    cr_assert(clock_record_start(machine->clock, path, &header, &error_abort));
    says("info replay", "Recording execution: instruction count = 0\n");
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        says("si 1001", "");
        wait_for_stop();
        g_free(monitor_execute(hub, changes[i]));
    }
    says("si 500", "");
    wait_for_stop();
    uint64_t hash = machine_hash(machine);
    g_autofree char *text = g_strdup_printf("%" G_GINT64_MODIFIER "x", hash);
    cr_assert(g_file_set_contents(hash_path, text, -1, NULL));
    cr_assert(clock_record_finish(machine->clock, hash, &error_abort));
}

Test(monitor_look, recorded_changes_come_again_in_the_replay)
{
    g_autofree char *path = g_strdup_printf("%s/core99-look-%d", g_get_tmp_dir(), getpid());
    g_autofree char *hash_path = g_strconcat(path, ".hash", NULL);
    g_autofree char *wanted = NULL, *got = NULL;
    start_replay(path, record_changes);
    mentions("info replay", "Replaying execution: instruction count = 0");
    says("set $r4 = 1", "a replay takes only what was recorded\n");
    says("nmi", "a replay takes only what was recorded\n");
    says("c", "");
    wait_for_stop();
    cr_assert(is_replay_good);
    got = g_strdup_printf("%" G_GINT64_MODIFIER "x", machine_hash(machine));
    cr_assert(g_file_get_contents(hash_path, &wanted, NULL, NULL));
    cr_assert_str_eq(got, wanted);
    says("p/x $r4", "0x1234\n");
    says("x/2xw 0x1ffc", "00001ffc: 0x00000000 0x0000004d\n");
    g_unlink(path);
    g_unlink(hash_path);
    finish();
}
