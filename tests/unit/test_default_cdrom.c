/* SPDX-License-Identifier: MIT */
/*
 * The empty CD-ROM drive that nobody asked for: what leaves it out.
 * Covers: block/default_cdrom.c. Expected answers: qemu-system-ppc 7.2, `info block` after the same options.
 */
#include "block/block.h"
#include "block/drive.h"
#include "time/clock.h"

#include <criterion/criterion.h>
#include <string.h>

#define THE_DRIVE "ide-cd,bus=ide.1,unit=0,drive=ide1-cd0"

/* Words after the first letter of each: d a -drive, v a -device, g a -global. NULL ends. */
typedef struct Given {
    const char *words[4];
} Given;

typedef struct Lists {
    GPtrArray *devices, *globals, *made;
} Lists;

static Lists lists_of(const Given *given)
{
    Lists lists = {g_ptr_array_new(), g_ptr_array_new(), g_ptr_array_new_with_free_func(g_free)};
    for (size_t n = 0; n < G_N_ELEMENTS(given->words) && given->words[n]; n++) {
        const char *word = given->words[n];
        if (*word == 'd') {
            cr_assert(block_add_drive(word + 1, lists.made, &error_abort));
        } else {
            g_ptr_array_add(*word == 'v' ? lists.devices : lists.globals, (char *)word + 1);
        }
    }
    return lists;
}

static void lists_free(Lists *lists)
{
    g_ptr_array_unref(lists->devices);
    g_ptr_array_unref(lists->globals);
    g_ptr_array_unref(lists->made);
    block_fini_all();
}

static void expect_drive(const Given *given, bool expected)
{
    Lists lists = lists_of(given);
    guint before = lists.made->len;
    cr_assert(block_add_default_cdrom(lists.devices, lists.globals, lists.made, &error_abort));
    cr_expect_eq(lists.made->len, before + expected, "%s", given->words[0]);
    if (expected && lists.made->len > before) {
        cr_expect_str_eq(g_ptr_array_index(lists.made, before), THE_DRIVE);
        cr_expect(blk_is_cdrom(blk_by_name("ide1-cd0")));
    }
    lists_free(&lists);
}

Test(default_cdrom, is_there_when_nothing_takes_its_part)
{
    static const Given cases[] = {
        {{NULL}},
        {{"dmedia=cdrom"}},
        {{"dmedia=cdrom,index=3"}},
        {{"dif=none,id=x,media=cdrom"}},
        {{"dif=scsi,media=cdrom"}},
        {{"dif=mtd"}},
        {{"vvirtio-scsi-pci"}},
        {{"vvirtio-blk-pci,drive=ide-cd", "vcore99-debugexit"}},
        {{"vide-cdx"}},
        {{"gvirtio-blk-pci.latency=1", "gide-cd-like.drive=ide-cd"}},
        {{"gdriver=virtio-blk-pci,property=serial,value=ide-cd"}},
    };
    clock_configure_icount(machine_clock(), "shift=0,sleep=off", &error_abort);
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        expect_drive(&cases[n], true);
    }
}

Test(default_cdrom, is_left_out_for_whoever_takes_its_part)
{
    static const Given cases[] = {
        {{"dmedia=cdrom,index=2"}},
        {{"dmedia=cdrom,bus=1"}},
        {{"dmedia=cdrom,index=2,id=mine"}},
        {{"dmedia=cdrom", "dmedia=cdrom", "dmedia=cdrom"}},
        {{"vide-cd"}},
        {{"vide-cd,bus=ide.0,id=x"}},
        {{"vid=x,driver=ide-cd"}},
        {{"vide-hd,drive=x"}},
        {{"vvirtio-scsi-pci", "vscsi-cd"}},
        {{"vvirtio-scsi-pci", "vscsi-hd,drive=x"}},
        {{"gide-cd.ver=x"}},
        {{"gscsi-hd.ver=x"}},
        {{"gdriver=ide-hd,property=ver,value=x"}},
    };
    clock_configure_icount(machine_clock(), "shift=0,sleep=off", &error_abort);
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        expect_drive(&cases[n], false);
    }
}

/* QEMU aborts at both. */
Test(default_cdrom, a_name_that_is_taken_is_a_mistake_with_a_way_out)
{
    static const Given taken = {{"dif=none,id=ide1-cd0,media=cdrom"}};
    clock_configure_icount(machine_clock(), "shift=0,sleep=off", &error_abort);
    Lists lists = lists_of(&taken);
    Error *err = NULL;
    cr_assert_not(block_add_default_cdrom(lists.devices, lists.globals, lists.made, &err));
    cr_assert_not_null(strstr(error_get_pretty(err), "'ide1-cd0'"));
    cr_assert_not_null(strstr(error_get_pretty(err), "-nodefaults"));
    cr_assert_eq(lists.made->len, 0);
    error_free(err);
    lists_free(&lists);
    cr_assert(block_add_node("driver=null-co,node-name=ide1-cd0,size=512", &error_abort));
    lists = lists_of(&(Given){{NULL}});
    err = NULL;
    cr_assert_not(block_add_default_cdrom(lists.devices, lists.globals, lists.made, &err));
    error_free(err);
    lists_free(&lists);
}
