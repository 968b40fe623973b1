/* SPDX-License-Identifier: MIT */
/*
 * From -chardev, -serial, -monitor and -mon to chardevs, serial ports and consoles.
 *
 * Source: QEMU's dialect and defaults (users.md 3.1).
 */
#include "monitor/consoles.h"

#include "util/options.h"

enum { SERIAL_PORTS = 2 };

/* --- defaults ------------------------------------------------------------------------------------ */

/* Is the terminal spoken for by one of @texts? */
static bool uses_terminal(const GPtrArray *texts)
{
    for (guint i = 0; texts && i < texts->len; i++) {
        const char *text = g_ptr_array_index(texts, i);
        if (g_str_has_prefix(text, "stdio") || g_str_has_prefix(text, "mon:")) {
            return true;
        }
    }
    return false;
}

static GPtrArray *one_text(const char *text)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(texts, g_strdup(text));
    return texts;
}

void consoles_choose_defaults(ConsoleOptions *options)
{
    bool has_console = options->monitors || options->mons;
    if (!options->nographic || options->nodefaults || uses_terminal(options->serials) ||
        uses_terminal(options->chardevs) || uses_terminal(options->monitors)) {
        return;
    }
    if (!options->serials) {
        options->serials = one_text(has_console ? "stdio" : "mon:stdio");
    } else if (!has_console) {
        options->monitors = one_text("stdio");
    }
}

void consoles_choose_debug(ConsoleOptions *options)
{
    bool has_console = options->monitors || options->mons;
    bool is_taken = uses_terminal(options->serials) || uses_terminal(options->chardevs);
    options->nographic = true;
    if (!has_console && !is_taken) {
        options->monitors = one_text("stdio");
    }
    if (!options->serials && !options->nodefaults) {
        options->serials = one_text("pty");
    }
}

/* --- chardevs and serial ports -------------------------------------------------------------------- */

/* Before the message in *errp, which option it is about. Returns false. */
static bool name_option(const char *name, const char *text, Error **errp)
{
    error_prepend(errp, "-%s %s: ", name, text);
    return false;
}

bool consoles_make_chardevs(const ConsoleOptions *options, Error **errp)
{
    ERRP_GUARD();
    for (guint i = 0; options->chardevs && i < options->chardevs->len; i++) {
        const char *text = g_ptr_array_index(options->chardevs, i);
        if (!chardev_new_from_str(text, errp)) {
            return name_option("chardev", text, errp);
        }
    }
    return true;
}

static bool make_serial(GPtrArray *serials, const char *text, Error **errp)
{
    bool is_none = g_str_equal(text, "none");
    g_autofree char *label = g_strdup_printf("serial%u", serials->len);
    if (serials->len == SERIAL_PORTS) {
        return is_none || g_str_equal(text, "null") ||
               error_setg(errp, "a Power Mac has two serial ports");
    }
    Chardev *chr = is_none ? NULL : chardev_new_legacy(label, text, errp);
    g_ptr_array_add(serials, chr);
    return is_none || chr;
}

bool consoles_make_serials(const ConsoleOptions *options, MachineState *machine, Error **errp)
{
    ERRP_GUARD();
    for (guint i = 0; options->serials && i < options->serials->len; i++) {
        const char *text = g_ptr_array_index(options->serials, i);
        if (!make_serial(machine->config.serials, text, errp)) {
            return name_option("serial", text, errp);
        }
    }
    return true;
}

/* --- consoles ---------------------------------------------------------------------------------------- */

static bool make_monitor(MonitorHub *hub, unsigned index, const char *text, Error **errp)
{
    ERRP_GUARD();
    if (g_str_equal(text, "none")) {
        return true;
    }
    g_autofree char *label = g_strdup_printf("compat_monitor%u", index);
    /* At a console Ctrl-C is a key; alone on the terminal it would be a signal. */
    g_autofree char *own = g_strdup_printf("stdio,id=%s,signal=off", label);
    Chardev *chr = g_str_equal(text, "stdio") ? chardev_new_from_str(own, errp)
                                              : chardev_new_legacy(label, text, errp);
    return (chr && monitor_new(hub, chr, errp)) || name_option("monitor", text, errp);
}

static bool find_mon_chardev(const char *text, Chardev **chr, Error **errp)
{
    static const OptionDesc descs[] = {
        {"chardev", "string", NULL},
        {"mode", "string", NULL},
        {"pretty", "bool", NULL},
        {0},
    };
    g_autoptr(Options) opts = options_parse(text, "chardev", descs, errp);
    if (!opts) {
        return false;
    }
    const char *mode = options_get(opts, "mode"), *id = options_get(opts, "chardev");
    if (mode && !g_str_equal(mode, "readline")) {
        return error_setg(errp, "mode '%s' is not built yet; use mode=readline", mode);
    }
    *chr = id ? chardev_find(id) : NULL;
    return *chr || error_setg(errp, "there is no chardev '%s'", id ? id : "");
}

static bool make_mon(MonitorHub *hub, const char *text, Error **errp)
{
    ERRP_GUARD();
    Chardev *chr = NULL;
    return (find_mon_chardev(text, &chr, errp) && monitor_new(hub, chr, errp)) ||
           name_option("mon", text, errp);
}

bool consoles_make_monitors(const ConsoleOptions *options, const MachineState *machine,
                            MonitorHub *hub, Error **errp)
{
    const GPtrArray *serials = machine->config.serials;
    const GPtrArray *monitors = options->monitors, *mons = options->mons;
    bool ok = true;
    for (guint i = 0; ok && i < serials->len; i++) {
        Chardev *chr = g_ptr_array_index(serials, i);
        ok = !chr || !chardev_wants_monitor(chr) || monitor_new(hub, chr, errp);
    }
    for (guint i = 0; ok && monitors && i < monitors->len; i++) {
        ok = make_monitor(hub, i, g_ptr_array_index(monitors, i), errp);
    }
    for (guint i = 0; ok && mons && i < mons->len; i++) {
        ok = make_mon(hub, g_ptr_array_index(mons, i), errp);
    }
    return ok;
}
