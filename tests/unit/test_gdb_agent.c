/* SPDX-License-Identifier: MIT */
/* gdbstub/: agent expressions, operation by operation, and hostile ones. */
#include "gdbstub/agent.h"
#include "gdbstub/wire.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

/* Register 3 is 5, register 4 is -2 as a word; memory at 1000: 11 22 .. 88. */
static bool reg(G_GNUC_UNUSED void *opaque, unsigned number, uint64_t *value)
{
    *value = number == 3 ? 5 : 0xfffffffe;
    return number == 3 || number == 4;
}

static bool memory(G_GNUC_UNUSED void *opaque, uint64_t address, uint8_t *bytes, size_t size)
{
    static const uint8_t there[8] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
    if (address < 0x1000 || address + size > 0x1008) {
        return false;
    }
    memcpy(bytes, there + address - 0x1000, size);
    return true;
}

static const AgentGuest guest = {reg, memory, NULL};

static Agent *parse(const char *text, Error **errp)
{
    size_t size = strlen(text) / 2;
    g_autofree uint8_t *code = g_malloc(size + 1);
    cr_assert(wire_parse_hex(text, code, size));
    return agent_new(code, size, errp);
}

static void gives(const char *text, uint64_t wanted)
{
    uint64_t value = 0;
    Agent *agent = parse(text, &error_abort);
    cr_assert(agent_run(agent, &guest, &value), "%s", text);
    cr_assert_eq(value, wanted, "%s: %" G_GINT64_MODIFIER "x", text, value);
    agent_free(agent);
}

static void fails(const char *text)
{
    uint64_t value;
    Agent *agent = parse(text, &error_abort);
    cr_assert_not(agent_run(agent, &guest, &value), "%s", text);
    agent_free(agent);
}

Test(gdb_agent, numbers_are_big_endian)
{
    gives("22ff27", 0xff);
    gives("23123427", 0x1234);
    gives("241234567827", 0x12345678);
    gives("25123456789abcdef027", 0x123456789abcdef0);
}

Test(gdb_agent, arithmetic_has_64_bits)
{
    gives("220722030227", 10);
    gives("220722030327", 4);
    gives("220722030427", 21);
    gives("220322070327", UINT64_MAX - 3);
    gives("220722030627", 2);
    gives("220722030827", 1);
    gives("26000416202203"
          "0527",
          0); /* -2 / 3 */
    gives("26000416202203"
          "0727",
          UINT64_MAX - 1);
    gives("258000000000000000"
          "22ff1608"
          "0527",
          UINT64_C(1) << 63); /* the quotient that overflows */
    gives("258000000000000000"
          "22ff1608"
          "0727",
          0);
    gives("220122410927", 0); /* shifts by 65 */
    gives("2600041620"
          "22410a27",
          UINT64_MAX);
    gives("2600041620"
          "22010a27",
          UINT64_MAX);
    gives("220822010b27", 4);
}

Test(gdb_agent, bits_and_comparisons)
{
    gives("220c220a0f27", 8);
    gives("220c220a1027", 14);
    gives("220c220a1127", 6);
    gives("22001227", UINT64_MAX);
    gives("22000e27", 1);
    gives("220522051327", 1);
    gives("2600041620"
          "22001427",
          1); /* -2 < 0 */
    gives("2600041620"
          "22001527",
          0);
    gives("22ff160827", UINT64_MAX);
    gives("2600042a0827", 0xfe);
    gives("22ff2a0027", 0);
    gives("22ff164027", 0xff);
}

Test(gdb_agent, the_guest_is_read)
{
    gives("26000327", 5);
    gives("2310001727", 0x11);
    gives("2310001827", 0x1122);
    gives("2310001927", 0x11223344);
    gives("2310001a27", 0x1122334455667788);
    fails("26002027");
    fails("2310081727");
    fails("2310011a27");
}

Test(gdb_agent, the_stack_is_ordered)
{
    gives("220122022b0327", 1); /* swap: 2 - 1 */
    gives("2201220228"
          "0202"
          "27",
          5); /* dup: 1 + 2 + 2 */
    gives("220122022927", 1);
    gives("22012202220332"
          "0227",
          1); /* pick the third */
    gives("220122022203"
          "33"
          "29"
          "27",
          1);                         /* rot: 3 1 2, then pop: 1 on top */
    gives("22012202220333290327", 2); /* 3 - 1 */
}

Test(gdb_agent, jumps_are_taken)
{
    gives("2201"
          "200008"
          "220a27"
          "220b27",
          11);
    gives("2200"
          "200008"
          "220a27"
          "220b27",
          10);
    gives("210005"
          "2229"
          "220c27",
          12);
}

Test(gdb_agent, bad_ones_fail_and_end)
{
    fails("27");
    fails("0227");
    fails("2201220005"
          "27"); /* by zero */
    fails("22013205"
          "27");     /* picks below the stack */
    fails("2201");   /* no end */
    fails("210000"); /* for ever */
    fails("2201"
          "210000"); /* an endless stack */
    fails("210004"
          "22ff27"); /* into an operand */
}

Test(gdb_agent, what_is_not_known_is_refused)
{
    static const char *const bad[] = {"",   "00",         "2c000127", "3427",
                                      "22", "2512345678", "20ffff",   "1b27"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(Error) err = NULL;
        cr_assert_null(parse(bad[i], &err), "%s", bad[i]);
        cr_assert_null(strchr(error_get_pretty(err), '\n'));
    }
}

Test(gdb_agent, noise_does_no_harm)
{
    uint32_t seed = 3;
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t code[40];
        uint64_t value;
        for (size_t k = 0; k < sizeof(code); k++) {
            seed = seed * 1664525 + 1013904223;
            code[k] = (uint8_t)(seed >> 24) % 0x36;
        }
        g_autoptr(Error) err = NULL;
        Agent *agent = agent_new(code, 1 + i % sizeof(code), &err);
        if (agent) {
            agent_run(agent, &guest, &value);
            agent_free(agent);
        }
    }
}
