/* SPDX-License-Identifier: MIT */
/*
 * -icount: fixed mode (2^N ns an instruction, nothing depends on the host) or live mode.
 *
 * Source: none (own design); option names as in qemu(1). Not modelled: align=on, rr= (-record and
 * -replay do that).
 */
#include "time/clock.h"
#include "time/internal.h"
#include "util/options.h"

#define SHIFT_MAX 10

static const OptionDesc icount_options[] = {
    {"shift", "string", "2^N ns an instruction (0 to 10), or auto: follow the host's clock"},
    {"sleep", "bool", "off: a nap ends at once; on: it lasts as long on the host"},
    {"align", "bool", "off only"},
    {"rr", "string", "use -record FILE or -replay FILE"},
    {"rrfile", "string", "use -record FILE or -replay FILE"},
    {"rrsnapshot", "string", "use -record FILE or -replay FILE"},
    {NULL, NULL, NULL},
};

bool clock_is_fixed(const Clock *clock) { return clock->mode == CLOCK_FIXED; }

static bool refuse_others(const Options *options, Error **errp)
{
    static const char *const absent[] = {"rr", "rrfile", "rrsnapshot"};
    bool align;

    for (size_t i = 0; i < G_N_ELEMENTS(absent); i++) {
        if (options_get(options, absent[i])) {
            return error_setg(errp, "%s= is not available: use -record FILE or -replay FILE",
                              absent[i]);
        }
    }
    if (!options_get_bool(options, "align", false, &align, errp)) {
        return false;
    }
    return align ? error_setg(errp, "align=on is not available: leave shift= out to follow the "
                                    "host's clock")
                 : true;
}

static bool configure_live(const Options *options, Error **errp)
{
    return options_get(options, "sleep")
               ? error_setg(errp, "sleep= needs shift=N: live mode always sleeps in naps")
               : true;
}

static bool configure_fixed(Clock *clock, const Options *options, const char *text, Error **errp)
{
    uint64_t shift;
    bool sleeps;

    if (!parse_number(text, &shift, NULL) || shift > SHIFT_MAX) {
        return error_setg(errp, "shift must be 0 to %d or auto, not '%s'", SHIFT_MAX, text);
    }
    if (!options_get_bool(options, "sleep", true, &sleeps, errp)) {
        return false;
    }
    clock->mode = CLOCK_FIXED;
    clock->sleeps = sleeps;
    clock->fixed_rate = UINT64_C(1) << (32 + shift);
    clock_set_rate(clock, clock->fixed_rate);
    return true;
}

bool clock_configure_icount(Clock *clock, const char *text, Error **errp)
{
    g_autoptr(Options) options = options_parse(text, "shift", icount_options, errp);
    const char *shift;

    if (!options || !refuse_others(options, errp)) {
        return false;
    }
    if (clock->icount) {
        return error_setg(errp, "the machine has already run");
    }
    shift = options_get(options, "shift");
    if (!shift || g_str_equal(shift, "auto")) {
        return configure_live(options, errp);
    }
    if (!configure_fixed(clock, options, shift, errp)) {
        return false;
    }
    rtc_resolve(clock);
    return true;
}
