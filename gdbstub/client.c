/* SPDX-License-Identifier: MIT */
/*
 * The gdb remote protocol's client: what a stub can do, its registers, memory, and making it run.
 *
 * Source: gdb manual, "Remote Protocol"; QEMU's packets qqemu.* as its manual has them. QEMU's stub
 * takes several questions at once (it answers in order, and abandons its wait for an acknowledgement
 * when the next packet begins); others are asked one by one.
 */
#include "gdbstub/client.h"

#include "gdbstub/wire.h"
#include "util/bits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PIPELINE = 64,        /* questions on their way to QEMU or core99 */
    LEAST_PACKET = 128,   /* of a PacketSize */
    MOST_PACKET = 16384,  /* of ours */
    FRAME_BYTES = 48,     /* what a packet holds besides data, at most */
    DEFAULT_PACKET = 400, /* gdb's guess for a stub that does not say */
    INTERRUPT_MS = 2000,
    MOST_CONSOLE = 10000, /* O packets before a stop */
};

/* What is known of one register's value. */
typedef enum Known { UNKNOWN, KNOWN, CHANGED } Known;

struct GdbClient {
    GdbLink *link;
    GdbDescription *description;
    GString *reply, *packet;
    size_t packet_size;
    unsigned general; /* the first so many registers come with g */
    uint8_t *values;  /* of all registers, at their offsets */
    uint8_t *known;   /* Known, by index */
    unsigned stop_signal;
    bool is_qemu, is_core99, has_x, has_vcont;
};

static const GdbRegister *register_at(const GdbClient *client, int index)
{
    return gdb_description_register(client->description, (unsigned)index);
}

const GdbDescription *gdb_client_description(const GdbClient *client)
{
    return client->description;
}

bool gdb_client_is_qemu(const GdbClient *client) { return client->is_qemu; }
unsigned gdb_client_signal(const GdbClient *client) { return client->stop_signal; }

int gdb_client_find(const GdbClient *client, const char *name)
{
    return gdb_description_find(client->description, name);
}

static bool ask(GdbClient *client, const char *packet, Error **errp)
{
    return gdb_link_ask(client->link, packet, client->reply, errp);
}

static bool reply_is(const GdbClient *client, const char *text)
{
    return strcmp(client->reply->str, text) == 0;
}

/* "E01", or "E.text". */
static bool reply_is_error(const GdbClient *client)
{
    const GString *reply = client->reply;
    return reply->str[0] == 'E' && (reply->len == 3 || reply->str[1] == '.');
}

/* A packet that is only answered with OK. */
static bool expect_ok(GdbClient *client, const char *what, Error **errp)
{
    return reply_is(client, "OK") ||
           error_setg(errp, "the stub does not %s (%.20s)", what,
                      client->reply->len ? client->reply->str : "no such packet");
}

/* --- what the stub can do ------------------------------------------------------------------------ */

static bool take_packet_size(GdbClient *client, const char *text, Error **errp)
{
    guint64 size;
    if (!g_ascii_string_to_unsigned(text, 16, LEAST_PACKET, GDB_LINK_MOST_BYTES, &size, NULL)) {
        return error_setg(errp, "the stub claims a PacketSize of '%.20s'", text);
    }
    client->packet_size = MIN(size, MOST_PACKET);
    return true;
}

typedef struct Features {
    bool has_description, has_no_ack;
} Features;

static bool take_feature(GdbClient *client, Features *features, const char *word, Error **errp)
{
    if (g_str_has_prefix(word, "PacketSize=")) {
        return take_packet_size(client, word + strlen("PacketSize="), errp);
    }
    features->has_description |= strcmp(word, "qXfer:features:read+") == 0;
    features->has_no_ack |= strcmp(word, "QStartNoAckMode+") == 0;
    client->is_core99 |= strcmp(word, WIRE_OUR_FEATURE) == 0;
    return true;
}

static bool ask_features(GdbClient *client, Features *features, Error **errp)
{
    if (!ask(client, "qSupported:xmlRegisters=powerpc;swbreak+;hwbreak+;vContSupported+", errp)) {
        return false;
    }
    g_auto(GStrv) words = g_strsplit(client->reply->str, ";", 256);
    for (char **word = words; *word; word++) {
        if (!take_feature(client, features, *word, errp)) {
            return false;
        }
    }
    return true;
}

static bool ask_no_ack(GdbClient *client, Error **errp)
{
    if (!ask(client, "QStartNoAckMode", errp)) {
        return false;
    }
    if (reply_is(client, "OK")) {
        gdb_link_stop_acks(client->link);
    }
    return true;
}

/* Packets that are known by an answer that is not empty. */
static bool ask_abilities(GdbClient *client, Error **errp)
{
    if (!ask(client, "vCont?", errp)) {
        return false;
    }
    g_auto(GStrv) actions = g_strsplit(client->reply->str, ";", 32);
    client->has_vcont = g_strv_contains((const char *const *)actions, "c") &&
                        g_strv_contains((const char *const *)actions, "s");
    if (!ask(client, "qqemu.sstepbits", errp)) {
        return false;
    }
    client->is_qemu = !client->is_core99 && client->reply->len > 0 && !reply_is_error(client);
    /* What we compare is the step that ends in a handler. */
    if (client->is_core99 && !ask(client, "Qqemu.sstep=1", errp)) {
        return false;
    }
    if (!ask(client, "X0,0:", errp)) {
        return false;
    }
    client->has_x = reply_is(client, "OK");
    return true;
}

/* --- what the stub has ---------------------------------------------------------------------------- */

static char *read_annex(void *opaque, const char *annex, Error **errp)
{
    GdbClient *client = opaque;
    g_autoptr(GString) text = g_string_new(NULL);
    for (;;) {
        g_autofree char *packet = g_strdup_printf("qXfer:features:read:%s:%zx,%zx", annex,
                                                  text->len,
                                                  client->packet_size - LEAST_PACKET / 2);
        if (!ask(client, packet, errp)) {
            return NULL;
        }
        char kind = client->reply->str[0];
        if ((kind != 'm' && kind != 'l') || (kind == 'm' && client->reply->len == 1)) {
            error_setg(errp, "the stub does not give its description %s", annex);
            return NULL;
        }
        g_string_append_len(text, client->reply->str + 1, (gssize)client->reply->len - 1);
        if (kind == 'l') {
            return g_string_free(g_steal_pointer(&text), FALSE);
        }
        if (text->len > GDB_LINK_MOST_BYTES / 4) {
            error_setg(errp, "the stub's description %s has no end", annex);
            return NULL;
        }
    }
}

/* Registers that every user of this file wants in one width only. */
static bool check_width(const GdbRegister *entry, const char *prefix, unsigned bits, Error **errp)
{
    const char *rest = entry->name + strlen(prefix);
    if (!g_str_has_prefix(entry->name, prefix) || !g_ascii_isdigit(*rest) || entry->bits == bits) {
        return true;
    }
    return error_setg(errp, "the stub's %s has %u bits, not %u", entry->name, entry->bits, bits);
}

static bool check_description(const GdbDescription *description, Error **errp)
{
    static const char *const wanted[] = {"r0", "r31", "pc", "msr", "cr", "lr", "ctr", "xer"};
    const char *architecture = description->architecture;
    if (architecture && !g_str_has_prefix(architecture, "powerpc") &&
        !g_str_has_prefix(architecture, "rs6000")) {
        return error_setg(errp, "the stub's target is %s, not powerpc", architecture);
    }
    for (guint i = 0; i < description->registers->len; i++) {
        const GdbRegister *entry = gdb_description_register(description, i);
        if (!check_width(entry, "r", 32, errp) || !check_width(entry, "f", 64, errp) ||
            !check_width(entry, "vr", 128, errp)) {
            return false;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        int index = gdb_description_find(description, wanted[i]);
        if (index < 0 || gdb_description_register(description, (unsigned)index)->bits != 32) {
            return error_setg(errp, "the stub has no %s of 32 bits", wanted[i]);
        }
    }
    return true;
}

/* How many registers a g reply of @bytes holds. */
static bool count_general(GdbClient *client, size_t bytes, Error **errp)
{
    const GdbDescription *description = client->description;
    if (bytes > description->bytes) {
        return error_setg(errp, "the stub's g has %zu bytes, its description %zu", bytes,
                          description->bytes);
    }
    for (client->general = 0; client->general < description->registers->len; client->general++) {
        const GdbRegister *entry = gdb_description_register(description, client->general);
        if (entry->offset + entry->bytes > bytes) {
            return entry->offset == bytes ||
                   error_setg(errp, "the stub's g ends inside register %s (%zu bytes)", entry->name,
                              bytes);
        }
    }
    return true;
}

static bool learn_registers(GdbClient *client, const Features *features, Error **errp)
{
    ERRP_GUARD();
    client->description = features->has_description ? gdb_description_read(read_annex, client, errp)
                                                    : gdb_description_default();
    if (!client->description) {
        error_prepend(errp, "target description: ");
        return false;
    }
    client->values = g_malloc0(client->description->bytes);
    client->known = g_malloc0(client->description->registers->len);
    if (!check_description(client->description, errp) || !ask(client, "g", errp)) {
        return false;
    }
    if (client->reply->len % 2 || reply_is_error(client)) {
        return error_setg(errp, "the stub's answer to g makes no sense (%.20s)",
                          client->reply->str);
    }
    return count_general(client, client->reply->len / 2, errp);
}

/* --- stops ---------------------------------------------------------------------------------------- */

static bool take_stop(GdbClient *client, Error **errp)
{
    const char *text = client->reply->str;
    if (text[0] == 'W' || text[0] == 'X') {
        return error_setg(errp, "the stub's target has ended (%.20s)", text);
    }
    uint8_t number;
    if ((text[0] != 'S' && text[0] != 'T') || client->reply->len < 3 ||
        !wire_parse_hex(text + 1, &number, 1)) {
        return error_setg(errp, "the stub says '%.20s' instead of why it stopped",
                          g_str_is_ascii(text) ? text : "?");
    }
    client->stop_signal = number;
    return true;
}

/* Until a stop; the target's own output (O) is dropped. *@is_late after @timeout_ms. */
static bool wait_stop(GdbClient *client, unsigned timeout_ms, bool *is_late, Error **errp)
{
    for (unsigned i = 0; i < MOST_CONSOLE; i++) {
        if (!gdb_link_receive_until(client->link, timeout_ms, client->reply, is_late, errp)) {
            return false;
        }
        const char *text = client->reply->str;
        if (*is_late || text[0] != 'O' || strcmp(text, "OK") == 0) {
            return *is_late || take_stop(client, errp);
        }
    }
    return error_setg(errp, "the stub prints without end instead of stopping");
}

static bool greet(GdbClient *client, Error **errp)
{
    Features features = {0};
    return ask_features(client, &features, errp) &&
           (!features.has_no_ack || ask_no_ack(client, errp)) && ask(client, "?", errp) &&
           take_stop(client, errp) && ask_abilities(client, errp) &&
           learn_registers(client, &features, errp);
}

GdbClient *gdb_client_new(GdbLink *link, Error **errp)
{
    g_autoptr(GdbClient) client = g_new0(GdbClient, 1);
    client->link = link;
    client->reply = g_string_new(NULL);
    client->packet = g_string_new(NULL);
    client->packet_size = DEFAULT_PACKET;
    return greet(client, errp) ? g_steal_pointer(&client) : NULL;
}

GdbClient *gdb_client_open(const char *address, unsigned timeout_ms, Error **errp)
{
    ERRP_GUARD();
    GdbLink *link = gdb_link_open(address, timeout_ms, errp);
    GdbClient *client = link ? gdb_client_new(link, errp) : NULL;
    if (!client) {
        error_prepend(errp, "%s: ", address);
    }
    return client;
}

void gdb_client_free(GdbClient *client)
{
    if (client) {
        gdb_link_free(client->link);
        gdb_description_free(client->description);
        g_string_free(client->reply, TRUE);
        g_string_free(client->packet, TRUE);
        g_free(client->values);
        g_free(client->known);
        g_free(client);
    }
}

/* --- reading registers ---------------------------------------------------------------------------- */

static size_t general_bytes(const GdbClient *client)
{
    if (client->general == 0) {
        return 0;
    }
    const GdbRegister *last = register_at(client, (int)client->general - 1);
    return last->offset + last->bytes;
}

static bool fetch_general(GdbClient *client, Error **errp)
{
    size_t bytes = general_bytes(client);
    g_autofree uint8_t *values = g_malloc(bytes);
    if (!ask(client, "g", errp)) {
        return false;
    }
    if (client->reply->len != 2 * bytes || !wire_parse_hex(client->reply->str, values, bytes)) {
        return error_setg(errp, "the stub's g changed its shape (%zu digits, not %zu)",
                          client->reply->len, 2 * bytes);
    }
    for (unsigned i = 0; i < client->general; i++) {
        const GdbRegister *entry = register_at(client, (int)i);
        if (client->known[i] == UNKNOWN) {
            memcpy(client->values + entry->offset, values + entry->offset, entry->bytes);
            client->known[i] = KNOWN;
        }
    }
    return true;
}

static void queue_read(GdbClient *client, int index)
{
    g_string_printf(client->packet, "p%x", register_at(client, index)->number);
    gdb_link_queue(client->link, client->packet->str);
}

static bool take_read(GdbClient *client, int index, Error **errp)
{
    const GdbRegister *entry = register_at(client, index);
    if (!gdb_link_receive(client->link, client->reply, errp)) {
        return false;
    }
    if (client->reply->len != 2 * entry->bytes ||
        !wire_parse_hex(client->reply->str, client->values + entry->offset, entry->bytes)) {
        return error_setg(errp, "the stub does not read register %s (%.20s)", entry->name,
                          client->reply->str);
    }
    client->known[index] = KNOWN;
    return true;
}

static unsigned pipeline_depth(const GdbClient *client)
{
    return client->is_qemu || client->is_core99 ? PIPELINE : 1;
}

/* @queue for every index, @take for its answer, as many at once as the stub takes. */
static bool pipeline(GdbClient *client, const int *indices, size_t count,
                     void (*queue)(GdbClient *client, int index),
                     bool (*take)(GdbClient *client, int index, Error **errp), Error **errp)
{
    for (size_t done = 0; done < count;) {
        size_t end = MIN(count, done + pipeline_depth(client));
        for (size_t i = done; i < end; i++) {
            queue(client, indices[i]);
        }
        for (; done < end; done++) {
            if (!take(client, indices[done], errp)) {
                return false;
            }
        }
    }
    return true;
}

bool gdb_client_fetch(GdbClient *client, const int *indices, size_t count, Error **errp)
{
    g_autofree int *rest = g_new(int, count);
    size_t left = 0;
    bool wants_general = false;
    for (size_t i = 0; i < count; i++) {
        if (client->known[indices[i]] == UNKNOWN) {
            bool is_general = (unsigned)indices[i] < client->general;
            wants_general |= is_general;
            rest[left] = indices[i];
            left += !is_general;
        }
    }
    return (!wants_general || fetch_general(client, errp)) &&
           pipeline(client, rest, left, queue_read, take_read, errp);
}

void gdb_client_assume(GdbClient *client, const int *indices, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (client->known[indices[i]] == UNKNOWN) {
            client->known[indices[i]] = KNOWN;
        }
    }
}

const uint8_t *gdb_client_bytes(const GdbClient *client, int index)
{
    return client->values + register_at(client, index)->offset;
}

uint64_t gdb_client_get(const GdbClient *client, int index)
{
    const uint8_t *bytes = gdb_client_bytes(client, index);
    uint64_t value = 0;
    for (unsigned i = 0; i < register_at(client, index)->bytes; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* --- writing registers ---------------------------------------------------------------------------- */

void gdb_client_put_bytes(GdbClient *client, int index, const uint8_t *bytes)
{
    const GdbRegister *entry = register_at(client, index);
    uint8_t *value = client->values + entry->offset;
    if (client->known[index] == UNKNOWN || memcmp(value, bytes, entry->bytes) != 0) {
        memcpy(value, bytes, entry->bytes);
        client->known[index] = CHANGED;
    }
}

void gdb_client_put(GdbClient *client, int index, uint64_t value)
{
    uint8_t bytes[GDB_MOST_BITS / 8] = {0};
    unsigned size = register_at(client, index)->bytes;
    for (unsigned i = 0; i < size && i < 8; i++) {
        bytes[size - 1 - i] = (uint8_t)(value >> (8 * i));
    }
    gdb_client_put_bytes(client, index, bytes);
}

/* More than two registers travel cheaper together. */
static bool is_for_g(const GdbClient *client, unsigned changed)
{
    return changed > 2 && 2 * general_bytes(client) + FRAME_BYTES <= client->packet_size;
}

static bool flush_general(GdbClient *client, Error **errp)
{
    for (unsigned i = 0; i < client->general; i++) {
        if (client->known[i] == UNKNOWN && !fetch_general(client, errp)) {
            return false;
        }
    }
    g_string_assign(client->packet, "G");
    wire_append_hex(client->packet, client->values, general_bytes(client));
    if (!ask(client, client->packet->str, errp) || !expect_ok(client, "write registers", errp)) {
        return false;
    }
    memset(client->known, KNOWN, client->general);
    return true;
}

static void queue_write(GdbClient *client, int index)
{
    const GdbRegister *entry = register_at(client, index);
    g_string_printf(client->packet, "P%x=", entry->number);
    wire_append_hex(client->packet, client->values + entry->offset, entry->bytes);
    gdb_link_queue(client->link, client->packet->str);
}

static bool take_written(GdbClient *client, int index, Error **errp)
{
    if (!gdb_link_receive(client->link, client->reply, errp)) {
        return false;
    }
    client->known[index] = KNOWN;
    return reply_is(client, "OK") ||
           error_setg(errp, "the stub does not write register %s (%.20s)",
                      register_at(client, index)->name,
                      client->reply->len ? client->reply->str : "no such packet");
}

bool gdb_client_flush(GdbClient *client, Error **errp)
{
    unsigned total = client->description->registers->len, general = 0;
    size_t count = 0;
    g_autofree int *changed = g_new(int, total);
    for (unsigned i = 0; i < total; i++) {
        if (client->known[i] == CHANGED) {
            changed[count++] = (int)i;
            general += i < client->general;
        }
    }
    if (is_for_g(client, general)) {
        if (!flush_general(client, errp)) {
            return false;
        }
        memmove(changed, changed + general, (count - general) * sizeof(*changed));
        count -= general;
    }
    return pipeline(client, changed, count, queue_write, take_written, errp);
}

/* --- execution ------------------------------------------------------------------------------------ */

static bool resume(GdbClient *client, const char *plain, const char *vcont, Error **errp)
{
    if (!gdb_client_flush(client, errp)) {
        return false;
    }
    memset(client->known, UNKNOWN, client->description->registers->len);
    gdb_link_queue(client->link, client->has_vcont ? vcont : plain);
    return true;
}

bool gdb_client_step(GdbClient *client, Error **errp)
{
    unsigned timeout_ms = gdb_link_timeout_ms(client->link);
    bool is_late;
    return resume(client, "s", "vCont;s", errp) && wait_stop(client, timeout_ms, &is_late, errp) &&
           (!is_late ||
            error_setg(errp, "the stub does not end a single step (%u ms)", timeout_ms));
}

bool gdb_client_continue(GdbClient *client, unsigned timeout_ms, bool *is_late, Error **errp)
{
    bool is_silent;
    if (!resume(client, "c", "vCont;c", errp) || !wait_stop(client, timeout_ms, is_late, errp)) {
        return false;
    }
    if (!*is_late) {
        return true;
    }
    return gdb_link_interrupt(client->link, errp) &&
           wait_stop(client, INTERRUPT_MS, &is_silent, errp) &&
           (!is_silent || error_setg(errp, "the stub does not stop at Ctrl-C"));
}

bool gdb_client_break_at(GdbClient *client, uint32_t address, bool is_set, Error **errp)
{
    g_string_printf(client->packet, "%c0,%x,4", is_set ? 'Z' : 'z', address);
    return ask(client, client->packet->str, errp) &&
           expect_ok(client, is_set ? "set a breakpoint" : "clear a breakpoint", errp);
}

/* --- memory, monitor ------------------------------------------------------------------------------ */

bool gdb_client_use_physical(GdbClient *client, Error **errp)
{
    return ask(client, "Qqemu.PhyMemMode:1", errp) &&
           expect_ok(client, "read physical memory", errp);
}

/* Digits that fit into a packet with its frame and head. */
static size_t most_bytes(const GdbClient *client)
{
    return (client->packet_size - FRAME_BYTES) / 2;
}

bool gdb_client_read(GdbClient *client, uint32_t address, uint8_t *bytes, size_t size, Error **errp)
{
    for (size_t done = 0, count; done < size; done += count) {
        count = MIN(size - done, most_bytes(client));
        g_string_printf(client->packet, "m%x,%zx", (uint32_t)(address + done), count);
        if (!ask(client, client->packet->str, errp)) {
            return false;
        }
        if (client->reply->len != 2 * count ||
            !wire_parse_hex(client->reply->str, bytes + done, count)) {
            return error_setg(errp, "the stub does not read memory at 0x%x (%.20s)",
                              (uint32_t)(address + done), client->reply->str);
        }
    }
    return true;
}

bool gdb_client_write(GdbClient *client, uint32_t address, const uint8_t *bytes, size_t size,
                      Error **errp)
{
    for (size_t done = 0, count; done < size; done += count) {
        count = MIN(size - done, most_bytes(client)); /* X: each byte may need an escape */
        g_string_printf(client->packet, "%c%x,%zx:", client->has_x ? 'X' : 'M',
                        (uint32_t)(address + done), count);
        if (client->has_x) {
            gdb_link_queue_bytes(client->link, client->packet->str, bytes + done, count);
        } else {
            wire_append_hex(client->packet, bytes + done, count);
            gdb_link_queue(client->link, client->packet->str);
        }
        if (!gdb_link_receive(client->link, client->reply, errp) ||
            !expect_ok(client, "write memory", errp)) {
            return false;
        }
    }
    return true;
}
