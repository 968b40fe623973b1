/* SPDX-License-Identifier: MIT */
/*
 * A gdb stub for tests: 32 GPRs, pc msr cr lr ctr xer in g; two FPRs behind it; 64 KiB of memory; a
 * step adds 4 to pc. Its layout is QEMU's, holes in the numbers included.
 */
#include "tests/unit/fake_stub.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { GENERAL = 38, MEMORY = 0x10000, PC = 32 };

/* Lives as long as the test. */
typedef struct Stub {
    int fd;
    const FakeRule *rules;
    unsigned used[16];
    GString *log;
    GMutex lock;
    uint32_t general[GENERAL];
    uint64_t fpr[2];
    uint8_t memory[MEMORY];
    bool acks;
} Stub;

static Stub *newest;

static const char *const target_xml =
    "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
    "<architecture>powerpc:common</architecture><xi:include href=\"core.xml\"/>"
    "<xi:include href=\"fpu.xml\"/></target>";
static const char *const fpu_xml =
    "<feature name=\"org.gnu.gdb.power.fpu\"><reg name=\"f0\" bitsize=\"64\" regnum=\"71\"/>"
    "<reg name=\"f1\" bitsize=\"64\"/></feature>";

static void put(Stub *stub, const char *bytes, size_t size)
{
    send(stub->fd, bytes, size, MSG_NOSIGNAL); /* a client that left is seen by get() */
}

static void answer(Stub *stub, const char *text, int error)
{
    uint8_t sum = 0;
    for (const char *p = text; *p; p++) {
        sum = (uint8_t)(sum + (uint8_t)*p);
    }
    g_autofree char *packet = g_strdup_printf("$%s#%02x", text, (uint8_t)(sum + error));
    put(stub, packet, strlen(packet));
}

static char *core_xml(void)
{
    GString *xml = g_string_new("<feature name=\"org.gnu.gdb.power.core\"><!-- a > b -->");
    for (int i = 0; i < 32; i++) {
        g_string_append_printf(xml, "<reg name=\"r%d\" bitsize=\"32\" type=\"uint32\"/>", i);
    }
    g_string_append(xml, "<reg name=\"pc\" bitsize=\"32\" regnum=\"64\"/>"
                         "<reg name=\"msr\" bitsize=\"32\"/><reg name=\"cr\" bitsize=\"32\"/>"
                         "<reg name=\"lr\" bitsize=\"32\"/><reg name=\"ctr\" bitsize=\"32\"/>"
                         "<reg name=\"xer\" bitsize=\"32\"/></feature>");
    return g_string_free(xml, FALSE);
}

/* A piece of @text as qXfer gives it: @where is ":OFFSET,LENGTH". */
static void answer_piece(Stub *stub, const char *text, const char *where)
{
    unsigned offset = 0, length = 0;
    sscanf(where, ":%x,%x", &offset, &length);
    size_t total = strlen(text);
    offset = (unsigned)MIN(offset, total);
    bool is_last = total - offset <= length;
    g_autofree char *piece = g_strndup(text + offset, length);
    g_autofree char *reply = g_strdup_printf("%c%s", is_last ? 'l' : 'm', piece);
    answer(stub, reply, 0);
}

static void answer_description(Stub *stub, const char *rest)
{
    g_autofree char *core = core_xml();
    if (g_str_has_prefix(rest, "target.xml")) {
        answer_piece(stub, target_xml, rest + strlen("target.xml"));
    } else if (g_str_has_prefix(rest, "core.xml")) {
        answer_piece(stub, core, rest + strlen("core.xml"));
    } else {
        answer_piece(stub, fpu_xml, rest + strlen("fpu.xml"));
    }
}

static void answer_general(Stub *stub)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < GENERAL; i++) {
        g_string_append_printf(text, "%08x", stub->general[i]);
    }
    answer(stub, text->str, 0);
    g_string_free(text, TRUE);
}

static void write_general(Stub *stub, const char *text)
{
    for (int i = 0; i < GENERAL; i++) {
        sscanf(text + 8 * i, "%8x", &stub->general[i]);
    }
    answer(stub, "OK", 0);
}

/* "p47" and "P40=12345678". */
static void one_register(Stub *stub, const char *text)
{
    unsigned number = 0;
    uint64_t value = 0;
    g_autofree char *reply = NULL;
    sscanf(text + 1, "%x=%" G_GINT64_MODIFIER "x", &number, &value);
    int index = number < 32 ? (int)number : number >= 64 && number < 70 ? (int)number - 32 : -1;
    if (text[0] == 'P') {
        if (index >= 0) {
            stub->general[index] = (uint32_t)value;
        } else {
            stub->fpr[number & 1] = value;
        }
        answer(stub, "OK", 0);
        return;
    }
    reply = index >= 0 ? g_strdup_printf("%08x", stub->general[index])
                       : g_strdup_printf("%016" G_GINT64_MODIFIER "x", stub->fpr[number & 1]);
    answer(stub, reply, 0);
}

static void memory_packet(Stub *stub, const char *text)
{
    unsigned address = 0, size = 0, byte;
    sscanf(text + 1, "%x,%x", &address, &size);
    const char *data = strchr(text, ':');
    GString *reply = g_string_new(NULL);
    for (unsigned i = 0; i < size && address + i < MEMORY; i++) {
        if (text[0] == 'm') {
            g_string_append_printf(reply, "%02x", stub->memory[address + i]);
        } else if (sscanf(data + 1 + 2 * i, "%2x", &byte) == 1) {
            stub->memory[address + i] = (uint8_t)byte;
        }
    }
    answer(stub, text[0] == 'm' ? reply->str : "OK", 0);
    g_string_free(reply, TRUE);
}

static void serve(Stub *stub, const char *text)
{
    if (g_str_has_prefix(text, "qSupported")) {
        answer(stub, "PacketSize=200;qXfer:features:read+;vContSupported+", 0);
    } else if (g_str_has_prefix(text, "qXfer:features:read:")) {
        answer_description(stub, text + strlen("qXfer:features:read:"));
    } else if (strcmp(text, "?") == 0 || strcmp(text, "c") == 0) {
        answer(stub, "T05thread:01;", 0);
    } else if (strcmp(text, "s") == 0) {
        stub->general[PC] += 4;
        answer(stub, "S05", 0);
    } else if (strcmp(text, "g") == 0) {
        answer_general(stub);
    } else if (text[0] == 'G') {
        write_general(stub, text + 1);
    } else if (text[0] == 'p' || text[0] == 'P') {
        one_register(stub, text);
    } else if (text[0] == 'm' || text[0] == 'M') {
        memory_packet(stub, text);
    } else {
        answer(stub, text[0] == 'Z' || text[0] == 'z' ? "OK" : "", 0);
    }
}

static const FakeRule *rule_for(Stub *stub, const char *text)
{
    for (int i = 0; stub->rules && stub->rules[i].prefix; i++) {
        const FakeRule *rule = &stub->rules[i];
        if (g_str_has_prefix(text, rule->prefix) &&
            (rule->times == 0 || stub->used[i]++ < rule->times)) {
            return rule;
        }
    }
    return NULL;
}

static void treat(Stub *stub, const char *text)
{
    const FakeRule *rule = rule_for(stub, text);
    if (!rule) {
        serve(stub, text);
        return;
    }
    switch (rule->deed) {
    case FAKE_ANSWER:
        answer(stub, rule->text, 0);
        break;
    case FAKE_RAW:
        put(stub, rule->text, strlen(rule->text));
        break;
    case FAKE_WRONG_SUM:
        answer(stub, rule->text, 1);
        break;
    case FAKE_HANG_UP:
        shutdown(stub->fd, SHUT_RDWR);
        break;
    case FAKE_SILENCE:
        break;
    }
}

static void note(Stub *stub, const char *text)
{
    g_mutex_lock(&stub->lock);
    g_string_append_printf(stub->log, "%s ", text);
    g_mutex_unlock(&stub->lock);
}

static bool get(Stub *stub, char *byte) { return recv(stub->fd, byte, 1, 0) == 1; }

static gpointer stub_thread(gpointer opaque)
{
    Stub *stub = opaque;
    g_autoptr(GString) last = g_string_new(NULL);
    char byte, sum;
    while (get(stub, &byte)) {
        if (byte != '$') {
            char single[] = {byte == '\3' ? '^' : byte, '\0'};
            note(stub, single);
            if (byte == '\3' || byte == '-') {
                treat(stub, byte == '\3' ? "^" : last->str);
            }
            continue;
        }
        g_autoptr(GString) text = g_string_new(NULL);
        while (get(stub, &byte) && byte != '#') {
            g_string_append_c(text, byte);
        }
        get(stub, &sum);
        get(stub, &sum);
        note(stub, text->str);
        if (stub->acks) {
            put(stub, "+", 1);
        }
        g_string_assign(last, text->str);
        treat(stub, text->str);
        if (strcmp(text->str, "QStartNoAckMode") == 0) {
            stub->acks = false;
        }
    }
    return NULL;
}

/* A stub that is silent is given up soon; one that answers may take as long as a busy host needs. */
static unsigned patience_ms(const FakeRule *rules)
{
    for (const FakeRule *rule = rules; rule && rule->prefix; rule++) {
        if (rule->deed == FAKE_SILENCE || rule->deed == FAKE_RAW) {
            return rule->deed == FAKE_RAW ? 4000 : 300;
        }
    }
    return 20000;
}

static Stub *stub_new(int fd, const FakeRule *rules)
{
    Stub *stub = newest = g_new0(Stub, 1);
    stub->fd = fd;
    stub->rules = rules;
    stub->acks = true;
    stub->log = g_string_new(NULL);
    for (uint32_t i = 0; i < GENERAL; i++) {
        stub->general[i] = 0x1000 + i;
    }
    return stub;
}

GdbLink *fake_stub_start(const FakeRule *rules)
{
    int fds[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    g_thread_unref(g_thread_new("fake stub", stub_thread, stub_new(fds[1], rules)));
    g_autoptr(GSocket) socket = g_socket_new_from_fd(fds[0], NULL);
    cr_assert(socket);
    return gdb_link_new(socket, patience_ms(rules));
}

/* The listening socket becomes the connected one. */
static gpointer accepting_thread(gpointer opaque)
{
    Stub *stub = opaque;
    int listener = stub->fd;
    stub->fd = accept(listener, NULL, NULL);
    close(listener);
    return stub_thread(stub);
}

char *fake_stub_listen(const FakeRule *rules)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    g_snprintf(where.sun_path, sizeof(where.sun_path), "%s/core99-stub-%d-%d", g_get_tmp_dir(),
               (int)getpid(), fd);
    unlink(where.sun_path);
    cr_assert_eq(bind(fd, (struct sockaddr *)&where, sizeof(where)), 0);
    cr_assert_eq(listen(fd, 1), 0);
    g_thread_unref(g_thread_new("fake stub", accepting_thread, stub_new(fd, rules)));
    return g_strdup_printf("unix:%s", where.sun_path);
}

char *fake_stub_log(void)
{
    g_mutex_lock(&newest->lock);
    char *text = g_strdup(newest->log->str);
    g_mutex_unlock(&newest->lock);
    return text;
}
