/* SPDX-License-Identifier: MIT */
/* ELF and raw images into guest memory, and every way they can be wrong. */
#include "hw/core/loader.h"
#include "util/bits.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <glib/gstdio.h>
#include <unistd.h>

enum { RAM_SIZE = 0x10000, PAYLOAD = 16 };

static MemoryRegion ram;
static char dir[] = "/tmp/core99-loader-XXXXXX";

static void setup(void)
{
    cr_assert(memory_region_init_ram(&ram, NULL, "loader-test-ram", RAM_SIZE, &error_abort));
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    memset(memory_region_get_ram_ptr(&ram), 0xee, RAM_SIZE);
    cr_assert_not_null(g_mkdtemp(dir));
}

static void teardown(void)
{
    g_autofree char *file = g_build_filename(dir, "f", NULL);
    g_unlink(file);
    g_rmdir(dir);
}

TestSuite(loader, .init = setup, .fini = teardown);

static char *write_file(const void *data, size_t length)
{
    char *path = g_build_filename(dir, "f", NULL);
    cr_assert(g_file_set_contents(path, data, (gssize)length, NULL));
    return path;
}

/* One PT_LOAD segment of PAYLOAD bytes "0123456789abcdef" behind the headers. */
typedef struct Image {
    uint8_t bytes[sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr) + PAYLOAD];
} Image;

#define EHDR(image, member) ((image)->bytes + offsetof(Elf32_Ehdr, member))
#define PHDR(image, member) ((image)->bytes + sizeof(Elf32_Ehdr) + offsetof(Elf32_Phdr, member))

static Image good_image(void)
{
    Image image = {0};
    memcpy(image.bytes, ELFMAG, SELFMAG);
    image.bytes[EI_CLASS] = ELFCLASS32;
    image.bytes[EI_DATA] = ELFDATA2MSB;
    image.bytes[EI_VERSION] = EV_CURRENT;
    stw_be_p(EHDR(&image, e_type), ET_EXEC);
    stw_be_p(EHDR(&image, e_machine), EM_PPC);
    stl_be_p(EHDR(&image, e_version), EV_CURRENT);
    stl_be_p(EHDR(&image, e_entry), 0xc0001004);
    stl_be_p(EHDR(&image, e_phoff), sizeof(Elf32_Ehdr));
    stw_be_p(EHDR(&image, e_ehsize), sizeof(Elf32_Ehdr));
    stw_be_p(EHDR(&image, e_phentsize), sizeof(Elf32_Phdr));
    stw_be_p(EHDR(&image, e_phnum), 1);
    stl_be_p(PHDR(&image, p_type), PT_LOAD);
    stl_be_p(PHDR(&image, p_offset), sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr));
    stl_be_p(PHDR(&image, p_vaddr), 0xc0001000);
    stl_be_p(PHDR(&image, p_paddr), 0x1000);
    stl_be_p(PHDR(&image, p_filesz), PAYLOAD);
    stl_be_p(PHDR(&image, p_memsz), PAYLOAD + 32);
    memcpy(image.bytes + sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr), "0123456789abcdef", PAYLOAD);
    return image;
}

static hwaddr up_by_0x2000(hwaddr paddr) { return paddr + 0x2000; }

Test(loader, elf_segment_is_copied_and_its_bss_cleared)
{
    Image image = good_image();
    g_autofree char *path = write_file(&image, sizeof(image));
    ElfImage elf;
    cr_assert(loader_is_elf(path));
    cr_assert(loader_load_elf(path, NULL, RAM_SIZE, &elf, &error_abort));
    const uint8_t *host = memory_region_get_ram_ptr(&ram);
    cr_assert_arr_eq(host + 0x1000, "0123456789abcdef", PAYLOAD);
    for (int i = 0; i < 32; i++) {
        cr_assert_eq(host[0x1000 + PAYLOAD + i], 0);
    }
    cr_assert_eq(host[0x1000 + PAYLOAD + 32], 0xee);
    cr_assert(elf.low == 0x1000 && elf.high == 0x1000 + PAYLOAD + 32);
    cr_assert_eq(elf.entry, 0x1004);
}

Test(loader, elf_segment_goes_where_translate_says)
{
    Image image = good_image();
    g_autofree char *path = write_file(&image, sizeof(image));
    ElfImage elf;
    cr_assert(loader_load_elf(path, up_by_0x2000, RAM_SIZE, &elf, &error_abort));
    cr_assert_arr_eq((uint8_t *)memory_region_get_ram_ptr(&ram) + 0x3000, "0123", 4);
    cr_assert(elf.low == 0x3000 && elf.entry == 0x3004);
}

/* The message after "'PATH' ". */
static void assert_refused(const Image *image, size_t length, const char *expected)
{
    g_autofree char *path = write_file(image, length);
    ElfImage elf;
    Error *err = NULL;
    cr_assert_not(loader_load_elf(path, NULL, RAM_SIZE, &elf, &err));
    g_autofree char *prefix = g_strdup_printf("'%s' %s", path, expected);
    cr_assert(g_str_has_prefix(error_get_pretty(err), prefix), "%s", error_get_pretty(err));
    error_free(err);
}

Test(loader, damaged_elf_headers_are_named)
{
    Image image = good_image();
    image.bytes[0] = 'x';
    assert_refused(&image, sizeof(image), "is not an ELF file");
    image = good_image();
    image.bytes[EI_CLASS] = ELFCLASS64;
    assert_refused(&image, sizeof(image), "is a 64-bit ELF file");
    image = good_image();
    image.bytes[EI_DATA] = ELFDATA2LSB;
    assert_refused(&image, sizeof(image), "is a little-endian ELF file");
    image = good_image();
    stw_be_p(EHDR(&image, e_machine), EM_386);
    assert_refused(&image, sizeof(image), "is not for PowerPC (ELF machine 3)");
    stw_be_p(EHDR(&image, e_machine), EM_PPC);
    stw_be_p(EHDR(&image, e_type), ET_REL);
    assert_refused(&image, sizeof(image), "is not an executable (ELF type 1)");
}

Test(loader, truncated_elf_is_named_at_every_length)
{
    Image image = good_image();
    for (size_t length = 0; length < sizeof(image); length++) {
        assert_refused(&image, length, "is ");
    }
}

Test(loader, segments_that_do_not_fit_are_named)
{
    Image image = good_image();
    stl_be_p(PHDR(&image, p_paddr), RAM_SIZE - 16);
    assert_refused(&image, sizeof(image),
                   "does not fit: a segment takes 0xfff0 to 0x10020, "
                   "memory for it ends at 0x10000");
    image = good_image();
    stl_be_p(PHDR(&image, p_memsz), UINT32_MAX);
    assert_refused(&image, sizeof(image), "does not fit");
    image = good_image();
    stl_be_p(PHDR(&image, p_memsz), PAYLOAD - 1);
    assert_refused(&image, sizeof(image), "is damaged");
    image = good_image();
    stl_be_p(PHDR(&image, p_type), PT_NOTE);
    assert_refused(&image, sizeof(image), "has no segment to load");
    image = good_image();
    memory_region_del_subregion(get_system_memory(), &ram);
    assert_refused(&image, sizeof(image), "does not fit: there is no RAM at 0x1000 to 0x1030");
}

Test(loader, random_bytes_after_the_magic_do_no_harm)
{
    Image image = good_image();
    uint32_t seed = 12345;
    for (int round = 0; round < 500; round++) {
        Image damaged = image;
        for (int i = 0; i < 4; i++) {
            seed = seed * 1664525 + 1013904223;
            damaged.bytes[SELFMAG + (seed >> 8) % (sizeof(image) - SELFMAG)] = seed >> 24;
        }
        g_autofree char *path = write_file(&damaged, sizeof(damaged));
        ElfImage elf;
        loader_load_elf(path, NULL, RAM_SIZE, &elf, NULL);
    }
}

Test(loader, raw_file_is_loaded_as_it_is)
{
    g_autofree char *path = write_file("hello", 5);
    uint64_t size;
    cr_assert_not(loader_is_elf(path));
    cr_assert(loader_load_raw(path, 0x200, 5, &size, &error_abort));
    cr_assert_eq(size, 5);
    cr_assert_arr_eq((uint8_t *)memory_region_get_ram_ptr(&ram) + 0x200, "hello\xee", 6);
}

static void assert_raw_refused(const char *path, hwaddr addr, uint64_t max, const char *expected)
{
    uint64_t size;
    Error *err = NULL;
    cr_assert_not(loader_load_raw(path, addr, max, &size, &err));
    cr_assert_str_eq(error_get_pretty(err), expected);
    error_free(err);
}

Test(loader, raw_file_mistakes_are_one_line)
{
    g_autofree char *path = write_file("hello", 5);
    g_autofree char *large = g_strdup_printf("'%s' is larger than the 4 bytes there is room for",
                                             path);
    assert_raw_refused(path, 0, 4, large);
    g_autofree char *outside = g_strdup_printf("'%s' (5 bytes) does not fit into RAM at 0xfffe",
                                               path);
    assert_raw_refused(path, RAM_SIZE - 2, 100, outside);
    assert_raw_refused("/nonexistent/file", 0, 4,
                       "could not open '/nonexistent/file': No such file or directory");
    assert_raw_refused("/tmp", 0, 4, "could not open '/tmp': it is a directory");
    cr_assert_not(loader_is_elf("/nonexistent/file"));
    cr_assert_not(loader_is_elf("/tmp"));
}
