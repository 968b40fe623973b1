/* SPDX-License-Identifier: MIT */
/*
 * memsave, pmemsave, sum: stretches of memory, peeked.
 *
 * Source: QEMU's console as users know it; its sum is the 16-bit rotating one of BSD sum(1).
 */
#include "monitor/format.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 1 << 16 };
#define SIZE_LIMIT (UINT64_C(1) << 32)

/* A stretch of memory, visited piece by piece in order. */
typedef struct Stretch {
    DebugMemory memory;
    uint64_t addr, size;
} Stretch;

static bool visit(const Stretch *stretch,
                  bool (*piece)(void *opaque, const uint8_t *bytes, size_t size, Error **errp),
                  void *opaque, Error **errp)
{
    g_autofree uint8_t *bytes = g_malloc(CHUNK);
    uint64_t size;
    for (uint64_t done = 0; done < stretch->size; done += size) {
        size = MIN(stretch->size - done, CHUNK);
        if (!debug_memory_read(&stretch->memory, stretch->addr + done, bytes, size, errp) ||
            !piece(opaque, bytes, size, errp)) {
            return false;
        }
    }
    return true;
}

/* "ADDR SIZE", all of @text */
static bool parse_stretch(Command *command, const char *text, bool is_physical, Stretch *stretch)
{
    stretch->memory = (DebugMemory){command->cpu, is_physical, false};
    if (!command_evaluate(command, text, &text, &stretch->addr) ||
        !command_evaluate(command, text, &text, &stretch->size)) {
        return false;
    }
    if (*text) {
        g_string_append_printf(command->out, "'%.40s' is left over\n", text);
        return false;
    }
    if (stretch->size > SIZE_LIMIT || stretch->addr > SIZE_LIMIT) {
        g_string_append(command->out, "addresses and sizes have 32 bits\n");
        return false;
    }
    return true;
}

/* --- files -------------------------------------------------------------------------------------------------- */

static bool write_piece(void *opaque, const uint8_t *bytes, size_t size, Error **errp)
{
    return fwrite(bytes, 1, size, opaque) == size ||
           error_setg(errp, "cannot write: %s", g_strerror(errno));
}

static bool check_readable(G_GNUC_UNUSED void *opaque, G_GNUC_UNUSED const uint8_t *bytes,
                           G_GNUC_UNUSED size_t size, G_GNUC_UNUSED Error **errp)
{
    return true;
}

static bool save_file(const Stretch *stretch, const char *path, Error **errp)
{
    /* Nothing is left of the file's old content when only a part could be read. */
    if (!visit(stretch, check_readable, NULL, errp)) {
        return false;
    }
    FILE *file = g_fopen(path, "wb");
    if (!file) {
        return error_setg(errp, "%s: %s", path, g_strerror(errno));
    }
    bool ok = visit(stretch, write_piece, file, errp);
    return fclose(file) == 0 ? ok : ok && error_setg(errp, "%s: %s", path, g_strerror(errno));
}

/* Take the file's name off the end of @text: in quotes, or a word; NULL: none. A word that begins with
 * '/' must not be read as a division. */
static char *take_file_name(char *text)
{
    size_t length = strlen(text);
    bool is_quoted = length >= 2 && text[length - 1] == '"';
    if (is_quoted) {
        text[length - 1] = '\0';
    }
    char *start = strrchr(text, is_quoted ? '"' : ' ');
    if (!start || !start[1] || strchr(start + 1, '"')) {
        return NULL;
    }
    *start = '\0';
    return g_strdup(start + 1);
}

static void save(Command *command, bool is_physical)
{
    Error *err = NULL;
    Stretch stretch;
    g_autofree char *text = g_strdelimit(g_strdup(command->args), "\t", ' ');
    g_autofree char *path = take_file_name(text);
    if (!path) {
        g_string_append_printf(command->out, "expected: %smemsave ADDR SIZE FILE\n",
                               is_physical ? "p" : "");
    } else if (parse_stretch(command, text, is_physical, &stretch) &&
               !save_file(&stretch, path, &err)) {
        command_fail(command, err);
    }
}

void command_memsave(Command *command) { save(command, false); }

void command_pmemsave(Command *command) { save(command, true); }

/* --- sum ------------------------------------------------------------------------------------------------------ */

static bool add_piece(void *opaque, const uint8_t *bytes, size_t size, G_GNUC_UNUSED Error **errp)
{
    uint16_t *sum = opaque;
    for (size_t i = 0; i < size; i++) {
        *sum = (uint16_t)((*sum >> 1 | *sum << 15) + bytes[i]);
    }
    return true;
}

void command_sum(Command *command)
{
    Error *err = NULL;
    Stretch stretch;
    uint16_t sum = 0;
    if (!parse_stretch(command, command->args, true, &stretch)) {
        return;
    }
    if (!visit(&stretch, add_piece, &sum, &err)) {
        command_fail(command, err);
    } else {
        g_string_append_printf(command->out, "%05u\n", sum);
    }
}
