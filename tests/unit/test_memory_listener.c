/* SPDX-License-Identifier: MIT */
/* MemoryListeners: what is told, to whom, in which order. */
#include "memory/memory.h"

#include <criterion/criterion.h>

/* --- a listener that writes down what it hears ------------------------------------------------ */

typedef struct Ear {
    MemoryListener listener;
    const char *name;
    GString *heard;      /* may be shared by several */
    MemoryRegion *moved; /* commit moves it once */
} Ear;

static void hear(MemoryListener *listener, const char *what, const MemoryRegionSection *section)
{
    Ear *ear = container_of(listener, Ear, listener);
    g_string_append_printf(ear->heard, "%s%s", ear->name, what);
    if (section) {
        g_string_append_printf(
            ear->heard, ":%s+%x@%x/%x", section->mr->name, (unsigned)section->offset_within_region,
            (unsigned)section->offset_within_address_space, (unsigned)section->size);
    }
    g_string_append_c(ear->heard, ' ');
}

static void on_begin(MemoryListener *listener) { hear(listener, "begin", NULL); }

static void on_commit(MemoryListener *listener)
{
    Ear *ear = container_of(listener, Ear, listener);
    hear(listener, "commit", NULL);
    if (ear->moved) {
        MemoryRegion *moved = ear->moved;
        ear->moved = NULL;
        memory_region_set_address(moved, 0x9000);
    }
}

static void on_add(MemoryListener *listener, const MemoryRegionSection *section)
{
    hear(listener, "add", section);
}

static void on_del(MemoryListener *listener, const MemoryRegionSection *section)
{
    hear(listener, "del", section);
}

static void on_nop(MemoryListener *listener, const MemoryRegionSection *section)
{
    hear(listener, "nop", section);
}

static void on_log_start(MemoryListener *listener, const MemoryRegionSection *section)
{
    hear(listener, "start", section);
}

static void on_log_stop(MemoryListener *listener, const MemoryRegionSection *section)
{
    hear(listener, "stop", section);
}

static void on_log_sync(MemoryListener *listener, const MemoryRegionSection *section)
{
    hear(listener, "sync", section);
}

static Ear *ear_new(const char *name, int priority, GString *heard)
{
    Ear *ear = g_new0(Ear, 1);
    ear->name = name;
    ear->heard = heard;
    ear->listener = (MemoryListener){
        .begin = on_begin,
        .commit = on_commit,
        .region_add = on_add,
        .region_del = on_del,
        .region_nop = on_nop,
        .log_start = on_log_start,
        .log_stop = on_log_stop,
        .log_sync = on_log_sync,
        .priority = priority,
    };
    return ear;
}

typedef struct World {
    MemoryRegion root, a, b;
    AddressSpace *as;
    GString *heard;
} World;

static const MemoryRegionOps io_ops = {.read = NULL};

/* RAM "a" at 0, I/O "b" not mapped yet. */
static World *world_new(void)
{
    World *w = g_new0(World, 1);
    memory_region_init(&w->root, NULL, "root", 0x10000);
    cr_assert(memory_region_init_ram(&w->a, NULL, "a", 0x1000, NULL));
    memory_region_init_io(&w->b, NULL, &io_ops, NULL, "b", 0x100);
    memory_region_add_subregion(&w->root, 0, &w->a);
    w->as = address_space_new(&w->root, "test");
    w->heard = g_string_new(NULL);
    return w;
}

static void assert_heard(World *w, const char *expected)
{
    cr_assert_str_eq(w->heard->str, expected);
    g_string_truncate(w->heard, 0);
}

/* --- facts ------------------------------------------------------------------------------------ */

Test(memory_listener, registering_replays_the_present_view)
{
    World *w = world_new();
    Ear *ear = ear_new("", 0, w->heard);
    memory_listener_register(&ear->listener, w->as);
    assert_heard(w, "begin add:a+0@0/1000 commit ");
    memory_listener_unregister(&ear->listener);
    assert_heard(w, "begin del:a+0@0/1000 commit ");
}

Test(memory_listener, a_commit_tells_what_changed_and_what_stayed)
{
    World *w = world_new();
    Ear *ear = ear_new("", 0, w->heard);
    memory_listener_register(&ear->listener, w->as);
    g_string_truncate(w->heard, 0);
    memory_region_add_subregion(&w->root, 0x2000, &w->b);
    assert_heard(w, "begin nop:a+0@0/1000 add:b+0@2000/100 commit ");
    memory_region_set_address(&w->b, 0x3000);
    assert_heard(w, "begin del:b+0@2000/100 nop:a+0@0/1000 add:b+0@3000/100 commit ");
    memory_region_set_enabled(&w->b, false);
    assert_heard(w, "begin del:b+0@3000/100 nop:a+0@0/1000 commit ");
}

Test(memory_listener, a_region_that_covers_another_splits_it)
{
    World *w = world_new();
    Ear *ear = ear_new("", 0, w->heard);
    memory_listener_register(&ear->listener, w->as);
    g_string_truncate(w->heard, 0);
    memory_region_add_subregion_overlap(&w->root, 0x800, &w->b, 1);
    assert_heard(w, "begin del:a+0@0/1000 add:a+0@0/800 add:b+0@800/100 add:a+900@900/700 commit ");
}

Test(memory_listener, additions_go_by_rising_priority_and_deletions_by_falling)
{
    World *w = world_new();
    Ear *high = ear_new("H", 10, w->heard), *low = ear_new("L", 1, w->heard);
    memory_listener_register(&high->listener, w->as);
    memory_listener_register(&low->listener, w->as);
    g_string_truncate(w->heard, 0);
    memory_region_del_subregion(&w->root, &w->a);
    assert_heard(w, "Lbegin Hbegin Hdel:a+0@0/1000 Ldel:a+0@0/1000 Lcommit Hcommit ");
    memory_region_add_subregion(&w->root, 0, &w->a);
    assert_heard(w, "Lbegin Hbegin Ladd:a+0@0/1000 Hadd:a+0@0/1000 Lcommit Hcommit ");
}

Test(memory_listener, a_change_that_nobody_can_see_is_not_told)
{
    World *w = world_new();
    Ear *ear = ear_new("", 0, w->heard);
    memory_listener_register(&ear->listener, w->as);
    g_string_truncate(w->heard, 0);
    memory_region_set_enabled(&w->a, true);
    memory_region_set_address(&w->a, 0);
    memory_region_set_enabled(&w->b, false);
    g_string_truncate(w->heard, 0);
    memory_region_add_subregion(&w->root, 0x2000, &w->b); /* disabled */
    memory_region_set_address(&w->b, 0x3000);
    assert_heard(w, "");
}

Test(memory_listener, a_transaction_is_told_once)
{
    World *w = world_new();
    Ear *ear = ear_new("", 0, w->heard);
    memory_listener_register(&ear->listener, w->as);
    g_string_truncate(w->heard, 0);
    memory_region_transaction_begin();
    memory_region_add_subregion(&w->root, 0x2000, &w->b);
    memory_region_set_address(&w->b, 0x4000);
    memory_region_set_address(&w->b, 0x5000);
    memory_region_transaction_commit();
    assert_heard(w, "begin nop:a+0@0/1000 add:b+0@5000/100 commit ");
}

Test(memory_listener, dirty_logging_is_started_and_stopped_by_section)
{
    World *w = world_new();
    Ear *ear = ear_new("", 0, w->heard);
    memory_listener_register(&ear->listener, w->as);
    g_string_truncate(w->heard, 0);
    memory_region_set_log(&w->a, true, DIRTY_VGA);
    assert_heard(w, "begin nop:a+0@0/1000 start:a+0@0/1000 commit ");
    memory_region_set_log(&w->a, true, DIRTY_VGA);
    assert_heard(w, "");
    address_space_log_sync(w->as);
    assert_heard(w, "sync:a+0@0/1000 ");
    memory_region_set_address(&w->a, 0x1000);
    assert_heard(w, "begin stop:a+0@0/1000 del:a+0@0/1000 add:a+0@1000/1000 start:a+0@1000/1000 "
                    "commit ");
    memory_region_set_log(&w->a, false, DIRTY_VGA);
    assert_heard(w, "begin nop:a+0@1000/1000 stop:a+0@1000/1000 commit ");
}

Test(memory_listener, a_listener_hears_only_its_own_space)
{
    World *w = world_new();
    Ear *ear = ear_new("", 0, w->heard);
    static MemoryRegion other_root;
    memory_region_init(&other_root, NULL, "other", 0x10000);
    AddressSpace *other = address_space_new(&other_root, "other");
    memory_listener_register(&ear->listener, other);
    g_string_truncate(w->heard, 0);
    memory_region_del_subregion(&w->root, &w->a);
    assert_heard(w, "begin commit ");
}

Test(memory_listener, a_change_made_by_a_listener_gets_a_commit_of_its_own)
{
    World *w = world_new();
    Ear *ear = ear_new("", 0, w->heard);
    memory_listener_register(&ear->listener, w->as);
    g_string_truncate(w->heard, 0);
    ear->moved = &w->b;
    memory_region_add_subregion(&w->root, 0x2000, &w->b);
    assert_heard(w, "begin nop:a+0@0/1000 add:b+0@2000/100 commit "
                    "begin del:b+0@2000/100 nop:a+0@0/1000 add:b+0@9000/100 commit ");
}

static void remember_size(MemoryListener *listener, const MemoryRegionSection *section)
{
    Ear *ear = container_of(listener, Ear, listener);
    g_string_append_printf(ear->heard, "%" G_GINT64_MODIFIER "x", section->size);
}

Test(memory_listener, a_section_of_2_to_the_64_has_the_size_that_stands_for_it)
{
    static MemoryRegion root, all;
    memory_region_init(&root, NULL, "root", UINT64_MAX);
    memory_region_init_io(&all, NULL, &io_ops, NULL, "all", UINT64_MAX);
    memory_region_add_subregion(&root, 0, &all);
    Ear *ear = ear_new("", 0, g_string_new(NULL));
    ear->listener = (MemoryListener){.region_add = remember_size};
    memory_listener_register(&ear->listener, address_space_new(&root, "test"));
    cr_assert_str_eq(ear->heard->str, "ffffffffffffffff");
}

Test(memory_listener, a_late_listener_hears_of_logging_that_is_on)
{
    World *w = world_new();
    Ear *ear = ear_new("", 0, w->heard);
    memory_region_set_log(&w->a, true, DIRTY_VGA);
    memory_listener_register(&ear->listener, w->as);
    assert_heard(w, "begin add:a+0@0/1000 start:a+0@0/1000 commit ");
    memory_listener_unregister(&ear->listener);
    assert_heard(w, "begin stop:a+0@0/1000 del:a+0@0/1000 commit ");
}

Test(memory_listener, freeing_a_space_takes_its_listeners_off)
{
    World *w = world_new();
    Ear *ear = ear_new("", 0, w->heard);
    memory_listener_register(&ear->listener, w->as);
    g_string_truncate(w->heard, 0);
    address_space_free(w->as);
    assert_heard(w, "begin del:a+0@0/1000 commit ");
    memory_region_del_subregion(&w->root, &w->a);
    assert_heard(w, "");
}
