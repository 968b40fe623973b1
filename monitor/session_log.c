/* SPDX-License-Identifier: MIT */
/* -record and -replay: what both runs must agree on, begin and end of the log. */
#include "monitor/session_log.h"

#include "block/drive.h"
#include "util/hash.h"
#include "util/options.h"

#include <inttypes.h>

static void put_word(GString *out, const char *key, const char *value)
{
    if (value) {
        g_autofree char *escaped = g_uri_escape_string(value, ",:=/+", FALSE);
        g_string_append_printf(out, " %s=%s", key, escaped);
    }
}

static void put_words(GString *out, const char *key, const GPtrArray *texts)
{
    for (guint i = 0; texts && i < texts->len; i++) {
        put_word(out, key, g_ptr_array_index(texts, i));
    }
}

/* Files count by their contents, not by their names. */
static void put_file(GString *out, const char *key, const char *path)
{
    g_autofree char *data = NULL;
    gsize length;
    if (path && g_file_get_contents(path, &data, &length, NULL)) {
        g_string_append_printf(out, " %s=%016" PRIx64, key, hash_bytes(0, data, length));
    }
}

/* -fw_cfg name=...,file=...: the file's contents too. */
static void put_fw_cfg(GString *out, const GPtrArray *texts)
{
    put_words(out, "fw_cfg", texts);
    for (guint i = 0; texts && i < texts->len; i++) {
        g_autoptr(Options) opts = options_parse(g_ptr_array_index(texts, i), "name", NULL, NULL);
        put_file(out, "fw_cfg-file", opts ? options_get(opts, "file") : NULL);
    }
}

static void put_uuid(GString *out, const uint8_t *uuid)
{
    g_string_append(out, " uuid=");
    for (size_t i = 0; i < 16; i++) {
        g_string_append_printf(out, "%02x", uuid[i]);
    }
}

/* The options that the guest can notice, in one line. */
static char *resolved_config(MachineState *machine, const GPtrArray *globals)
{
    const MachineConfig *config = &machine->config;
    GString *out = g_string_new(NULL);
    g_autofree char *via = object_property_find(OBJECT(machine), "via")
                               ? object_property_print(OBJECT(machine), "via", NULL)
                               : NULL;
    g_string_append_printf(out, "machine=%s cpu=%s m=%" PRIu64 " g=%ux%ux%u nographic=%d",
                           MACHINE_GET_CLASS(machine)->name, config->cpu_type, config->ram_size,
                           config->graphic_width, config->graphic_height, config->graphic_depth,
                           config->nographic);
    put_word(out, "via", via);
    put_word(out, "boot", config->boot_order);
    put_word(out, "append", config->kernel_cmdline);
    put_file(out, "kernel", config->kernel_filename);
    put_file(out, "initrd", config->initrd_filename);
    put_words(out, "prom-env", config->prom_env);
    put_fw_cfg(out, config->fw_cfg);
    put_words(out, "device", config->devices);
    put_words(out, "global", globals);
    put_uuid(out, config->uuid);
    block_describe(out);
    return g_string_free(out, FALSE);
}

bool session_log_start(MachineState *machine, const SessionConfig *config, Error **errp)
{
    ERRP_GUARD();
    if (!config->record && !config->replay) {
        return true;
    }
    if (config->record && config->replay) {
        return error_setg(errp, "-record and -replay exclude each other");
    }
    g_autofree char *text = resolved_config(machine, config->globals);
    RecordHeader header = {text, machine_hash(machine)};
    bool ok = config->record ? clock_record_start(machine->clock, config->record, &header, errp)
                             : clock_replay_start(machine->clock, config->replay, &header, errp);
    if (!ok) {
        error_prepend(errp, "-%s %s: ", config->record ? "record" : "replay",
                      config->record ? config->record : config->replay);
    }
    return ok;
}

bool session_log_finish(MachineState *machine, const SessionConfig *config, Error **errp)
{
    if (!config->record && !config->replay) {
        return true;
    }
    return clock_record_finish(machine->clock, machine_hash(machine), errp);
}
