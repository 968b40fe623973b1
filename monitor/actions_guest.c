/* SPDX-License-Identifier: MIT */
/*
 * Console actions on the processor, on memory and on I/O ports: what `set`, `i`, `o` and `nmi` post; and
 * the table of all that a word and arguments say (those of devices: devices.c, disks.c).
 *
 * Each is carried out on the guest's side of the input "monitor" (actions.c), in a live run and in a
 * replay alike. Source: the PCI I/O window of the main host, mac99.md 1.1; its registers are
 * little-endian.
 */
#include "debug/memory.h"
#include "debug/registers.h"
#include "monitor/actions.h"
#include "net/net.h"
#include "target-ppc/cpu.h"

#include <string.h>

enum { PORTS = 0x800000, POKE_MAX = 64 };
#define PCI_IO_WINDOW UINT64_C(0xf2000000)

/* --- numbers of a recorded text: hexadecimal, whole ----------------------------------------------------- */

static bool parse_bytes(const char *text, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isxdigit(text[2 * i]) || !g_ascii_isxdigit(text[2 * i + 1])) {
            return false;
        }
        bytes[i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 |
                             g_ascii_xdigit_value(text[2 * i + 1]));
    }
    return text[2 * size] == '\0';
}

static bool parse_hex(const char *text, uint64_t *value)
{
    char *end;
    *value = g_ascii_strtoull(text, &end, 16);
    return g_ascii_isxdigit(*text) && *end == '\0';
}

/* --- the actions ------------------------------------------------------------------------------------------ */

static bool broken(Error **errp) { return error_setg(errp, "this action is not well-formed"); }

/* NAME VALUE; a vector's value has 32 digits. */
static bool set_register(MonitorHub *hub, char **args, Error **errp)
{
    CPUState *cpu = hub->machine->cpu;
    int vector = debug_register_vector(cpu, args[0]);
    uint8_t bytes[16];
    uint64_t value;
    if (vector >= 0) {
        if (!parse_bytes(args[1], bytes, sizeof(bytes))) {
            return broken(errp);
        }
        debug_vector_set(cpu, (unsigned)vector, bytes);
        return true;
    }
    return parse_hex(args[1], &value) ? debug_register_set(cpu, args[0], value, errp)
                                      : broken(errp);
}

/* ADDR BYTES: effective address */
static bool poke(MonitorHub *hub, char **args, Error **errp)
{
    DebugMemory memory = {.cpu = hub->machine->cpu};
    uint8_t bytes[POKE_MAX];
    size_t size = strlen(args[1]) / 2;
    uint64_t addr;
    if (!parse_hex(args[0], &addr) || size > sizeof(bytes) || !parse_bytes(args[1], bytes, size)) {
        return broken(errp);
    }
    return debug_memory_write(&memory, addr, bytes, size, errp);
}

static bool parse_port(char **args, uint64_t *port, uint64_t *size)
{
    return parse_hex(args[0], port) && parse_hex(args[1], size) && *size >= 1 && *size <= 4 &&
           *size != 3 && *port <= PORTS - *size;
}

static uint64_t swapped(uint64_t value, uint64_t size)
{
    return GUINT64_SWAP_LE_BE(value) >> (64 - 8 * size);
}

/* PORT SIZE; leaves the value in hub->action_value. */
static bool read_port(MonitorHub *hub, char **args, Error **errp)
{
    uint64_t port, size, value = 0;
    if (!parse_port(args, &port, &size)) {
        return broken(errp);
    }
    address_space_load(hub->machine->cpu->as, PCI_IO_WINDOW + port, (unsigned)size, &value);
    hub->action_value = swapped(value, size);
    return true;
}

/* PORT SIZE VALUE */
static bool write_port(MonitorHub *hub, char **args, Error **errp)
{
    uint64_t port, size, value;
    if (!parse_port(args, &port, &size) || !parse_hex(args[2], &value)) {
        return broken(errp);
    }
    address_space_store(hub->machine->cpu->as, PCI_IO_WINDOW + port, (unsigned)size,
                        swapped(value, size));
    return true;
}

/* An edge on SRESET: the system reset exception. */
static bool raise_nmi(MonitorHub *hub, G_GNUC_UNUSED char **args, G_GNUC_UNUSED Error **errp)
{
    IrqLine *line = qdev_get_gpio_in_named(DEVICE(hub->machine->cpu), "cpu", PPC_INPUT_SRESET);
    irq_line_set(line, 1);
    irq_line_set(line, 0);
    return true;
}

/* TEXT of -netdev */
static bool add_netdev(G_GNUC_UNUSED MonitorHub *hub, char **args, Error **errp)
{
    return net_client_add(args[0], errp);
}

static bool del_netdev(G_GNUC_UNUSED MonitorHub *hub, char **args, Error **errp)
{
    return net_client_del(args[0], errp);
}

/* NAME on|off */
static bool set_link(G_GNUC_UNUSED MonitorHub *hub, char **args, Error **errp)
{
    return net_set_link(args[0], g_str_equal(args[1], "on"), errp);
}

static const struct {
    const char *name;
    unsigned args;
    bool (*carry_out)(MonitorHub *hub, char **args, Error **errp);
} actions[] = {
    {"set-register", 2, set_register},
    {"poke", 2, poke},
    {"port-read", 2, read_port},
    {"port-write", 3, write_port},
    {"nmi", 0, raise_nmi},
    {"device_add", 1, action_device_add},
    {"device_del", 1, action_device_del},
    {"balloon", 1, action_balloon},
    {"nvram-set", 1, action_nvram_set},
    {"nvram-reset", 0, action_nvram_reset},
    {"netdev-add", 1, add_netdev},
    {"netdev-del", 1, del_netdev},
    {"set-link", 2, set_link},
    {"change", 3, action_change},
    {"eject", 2, action_eject},
};

bool actions_guest_carry_out(MonitorHub *hub, char **words, Error **errp)
{
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (g_str_equal(words[0], actions[i].name)) {
            return g_strv_length(words) == actions[i].args + 1
                       ? actions[i].carry_out(hub, words + 1, errp)
                       : broken(errp);
        }
    }
    return error_setg(errp, "unknown action '%s'", words[0]);
}
