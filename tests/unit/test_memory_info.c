/* SPDX-License-Identifier: MIT */
/* The text of info mtree and info mtree -f. */
#include "memory/hostmem.h"
#include "memory/memory.h"
#include "memory/ram.h"

#include <criterion/criterion.h>

static const MemoryRegionOps io_ops = {.read = NULL};

static MemoryRegion root, ram, rom, io, alias, reserved, off;

static void make_tree(void)
{
    Object *board = object_new("container");
    object_property_add_child(object_get_root(), "board", board);
    memory_region_init(&root, NULL, "system", UINT64_MAX);
    cr_assert(memory_region_init_ram(&ram, board, "ram", 0x100000, NULL));
    cr_assert(memory_region_init_rom(&rom, NULL, "openbios", 0x1000, NULL));
    memory_region_init_io(&io, board, &io_ops, NULL, "escc", 0x40);
    memory_region_init_alias(&alias, NULL, "ram-high", &ram, 0x8000, 0x1000);
    memory_region_init_reservation(&reserved, NULL, "hole", 0x100);
    memory_region_init_io(&off, NULL, &io_ops, NULL, "off", 0x10);
    memory_region_add_subregion(&root, 0, &ram);
    memory_region_add_subregion(&root, 0xfff00000, &rom);
    memory_region_add_subregion_overlap(&root, 0x80000, &io, 1);
    memory_region_add_subregion(&root, 0x200000, &alias);
    memory_region_add_subregion(&root, 0x300000, &reserved);
    memory_region_add_subregion(&root, 0x400000, &off);
    memory_region_set_enabled(&off, false);
    address_space_new(&root, "memory");
}

static void assert_text(bool flat, bool owner, const char *expected)
{
    GString *out = g_string_new(NULL);
    memory_info_mtree(out, flat, owner);
    cr_assert_str_eq(out->str, expected, "%s", out->str);
    g_string_free(out, true);
}

Test(memory_info, mtree_shows_the_tree_by_address)
{
    make_tree();
    assert_text(false, false,
                "address-space: memory\n"
                "  0000000000000000-ffffffffffffffff (prio 0, container): system\n"
                "    0000000000000000-00000000000fffff (prio 0, ram): ram\n"
                "    0000000000080000-000000000008003f (prio 1, i/o): escc\n"
                "    0000000000200000-0000000000200fff (prio 0, alias ram): ram-high @ram "
                "0000000000008000-0000000000008fff\n"
                "    0000000000300000-00000000003000ff (prio 0, reserved): hole\n"
                "    0000000000400000-000000000040000f (prio 0, i/o): off [disabled]\n"
                "    00000000fff00000-00000000fff00fff (prio 0, rom): openbios\n");
}

Test(memory_info, mtree_f_shows_what_each_address_sees_with_blocks_and_owners)
{
    make_tree();
    assert_text(true, true,
                "flat view of address-space: memory, root: system\n"
                "  0000000000000000-000000000007ffff (prio 0, ram): ram block:{ram 0x0} "
                "owner:{container /board}\n"
                "  0000000000080000-000000000008003f (prio 1, i/o): escc "
                "owner:{container /board}\n"
                "  0000000000080040-00000000000fffff (prio 0, ram): ram @0000000000080040 "
                "block:{ram 0x80040} owner:{container /board}\n"
                "  0000000000200000-0000000000200fff (prio 0, ram): ram @0000000000008000 "
                "block:{ram 0x8000} owner:{container /board}\n"
                "  0000000000300000-00000000003000ff (prio 0, reserved): hole\n"
                "  00000000fff00000-00000000fff00fff (prio 0, rom): openbios "
                "block:{openbios 0x100000}\n");
}

Test(memory_info, mtree_f_shows_the_block_of_each_numa_node)
{
    cr_assert_not_null(user_creatable_add_from_str("memory-backend-ram,id=m0,size=1M", NULL));
    cr_assert_not_null(user_creatable_add_from_str("memory-backend-memfd,id=m1,size=1M", NULL));
    cr_assert(ram_config_add_numa("node,memdev=m0", NULL));
    cr_assert(ram_config_add_numa("node,memdev=m1", NULL));
    cr_assert(memory_region_allocate_system_memory(&ram, NULL, "ram", 0x200000, NULL));
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    address_space_memory();
    assert_text(true, false,
                "flat view of address-space: memory, root: system\n"
                "  0000000000000000-00000000000fffff (prio 0, ram): m0 block:{m0 0x0}\n"
                "  0000000000100000-00000000001fffff (prio 0, ram): m1 block:{m1 0x100000}\n");
}

Test(memory_info, an_empty_space_says_so)
{
    memory_region_init(&root, NULL, "nothing", 0x1000);
    address_space_new(&root, "empty");
    assert_text(true, false,
                "flat view of address-space: empty, root: nothing\n  nothing is mapped\n");
}
