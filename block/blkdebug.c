/* SPDX-License-Identifier: MIT */
/*
 * Driver "blkdebug": a host that fails as told. Rules fail requests by kind and sector, once or always; states make
 * sequences of them.
 *
 * Source: QEMU's blkdebug (docs/devel/blkdebug, as its users see it). Events are those that raw images cause:
 * read_aio, write_aio, flush_to_os, flush_to_disk, and none, which is always there. Not modelled: config=FILE, align and
 * the other limits, suspended requests. Rules are the host's, not state: what they do is an input.
 */
#include "block/internal.h"

#include <errno.h>
#include <string.h>

typedef struct InjectRule {
    int event;      /* of events[] */
    int op;         /* BlockOp; -1: any */
    uint64_t state; /* 0: any */
    uint64_t error; /* errno */
    uint64_t sector;
    bool has_sector, once, is_spent;
} InjectRule;

typedef struct StateRule {
    int event;
    uint64_t state, new_state;
} StateRule;

typedef struct DebugState {
    GArray *inject; /* InjectRule */
    GArray *change; /* StateRule */
    uint64_t state;
} DebugState;

enum { EVENT_NONE, EVENT_READ, EVENT_WRITE, EVENT_FLUSH_OS, EVENT_FLUSH_DISK, EVENTS };
static const char *const events[EVENTS + 1] = {"none", "read_aio", "write_aio", "flush_to_os",
                                               "flush_to_disk"};
static const char *const ops[] = {"read", "write", "flush", "discard", "write-zeroes", NULL};

static const OptionDesc inject_options[] = {
    {"event", "string", "when"},
    {"iotype", "string", "which kind of request"},
    {"state", "number", "in which state"},
    {"errno", "number", "the error (5)"},
    {"sector", "number", "requests that touch it"},
    {"once", "bool", "only the first"},
    {"immediately", "bool", "taken for compatibility"},
    {0},
};
static const OptionDesc change_options[] = {
    {"event", "string", "when"},
    {"state", "number", "in which state"},
    {"new_state", "number", "which state comes"},
    {0},
};

/* --- rules ------------------------------------------------------------------------------------------- */

static bool find_word(const char *key, const char *word, const char *const *known, int *index,
                      Error **errp)
{
    for (*index = 0; known[*index]; ++*index) {
        if (g_str_equal(word, known[*index])) {
            return true;
        }
    }
    g_autofree char *list = g_strjoinv(", ", (char **)known);
    return error_setg(errp, "%s '%s' does not happen here; there are %s", key, word, list);
}

static bool parse_event(const Options *opts, int *event, Error **errp)
{
    const char *text = options_get(opts, "event");
    return text ? find_word("event", text, events, event, errp)
                : error_setg(errp, "event=NAME is missing");
}

static bool parse_inject(const Options *opts, DebugState *s, Error **errp)
{
    InjectRule rule = {.op = -1};
    const char *iotype = options_get(opts, "iotype");
    rule.has_sector = options_get(opts, "sector");
    if (!parse_event(opts, &rule.event, errp) ||
        (iotype && !find_word("iotype", iotype, ops, &rule.op, errp)) ||
        !options_get_number(opts, "state", 0, &rule.state, errp) ||
        !options_get_number(opts, "errno", EIO, &rule.error, errp) ||
        !options_get_number(opts, "sector", 0, &rule.sector, errp) ||
        !options_get_bool(opts, "once", false, &rule.once, errp)) {
        return false;
    }
    if (rule.error == 0 || rule.error > 4095) {
        return error_setg(errp, "errno takes 1 to 4095");
    }
    g_array_append_val(s->inject, rule);
    return true;
}

static bool parse_change(const Options *opts, DebugState *s, Error **errp)
{
    StateRule rule = {0};
    if (!parse_event(opts, &rule.event, errp) ||
        !options_get_number(opts, "state", 0, &rule.state, errp) ||
        !options_get_number(opts, "new_state", 0, &rule.new_state, errp)) {
        return false;
    }
    g_array_append_val(s->change, rule);
    return true;
}

/* What stands behind a prefix: "inject-error.0." */
typedef struct Behind {
    const char *prefix;
    GString *text;
} Behind;

static bool take_behind(void *opaque, const char *key, const char *value,
                        Error **errp G_GNUC_UNUSED)
{
    const Behind *behind = opaque;
    if (g_str_has_prefix(key, behind->prefix)) {
        block_put_option(behind->text, key + strlen(behind->prefix), value);
    }
    return true;
}

typedef bool RuleParser(const Options *opts, DebugState *s, Error **errp);

static bool parse_rules(const Options *all, const char *kind, const OptionDesc *table,
                        RuleParser *parse, DebugState *s, Error **errp)
{
    ERRP_GUARD();
    for (unsigned n = 0;; n++) {
        g_autofree char *prefix = g_strdup_printf("%s.%u.", kind, n);
        g_autoptr(GString) text = g_string_new(NULL);
        Behind behind = {prefix, text};
        options_foreach(all, take_behind, &behind, NULL);
        if (!text->len) {
            return true;
        }
        g_autoptr(Options) opts = options_parse(text->str, NULL, table, errp);
        if (!opts || !parse(opts, s, errp)) {
            error_prepend(errp, "%s.%u: ", kind, n);
            return false;
        }
    }
}

static bool check_key(void *opaque G_GNUC_UNUSED, const char *key, const char *value G_GNUC_UNUSED,
                      Error **errp)
{
    static const char *const globs[] = {"inject-error.*.*", "set-state.*.*", "image"};
    for (size_t i = 0; i < G_N_ELEMENTS(globs); i++) {
        if (g_pattern_match_simple(globs[i], key)) {
            return true;
        }
    }
    for (const OptionDesc *desc = block_node_options; desc->name; desc++) {
        if (g_str_equal(desc->name, key)) {
            return true;
        }
    }
    return g_str_equal(key, "config")
               ? error_setg(errp, "config is not built; give inject-error.0.event=... and so on")
               : error_setg(errp, "driver 'blkdebug' has no option '%s'", key);
}

static void debug_close(BlockNode *node)
{
    DebugState *s = node->state;
    g_array_unref(s->inject);
    g_array_unref(s->change);
    g_free(s);
}

static bool debug_open(BlockNode *node, const Options *opts, Error **errp)
{
    DebugState *s = g_new0(DebugState, 1);
    node->state = s;
    s->state = 1;
    s->inject = g_array_new(false, false, sizeof(InjectRule));
    s->change = g_array_new(false, false, sizeof(StateRule));
    bool ok = options_foreach(opts, check_key, NULL, errp) &&
              parse_rules(opts, "inject-error", inject_options, parse_inject, s, errp) &&
              parse_rules(opts, "set-state", change_options, parse_change, s, errp);
    if (!ok) {
        debug_close(node);
    }
    return ok;
}

/* --- requests ------------------------------------------------------------------------------------------ */

/* What @request causes; EVENTS: nothing that has a name. */
static bool causes(const BlockRequest *request, int event)
{
    switch (event) {
    case EVENT_NONE:
        return true;
    case EVENT_READ:
        return request->op == BLOCK_READ;
    case EVENT_WRITE:
        return request->op == BLOCK_WRITE;
    default:
        return request->op == BLOCK_FLUSH;
    }
}

static bool touches(const BlockRequest *request, uint64_t sector)
{
    return request->op != BLOCK_FLUSH && sector >= request->offset / BLOCK_SECTOR &&
           sector < (request->offset + request->bytes) / BLOCK_SECTOR;
}

static bool applies(const InjectRule *rule, const BlockRequest *request, uint64_t state)
{
    return !rule->is_spent && causes(request, rule->event) &&
           (rule->op < 0 || rule->op == (int)request->op) &&
           (!rule->state || rule->state == state) &&
           (!rule->has_sector || touches(request, rule->sector));
}

static int find_error(DebugState *s, const BlockRequest *request)
{
    for (guint n = 0; n < s->inject->len; n++) {
        InjectRule *rule = &g_array_index(s->inject, InjectRule, n);
        if (applies(rule, request, s->state)) {
            rule->is_spent = rule->once;
            return -(int)rule->error;
        }
    }
    return 0;
}

static int debug_inject(BlockNode *node, const BlockRequest *request)
{
    DebugState *s = node->state;
    int ret = find_error(s, request);
    uint64_t state = s->state;
    for (guint n = 0; n < s->change->len; n++) {
        const StateRule *rule = &g_array_index(s->change, StateRule, n);
        if (causes(request, rule->event) && (!rule->state || rule->state == state)) {
            s->state = rule->new_state;
        }
    }
    return ret;
}

const BlockDriver block_blkdebug_driver = {
    .name = "blkdebug",
    .child = "image",
    .takes_any_option = true,
    .open = debug_open,
    .close = debug_close,
    .inject = debug_inject,
};
