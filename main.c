/* SPDX-License-Identifier: MIT */
/*
 * The command line: options -> machine -> run -> exit status. The only exit() of the program.
 *
 * Source: QEMU's dialect (design.md 10). What is not built yet is refused by name, in one line.
 */
#include "block/drive.h"
#include "chardev/chardev.h"
#include "debug/exec_trace.h"
#include "gdbstub/differential.h"
#include "gdbstub/lockstep.h"
#include "gdbstub/server.h"
#include "gdbstub/vector_target.h"
#include "hw/core/memory_device.h"
#include "hw/virtio/fsdev.h"
#include "memory/ram.h"
#include "monitor/log_options.h"
#include "monitor/session.h"
#include "net/net.h"
#include "target-ppc/cpu.h"
#include "target-ppc/vectors.h"
#include "usage.h"
#include "util/log.h"
#include "util/options.h"
#include "util/simd.h"
#include "util/trace.h"

#include <capstone/capstone.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the options said, before anything is made of it. */
typedef struct Settings {
    ConsoleOptions consoles;
    GPtrArray *machine, *objects, *devices, *globals, *numa, *fw_cfg, *prom_env, *data_dirs,
        *traces, *drives, *nodes, *netdevs, *nics, *fsdevs, *virtfs;
    char *cpu, *memory, *kernel, *initrd, *append, *bios, *mem_path;
    BootOptions boot;
    char *rtc, *icount, *log_items, *log_file, *record, *replay, *chaos, *expect, *name;
    char *hash_log, *gdb, *log_filter, *exec_trace, *stall_report;
    uint32_t width, height, depth;
    uint64_t timeout_ns; /* 0: none */
    uint64_t run_until;  /* 0: for ever */
    uint8_t uuid[16];
    char **words; /* of a subcommand */
    bool display_none, is_stopped, no_reboot, no_shutdown;
    bool hash_at_exit, mem_prealloc, has_snapshot;
    bool is_display_assumed; /* neither -nographic nor -display: the user may wait for a window */
    bool is_debug;           /* `core99 debug`: stopped, with a console here */
    bool is_done;            /* an option printed what it was asked for: leave */
} Settings;

static Settings settings;

typedef struct OptionRow OptionRow;
typedef bool OptionHandler(const OptionRow *row, const char *value, Error **errp);

/* One option. @arg: what its value is called; NULL: it takes none. */
struct OptionRow {
    const char *name, *arg;
    OptionHandler *handler;
    size_t field;     /* of Settings, for the handlers that store */
    const char *help; /* NULL: another spelling of the row above; of refused ones: the reason */
};

/* --- handlers that store ------------------------------------------------------------------------- */

static void *field_of(const OptionRow *row) { return (char *)&settings + row->field; }

static bool set_flag(const OptionRow *row, G_GNUC_UNUSED const char *value,
                     G_GNUC_UNUSED Error **errp)
{
    *(bool *)field_of(row) = true;
    return true;
}

static bool set_text(const OptionRow *row, const char *value, G_GNUC_UNUSED Error **errp)
{
    char **field = field_of(row);
    g_free(*field);
    *field = g_strdup(value);
    return true;
}

/* Takes @text over. */
static bool append_text(GPtrArray **list, char *text)
{
    if (!*list) {
        *list = g_ptr_array_new_with_free_func(g_free);
    }
    g_ptr_array_add(*list, text);
    return true;
}

static bool add_text(const OptionRow *row, const char *value, G_GNUC_UNUSED Error **errp)
{
    return append_text(field_of(row), g_strdup(value));
}

static bool accept_silently(G_GNUC_UNUSED const OptionRow *row, G_GNUC_UNUSED const char *value,
                            G_GNUC_UNUSED Error **errp)
{
    return true;
}

/* Print @text (freed) and leave with success; NULL with *errp set fails. */
static bool answer(char *text)
{
    if (text) {
        fputs(text, stdout);
        g_free(text);
        settings.is_done = true;
    }
    return text != NULL;
}

static bool asks_for_help(const char *value)
{
    g_autoptr(Options) opts = options_parse(value, "value", NULL, NULL);
    return opts && options_wants_help(opts);
}

/* The word before the first comma, unless it is "help" itself. */
static char *help_subject(const char *value)
{
    g_autofree char *word = g_strndup(value, strcspn(value, ","));
    return g_str_equal(word, "help") || g_str_equal(word, "?") ? NULL : g_steal_pointer(&word);
}

/* --- handlers of single options ------------------------------------------------------------------- */

static bool take_machine(const OptionRow *row, const char *value, Error **errp)
{
    if (!asks_for_help(value)) {
        return add_text(row, value, errp);
    }
    g_autofree char *name = help_subject(value);
    if (!name) {
        return answer(machine_help());
    }
    MachineClass *mc = machine_class_find(name, errp);
    if (!mc) {
        return false;
    }
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%s options:\n", name);
    object_class_help(OBJECT_CLASS(mc), out);
    return answer(g_string_free(out, FALSE));
}

static bool take_cpu(const OptionRow *row, const char *value, Error **errp)
{
    if (asks_for_help(value)) {
        return answer(ppc_model_help());
    }
    if (strchr(value, ',')) {
        return error_setg(errp, "models have no features to switch; give the model alone");
    }
    return ppc_model_find(value, errp) && set_text(row, value, errp);
}

/* Devices of QEMU's mac99 whose part is not built. */
static bool is_later_device(const char *value)
{
    static const char *const globs[] = {
#define LATER_DEVICE(glob) glob,
#include "later_devices.def"
#undef LATER_DEVICE
    };
    for (size_t i = 0; i < G_N_ELEMENTS(globs); i++) {
        if (g_pattern_match_simple(globs[i], value)) {
            return true;
        }
    }
    return false;
}

static bool take_device(const OptionRow *row, const char *value, Error **errp)
{
    if (is_later_device(value)) {
        return error_setg(errp, "this device is not built yet; leave it out");
    }
    if (!asks_for_help(value)) {
        return add_text(row, value, errp);
    }
    g_autofree char *type = help_subject(value);
    return answer(qdev_device_help(type, errp));
}

/* -hda to -hdd, -cdrom and what -drive says for them. */
static bool add_disk(unsigned place, const char *media, const char *file)
{
    g_auto(GStrv) parts = g_strsplit(file, ",", -1);
    g_autofree char *escaped = g_strjoinv(",,", parts);
    return append_text(&settings.drives,
                       g_strdup_printf("file=%s,index=%u,media=%s", escaped, place, media));
}

static bool take_disk(const OptionRow *row, const char *value, G_GNUC_UNUSED Error **errp)
{
    bool is_cd = g_str_equal(row->name, "cdrom");
    return add_disk(is_cd ? 2 : (unsigned)(row->name[2] - 'a'), is_cd ? "cdrom" : "disk", value);
}

static bool take_drive(const OptionRow *row, const char *value, Error **errp)
{
    char *help = block_drive_help(value);
    return help ? answer(help) : add_text(row, value, errp);
}

static bool take_object(const OptionRow *row, const char *value, Error **errp)
{
    return asks_for_help(value) ? answer(user_creatable_help(value, errp))
                                : add_text(row, value, errp);
}

static bool take_chardev(const OptionRow *row, const char *value, Error **errp)
{
    char *help = chardev_help(value);
    return help ? answer(help) : add_text(row, value, errp);
}

static bool take_netdev(const OptionRow *row, const char *value, Error **errp)
{
    char *help = net_client_help(value);
    return help ? answer(help) : add_text(row, value, errp);
}

static bool take_net(G_GNUC_UNUSED const OptionRow *row, const char *value, Error **errp)
{
    return g_str_equal(value, "none") ||
           error_setg(errp, "the old form is not built; use -nic, or -netdev and -device");
}

static bool take_log_items(const OptionRow *row, const char *value, Error **errp)
{
    return asks_for_help(value) ? answer(log_items_help()) : set_text(row, value, errp);
}

static bool take_icount(const OptionRow *row, const char *value, Error **errp)
{
    if (asks_for_help(value)) {
        return answer(g_strdup("shift=N          2^N ns of guest time an instruction; nothing "
                               "depends on the host\n"
                               "shift=auto       follow the wall clock (the default)\n"
                               "sleep=on|off     off: a guest that naps costs no host time\n"));
    }
    if (strstr(value, "rr=") || strstr(value, "rrfile=")) {
        return error_setg(errp, "use -record FILE or -replay FILE");
    }
    return set_text(row, value, errp);
}

static bool take_smp(G_GNUC_UNUSED const OptionRow *row, const char *value, Error **errp)
{
    return parse_one_processor(value, errp);
}

static bool take_boot(G_GNUC_UNUSED const OptionRow *row, const char *value, Error **errp)
{
    return parse_boot(value, &settings.boot, errp);
}

static bool take_resolution(G_GNUC_UNUSED const OptionRow *row, const char *value, Error **errp)
{
    return parse_resolution(value, &settings.width, &settings.height, &settings.depth, errp);
}

static bool take_uuid(G_GNUC_UNUSED const OptionRow *row, const char *value, Error **errp)
{
    return parse_uuid(value, settings.uuid, errp);
}

static bool take_trace(const OptionRow *row, const char *value, Error **errp)
{
    return asks_for_help(value) ? answer(trace_list("*")) : add_text(row, value, errp);
}

/* @row's help names what may be said besides "none". */
static bool only_none(G_GNUC_UNUSED const OptionRow *row, const char *value, Error **errp)
{
    return g_str_equal(value, "none") ||
           error_setg(errp, "only 'none' is built yet: -%s none", row->name);
}

static bool take_display(const OptionRow *row, const char *value, Error **errp)
{
    settings.display_none = true;
    return only_none(row, value, errp);
}

static bool take_accel(G_GNUC_UNUSED const OptionRow *row, const char *value, Error **errp)
{
    g_autofree char *name = g_strndup(value, strcspn(value, ",:"));
    return g_str_equal(name, "tcg") ||
           error_setg(errp, "'%s' does not run PowerPC code here: leave it out", name);
}

static bool take_timeout(G_GNUC_UNUSED const OptionRow *row, const char *value, Error **errp)
{
    return parse_time_ns(value, &settings.timeout_ns, errp);
}

/* The word "icount=" may be left out. */
static bool take_run_until(G_GNUC_UNUSED const OptionRow *row, const char *value, Error **errp)
{
    static const OptionDesc descs[] = {{"icount", "number", "instructions"}, {0}};
    g_autoptr(Options) opts = options_parse(value, "icount", descs, errp);
    if (!opts || !options_get_number(opts, "icount", 0, &settings.run_until, errp)) {
        return false;
    }
    return settings.run_until || error_setg(errp, "expected a number of instructions above 0");
}

static bool take_echr(G_GNUC_UNUSED const OptionRow *row, const char *value, Error **errp)
{
    uint64_t number;
    if (!parse_number(value, &number, errp)) {
        return false;
    }
    if (number > 255) {
        return error_setg(errp, "expected the number of a character, 0 to 255");
    }
    chardev_set_escape((uint8_t)number);
    return true;
}

static bool take_expect(const OptionRow *row, const char *value, Error **errp)
{
    return *value ? set_text(row, value, errp) : error_setg(errp, "the text is empty");
}

static bool take_data_dir(const OptionRow *row, const char *value, Error **errp)
{
    return g_str_equal(value, "help") ? answer(g_strdup("/usr/share/qemu\n/usr/share/core99\n"))
                                      : add_text(row, value, errp);
}

static bool take_gdb_default(G_GNUC_UNUSED const OptionRow *row, G_GNUC_UNUSED const char *value,
                             G_GNUC_UNUSED Error **errp)
{
    g_free(settings.gdb);
    settings.gdb = g_strdup("tcp::1234");
    return true;
}

static bool take_semihosting(const OptionRow *row, G_GNUC_UNUSED const char *value,
                             G_GNUC_UNUSED Error **errp)
{
    warn_report("-%s: ignored: PowerPC has no semihosting", row->name);
    return true;
}

static OptionHandler print_help, print_version;

/* --- the options -------------------------------------------------------------------------------------- */

#define FIELD(member) offsetof(Settings, member)

static const OptionRow rows[] = {
#define OPTION(...) {__VA_ARGS__},
#define REFUSED(name, reason)
#include "options.def"
#undef OPTION
#undef REFUSED
};

/* Options of QEMU's whose part is not built, and what to do instead. */
static const struct {
    const char *name, *reason;
} refused[] = {
#define OPTION(...)
#define REFUSED(name, reason) {name, reason},
#include "options.def"
#undef OPTION
#undef REFUSED
};

static bool print_help(G_GNUC_UNUSED const OptionRow *row, G_GNUC_UNUSED const char *value,
                       G_GNUC_UNUSED Error **errp)
{
    GString *out = g_string_new(USAGE);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].help) {
            g_autofree char *usage = g_strdup_printf("-%s %s", rows[i].name,
                                                     rows[i].arg ? rows[i].arg : "");
            g_string_append_printf(out, "%-36s %s\n", usage, rows[i].help);
        }
    }
    g_string_append(out, USAGE_END);
    return answer(g_string_free(out, FALSE));
}

static bool print_version(G_GNUC_UNUSED const OptionRow *row, G_GNUC_UNUSED const char *value,
                          G_GNUC_UNUSED Error **errp)
{
    int major, minor;
    const char *optional[] = {monitor_line_library(), net_user_library(), block_nbd_library()};
    g_autoptr(GString) built_in = g_string_new(NULL);
    for (size_t n = 0; n < G_N_ELEMENTS(optional); n++) {
        g_string_append_printf(built_in, "%s%s", optional[n] ? ", " : "",
                               optional[n] ? optional[n] : "");
    }
    cs_version(&major, &minor);
    return answer(g_strdup_printf("core99 version " CORE99_VERSION "\n"
                                  "built in: glib %u.%u.%u, capstone %d.%d, libelf%s\n",
                                  glib_major_version, glib_minor_version, glib_micro_version, major,
                                  minor, built_in->str));
}

/* --- parsing ------------------------------------------------------------------------------------------ */

static const char *refusal_of(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        if (g_str_equal(refused[i].name, name)) {
            return refused[i].reason;
        }
    }
    return NULL;
}

static bool unknown_option(const char *name, Error **errp)
{
    const char *names[G_N_ELEMENTS(rows) + 1] = {NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        names[i] = rows[i].name;
    }
    const char *nearest = nearest_name(name, names);
    return nearest ? error_setg(errp, "-%s: unknown option; did you mean '-%s'?", name, nearest)
                   : error_setg(errp, "-%s: unknown option; -help lists them", name);
}

static const OptionRow *find_option(const char *name, Error **errp)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_str_equal(rows[i].name, name)) {
            return &rows[i];
        }
    }
    const char *reason = refusal_of(name);
    if (reason) {
        error_setg(errp, "-%s: %s", name, reason);
    } else {
        unknown_option(name, errp);
    }
    return NULL;
}

/* Put "-name value: " before a message. */
static void name_option(const char *name, const char *value, Error **errp)
{
    error_prepend(errp, "-%s%s%s: ", name, value ? " " : "", value ? value : "");
}

static const char *const subcommands[] = {"test",  "differential", "lockstep",
                                          "trace", "debug",        NULL};

/* A word that belongs to no option: of `core99 debug` the kernel; in QEMU a disk. */
static bool take_bare_word(const char *word, bool is_first, Error **errp)
{
    bool may_be_command = is_first && !settings.is_debug && !strpbrk(word, "/.") &&
                          !g_file_test(word, G_FILE_TEST_EXISTS);
    const char *nearest = may_be_command ? nearest_name(word, subcommands) : NULL;
    if (settings.is_debug && settings.kernel) {
        return error_setg(errp, "%s: the kernel is '%s' already", word, settings.kernel);
    }
    if (settings.is_debug) {
        settings.kernel = g_strdup(word);
        return true;
    }
    if (nearest) {
        return error_setg(errp, "%s: neither a command nor a file; did you mean 'core99 %s'?", word,
                          nearest);
    }
    return add_disk(0, "disk", word);
}

/* Takes one option at argv[*at]; *at moves to its last word. */
static bool take_option(int argc, char **argv, int *at, Error **errp)
{
    ERRP_GUARD();
    const char *word = argv[*at];
    const char *value = NULL;
    if (word[0] != '-' || word[1] == '\0') {
        return take_bare_word(word, *at == 1, errp);
    }
    const OptionRow *row = find_option(word + (word[1] == '-' ? 2 : 1), errp);
    if (!row) {
        return false;
    }
    if (row->arg) {
        if (*at + 1 >= argc) {
            return error_setg(errp, "-%s: a value is missing", row->name);
        }
        value = argv[++*at];
    }
    if (!row->handler(row, value, errp)) {
        name_option(row->name, value, errp);
        return false;
    }
    return true;
}

static bool parse_options(int argc, char **argv, Error **errp)
{
    for (int i = 1; i < argc && !settings.is_done; i++) {
        if (!take_option(argc, argv, &i, errp)) {
            return false;
        }
    }
    return true;
}

/* Apply @fn to every text that option @name collected. */
static bool apply_each(const GPtrArray *texts, const char *name,
                       bool (*fn)(const char *text, Error **errp), Error **errp)
{
    ERRP_GUARD();
    for (guint i = 0; texts && i < texts->len; i++) {
        const char *text = g_ptr_array_index(texts, i);
        if (!fn(text, errp)) {
            name_option(name, text, errp);
            return false;
        }
    }
    return true;
}

/* --- log and trace -------------------------------------------------------------------------------------- */

static bool setup_log(Error **errp)
{
    LogOptions options = {settings.log_items, settings.log_file, settings.log_filter,
                          settings.traces};
    return log_options_apply(&options, errp);
}

/* --- the machine's properties ---------------------------------------------------------------------------- */

typedef struct MachineText {
    MachineState *machine;
    bool is_backend_turn; /* memory-backend waits for -object */
} MachineText;

/* Keys of QEMU's -machine that change nothing here. */
static bool is_harmless(const char *key, const char *value)
{
    static const char *const ignored[] = {"dump-guest-core", "mem-merge", "suppress-vmdesc",
                                          "graphics",        "type",      NULL};
    return g_strv_contains(ignored, key) || (g_str_equal(key, "usb") && g_str_equal(value, "off"));
}

static bool set_machine_property(void *opaque, const char *key, const char *value, Error **errp)
{
    const MachineText *turn = opaque;
    if (is_harmless(key, value)) {
        return true;
    }
    if (g_str_equal(key, "accel")) {
        return take_accel(NULL, value, errp);
    }
    if (g_str_equal(key, "usb")) {
        return error_setg(errp, "usb: USB is not built yet; leave it out");
    }
    if (g_str_equal(key, "memory-backend") != turn->is_backend_turn) {
        return true;
    }
    return object_property_parse(OBJECT(turn->machine), key, value, errp);
}

static bool set_machine_properties(MachineState *machine, bool is_backend_turn, Error **errp)
{
    ERRP_GUARD();
    MachineText turn = {machine, is_backend_turn};
    for (guint i = 0; settings.machine && i < settings.machine->len; i++) {
        const char *text = g_ptr_array_index(settings.machine, i);
        g_autoptr(Options) opts = options_parse(text, "type", NULL, errp);
        if (!opts || !options_foreach(opts, set_machine_property, &turn, errp)) {
            name_option("machine", text, errp);
            return false;
        }
    }
    return true;
}

/* Name of the machine: the last one given, else the default's. Free with g_free(). */
static char *machine_name(void)
{
    char *name = NULL;
    for (guint i = 0; settings.machine && i < settings.machine->len; i++) {
        g_autoptr(Options)
            opts = options_parse(g_ptr_array_index(settings.machine, i), "type", NULL, NULL);
        const char *type = opts ? options_get(opts, "type") : NULL;
        if (type) {
            g_free(name);
            name = g_strdup(type);
        }
    }
    return name ? name : g_strdup("mac99");
}

static MachineState *make_machine(Error **errp)
{
    ERRP_GUARD();
    g_autofree char *name = machine_name();
    MachineState *machine = machine_new(name, errp);
    if (!machine) {
        name_option("machine", name, errp);
        return NULL;
    }
    return set_machine_properties(machine, false, errp) ? machine : NULL;
}

/* --- RAM --------------------------------------------------------------------------------------------------- */

static bool setup_ram(MachineState *machine, Error **errp)
{
    ERRP_GUARD();
    RamConfig *ram = ram_config();
    if (settings.memory) {
        if (!machine_parse_memory(machine, settings.memory, errp)) {
            name_option("m", settings.memory, errp);
            return false;
        }
    } else if (ram->backend) {
        machine->config.ram_size = object_property_get_uint(ram->backend, "size", &error_abort);
    }
    ram->mem_path = g_strdup(settings.mem_path);
    ram->prealloc = settings.mem_prealloc;
    return apply_each(settings.numa, "numa", ram_config_add_numa, errp);
}

/* --- what the guest starts with ---------------------------------------------------------------------------- */

/* @name, or where -L finds it. Free with g_free(). */
static char *find_firmware(const char *name)
{
    const char *wanted = name ? name : "openbios-ppc";
    for (guint i = 0; settings.data_dirs && i < settings.data_dirs->len; i++) {
        char *path = g_build_filename(g_ptr_array_index(settings.data_dirs, i), wanted, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            return path;
        }
        g_free(path);
    }
    return g_strdup(name);
}

/* Options win over -machine kernel=... */
static void set_if_given(MachineState *machine, const char *property, const char *value)
{
    if (value) {
        object_property_set_str(OBJECT(machine), property, value, &error_abort);
    }
}

static void append_texts(GPtrArray *to, const GPtrArray *from)
{
    for (guint i = 0; from && i < from->len; i++) {
        g_ptr_array_add(to, g_strdup(g_ptr_array_index(from, i)));
    }
}

static void setup_guest(MachineState *machine)
{
    MachineConfig *config = &machine->config;
    g_autofree char *firmware = find_firmware(settings.bios);
    set_if_given(machine, "kernel", settings.kernel);
    set_if_given(machine, "initrd", settings.initrd);
    set_if_given(machine, "append", settings.append);
    set_if_given(machine, "firmware", firmware);
    config->cpu_type = g_strdup(settings.cpu);
    if (settings.boot.order) {
        g_free(config->boot_order);
        config->boot_order = g_strdup(settings.boot.order);
        config->has_boot_order = true;
    }
    config->boot_once = g_strdup(settings.boot.once);
    config->boot_menu = settings.boot.menu;
    config->boot_strict = settings.boot.strict;
    if (settings.width) {
        config->graphic_width = settings.width;
        config->graphic_height = settings.height;
        config->graphic_depth = settings.depth;
    }
    config->nographic = settings.consoles.nographic;
    config->default_devices = !settings.consoles.nodefaults;
    memcpy(config->uuid, settings.uuid, sizeof(config->uuid));
    append_texts(config->prom_env, settings.prom_env);
    append_texts(config->fw_cfg, settings.fw_cfg);
    append_texts(config->devices, settings.devices);
}

static bool setup_folders(Error **errp)
{
    if (settings.replay) {
        fsdev_expect_replay();
    }
    return apply_each(settings.fsdevs, "fsdev", fsdev_add, errp) &&
           apply_each(settings.virtfs, "virtfs", fsdev_add_virtfs, errp);
}

static bool configure_icount(const char *text, Error **errp)
{
    return clock_configure_icount(machine_clock(), text, errp);
}

static bool configure_rtc(const char *text, Error **errp)
{
    return clock_configure_rtc(machine_clock(), text, errp);
}

static bool apply_one(const char *text, const char *name,
                      bool (*fn)(const char *text, Error **errp), Error **errp)
{
    ERRP_GUARD();
    if (text && !fn(text, errp)) {
        name_option(name, text, errp);
        return false;
    }
    return true;
}

/* --- from options to a machine ------------------------------------------------------------------------------- */

static bool add_object(const char *text, Error **errp)
{
    return user_creatable_add_from_str(text, errp) != NULL;
}

/* Its NIC is one device more. */
static bool add_nic(const char *text, Error **errp)
{
    char *device;
    if (!net_nic_option(text, &device, errp)) {
        return false;
    }
    if (device) {
        g_ptr_array_add(machine_get()->config.devices, device);
    }
    return true;
}

/* A replay takes packets from its log. */
static bool setup_networks(Error **errp)
{
    net_set_cut_off(settings.replay != NULL);
    return apply_each(settings.netdevs, "netdev", net_client_add, errp) &&
           apply_each(settings.nics, "nic", add_nic, errp);
}

static bool setup_chaos(MachineState *machine, Error **errp)
{
    ERRP_GUARD();
    uint64_t seed;
    if (!settings.chaos) {
        return true;
    }
    if (!parse_number(settings.chaos, &seed, errp)) {
        name_option("cache-chaos", settings.chaos, errp);
        return false;
    }
    CPU_GET_CLASS(machine->cpu)->cache_chaos(machine->cpu, seed);
    return true;
}

static bool add_drive(const char *text, Error **errp)
{
    return block_add_drive(text, machine_get()->config.devices, errp);
}

/* A replay leaves the images alone. */
static bool setup_disks(Error **errp)
{
    MachineConfig *config = &machine_get()->config;
    if (settings.has_snapshot || settings.replay) {
        block_set_snapshot(settings.replay != NULL);
    }
    return apply_each(settings.nodes, "blockdev", block_add_node, errp) &&
           apply_each(settings.drives, "drive", add_drive, errp) &&
           (!config->default_devices ||
            block_add_default_cdrom(settings.devices, settings.globals, config->devices, errp));
}

/* Options to a machine that has all it needs to be built; and the session that watches it. */
static bool describe_machine(MachineState **machine, Error **errp)
{
    *machine = make_machine(errp);
    if (!*machine || !consoles_make_chardevs(&settings.consoles, errp) || !setup_networks(errp) ||
        !apply_each(settings.objects, "object", add_object, errp) ||
        !set_machine_properties(*machine, true, errp) || !setup_ram(*machine, errp)) {
        return false;
    }
    setup_guest(*machine);
    return setup_disks(errp) && setup_folders(errp) &&
           consoles_make_serials(&settings.consoles, *machine, errp) &&
           apply_one(settings.icount, "icount", configure_icount, errp) &&
           apply_one(settings.rtc, "rtc", configure_rtc, errp) &&
           apply_each(settings.globals, "global", qdev_global_add, errp);
}

static Session *make_session(MachineState *machine, Error **errp)
{
    SessionConfig config = {
        .expect = settings.expect,
        .record = settings.record,
        .replay = settings.replay,
        .consoles = &settings.consoles,
        .globals = settings.globals,
        .timeout_ns = settings.timeout_ns,
        .hash_log = settings.hash_log,
        .exec_trace = settings.exec_trace,
        .stall_report = settings.stall_report,
        .run_until = settings.run_until ? settings.run_until : CLOCK_NEVER,
        .leave = _exit,
        .is_stopped = settings.is_stopped,
        .no_reboot = settings.no_reboot,
        .no_shutdown = settings.no_shutdown,
    };
    return session_new(machine, &config, errp);
}

static bool build_machine(MachineState *machine, Error **errp)
{
    Error *unused = NULL;
    if (!machine_init(machine, errp)) {
        return false;
    }
    if (!qdev_globals_check(&unused)) {
        warn_report_err(unused);
    }
    net_check_clients();
    return setup_chaos(machine, errp);
}

/* --- the program --------------------------------------------------------------------------------- */

static void print_hash(MachineState *machine)
{
    if (settings.hash_at_exit) {
        fprintf(stderr, "hash %016" PRIx64 " icount %" PRIu64 "\n", machine_hash(machine),
                *clock_icount(machine->clock));
    }
}

static void choose_consoles(void)
{
    ConsoleOptions *consoles = &settings.consoles;
    if (settings.is_debug) {
        settings.is_stopped = settings.no_shutdown = true;
        consoles_choose_debug(consoles);
    }
    settings.is_display_assumed = !consoles->nographic && !settings.display_none;
    consoles->nographic = consoles->nographic || settings.is_display_assumed;
    consoles_choose_defaults(consoles);
}

static int run_machine(Error **errp)
{
    MachineState *machine = NULL;
    Session *session = NULL;
    GdbServer *gdb = NULL;
    int status = SESSION_USER_ERROR;
    choose_consoles();
    bool ok = setup_log(errp) && describe_machine(&machine, errp) &&
              (session = make_session(machine, errp)) && build_machine(machine, errp) &&
              (gdb = gdb_server_new(machine)) && session_start(session, errp) &&
              gdb_server_serve(gdb, session, settings.gdb, errp);
    if (ok && settings.is_display_assumed) {
        error_report("no window is built yet: running as with -nographic");
    }
    if (ok) {
        session_run(session);
        status = session_finish(session);
        gdb_server_finish(gdb, status);
        print_hash(machine);
    }
    gdb_server_free(gdb);
    session_free(session);
    if (ok) {
        object_unparent(OBJECT(machine));
    }
    block_fini_all();
    net_fini_all();
    chardev_fini_all();
    log_close();
    return status;
}

static void print_text(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

/* Beside another machine: in steps of instructions, so that time is theirs and not the host's. */
static int run_lockstep(const LockstepConfig *config, Error **errp)
{
    MachineState *machine = NULL;
    int status = SESSION_USER_ERROR;
    choose_consoles();
    settings.icount = settings.icount ? settings.icount : g_strdup("shift=1,sleep=off");
    if (setup_log(errp) && describe_machine(&machine, errp) && build_machine(machine, errp)) {
        status = lockstep_run(machine, config, errp);
        print_hash(machine);
        object_unparent(OBJECT(machine));
    }
    block_fini_all();
    chardev_fini_all();
    log_close();
    return status;
}

static int run_vectors(int argc, char **argv)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (argc < 2) {
        error_report(
            "test: name at least one file of instruction vectors; --help lists the options");
        return SESSION_USER_ERROR;
    }
    int status = ppc_vectors_main(argc, argv, gdb_vector_target_open, out);
    if (fputs(out->str, stdout) == EOF || fflush(stdout) == EOF) {
        error_report("test: the report cannot be written: %s", g_strerror(errno));
        return SESSION_USER_ERROR;
    }
    return status;
}

/* argv[0] is the subcommand's name. */
static int run_subcommand(int argc, char **argv, Error **errp)
{
    LockstepConfig lockstep = {.print = print_text};
    if (g_str_equal(argv[0], "test")) {
        return run_vectors(argc, argv);
    }
    if (g_str_equal(argv[0], "differential")) {
        return differential_main(argc, argv, print_text, errp);
    }
    if (g_str_equal(argv[0], "trace")) {
        return exec_trace_main(argc, argv, stdout);
    }
    if (g_str_equal(argv[0], "lockstep")) {
        bool ok = lockstep_take_options(&lockstep, &argc, argv, errp) &&
                  parse_options(argc, argv, errp) && !settings.is_done;
        return ok ? run_lockstep(&lockstep, errp) : SESSION_OK;
    }
    settings.is_debug = true;
    return parse_options(argc, argv, errp) && !settings.is_done ? run_machine(errp) : SESSION_OK;
}

/* The first word may name a subcommand, whose options may be written --name=value. */
static int run_words(int argc, char **argv, Error **errp)
{
    static const char *const names[] = {
        "--against",     "--allow",  "--count", "--fast",     "--first",
        "--explained",   "--filter", "--seed",  "--on",       "--vector",
        "--cache-chaos", "--source", "--junit", "--generate", NULL};
    if (argc > 1 && g_strv_contains(subcommands, argv[1])) {
        /* Options keep pointers into the words: they live as long as the program. */
        settings.words = split_long_options((const char *const *)argv + 1, names);
        return run_subcommand((int)g_strv_length(settings.words), settings.words, errp);
    }
    return parse_options(argc, argv, errp) && !settings.is_done ? run_machine(errp) : SESSION_OK;
}

int main(int argc, char **argv)
{
    Error *err = NULL;
    const char *missing = simd_missing_feature();
    if (missing) {
        error_report("this processor has no %s: build with -DHOST=portable", missing);
        return SESSION_USER_ERROR;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error with a name, EFBIG */
    memory_install_sigbus();
    int status = run_words(argc, argv, &err);
    if (err) {
        error_report_err(err);
        return SESSION_USER_ERROR;
    }
    return status;
}
