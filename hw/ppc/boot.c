/* SPDX-License-Identifier: MIT */
/*
 * Boot: firmware and -kernel images into memory, fw_cfg's contents.
 *
 * Source: mac99.md 1.3 and 2. The images are kept and written again at reset, so that a reset machine
 * does not depend on host files.
 */
#include "hw/ppc/boot.h"

#include "hw/core/loader.h"
#include "hw/nvram/fw_cfg.h"
#include "util/bits.h"
#include "util/log.h"

#include <inttypes.h>

enum {
    ROM_BASE = (int)0xfff00000,
    ROM_SIZE = 0x100000,
    RESET_VECTOR = 0x100,
    KERNEL_BASE = 0x01000000,
    GAP_SIZE = 0x100000,
    PAGE_SIZE = 4096,
    GZIP_MAGIC = 0x1f8b,
};
enum { TIMEBASE_HZ = 100000000, CPU_HZ = 900000000, BUS_HZ = 100000000 };

typedef struct BootPiece {
    hwaddr addr;
    uint8_t *data;
    size_t size;
} BootPiece;

static void piece_free(void *data)
{
    BootPiece *piece = data;
    g_free(piece->data);
    g_free(piece);
}

/* Remember what memory holds at [addr, addr + size). */
static void keep_piece(BootImages *images, hwaddr addr, size_t size)
{
    BootPiece *piece = g_new0(BootPiece, 1);
    *piece = (BootPiece){.addr = addr, .data = g_malloc(size), .size = size};
    address_space_peek(address_space_memory(), addr, piece->data, size);
    g_ptr_array_add(images->pieces, piece);
}

void boot_images_restore(const BootImages *images)
{
    for (guint i = 0; images->pieces && i < images->pieces->len; i++) {
        const BootPiece *piece = g_ptr_array_index(images->pieces, i);
        address_space_poke(address_space_memory(), piece->addr, piece->data, piece->size);
    }
}

void boot_images_free(BootImages *images) { g_clear_pointer(&images->pieces, g_ptr_array_unref); }

/* --- firmware ---------------------------------------------------------------------------------------------- */

static char *find_firmware(const char *name, Error **errp)
{
    static const char *const directories[] = {"/usr/share/qemu", "/usr/share/core99", "roms"};
    if (name && g_file_test(name, G_FILE_TEST_EXISTS)) {
        return g_strdup(name);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(directories); i++) {
        char *path = g_build_filename(directories[i], name ? name : "openbios-ppc", NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS)) {
            return path;
        }
        g_free(path);
    }
    if (name) {
        error_setg(errp, "-bios %s: no such file, nor is it in /usr/share/qemu", name);
    } else {
        error_setg(errp, "could not find firmware 'openbios-ppc': install Debian's "
                         "qemu-system-data or give -bios FILE");
    }
    return NULL;
}

static hwaddr same_address(hwaddr addr) { return addr; }

static bool load_raw_firmware(const char *path, Error **errp)
{
    uint64_t size;
    if (!loader_load_raw(path, (uint32_t)ROM_BASE, ROM_SIZE, &size, errp)) {
        return false;
    }
    return size > RESET_VECTOR ||
           error_setg(errp, "'%s' has %" PRIu64 " bytes: no reset vector, which is at 0x%x", path,
                      size, RESET_VECTOR);
}

bool boot_load_firmware(const MachineState *machine, Error **errp)
{
    ERRP_GUARD();
    g_autofree char *path = find_firmware(machine->config.bios_name, errp);
    if (!path) {
        return false;
    }
    ElfImage elf;
    bool ok = loader_is_elf(path)
                  ? loader_load_elf(path, same_address, UINT64_C(1) << 32, &elf, errp)
                  : load_raw_firmware(path, errp);
    if (!ok) {
        error_prepend(errp, "-bios: ");
        return false;
    }
    return true;
}

/* --- kernel -------------------------------------------------------------------------------------------------- */

static hwaddr kernel_address(hwaddr paddr) { return (paddr & 0x0fffffff) + KERNEL_BASE; }

/* Anything may be raw code, but these mistakes have a name. */
static bool check_raw_kernel(const char *path, uint64_t size, Error **errp)
{
    uint8_t start[256];
    size_t length = MIN(size, sizeof(start)), text = 0;
    address_space_peek(address_space_memory(), KERNEL_BASE, start, length);
    while (text < length && (g_ascii_isprint(start[text]) || g_ascii_isspace(start[text]))) {
        text++;
    }
    if (length < 4) {
        return error_setg(errp, "'%s' is empty", path);
    }
    if (text == length) {
        return error_setg(errp, "'%s' is a text file", path);
    }
    return lduw_be_p(start) != GZIP_MAGIC ||
           error_setg(errp, "'%s' is compressed; unpack it with gunzip", path);
}

static bool load_raw_kernel(const MachineConfig *config, uint64_t *size, Error **errp)
{
    const char *path = config->kernel_filename;
    return loader_load_raw(path, KERNEL_BASE, config->ram_size - KERNEL_BASE, size, errp) &&
           check_raw_kernel(path, *size, errp);
}

static bool load_kernel(const MachineConfig *config, BootImages *images, Error **errp)
{
    ERRP_GUARD();
    const char *path = config->kernel_filename;
    uint64_t size = 0;
    if (loader_is_elf(path)) {
        ElfImage elf;
        if (!loader_load_elf(path, kernel_address, config->ram_size, &elf, errp)) {
            error_prepend(errp, "-kernel: ");
            return false;
        }
        size = elf.high - KERNEL_BASE;
    } else if (!load_raw_kernel(config, &size, errp)) {
        error_prepend(errp, "-kernel: ");
        return false;
    }
    images->has_kernel = true;
    images->kernel_size = (uint32_t)size;
    keep_piece(images, KERNEL_BASE, size);
    return true;
}

static bool load_initrd(const MachineConfig *config, BootImages *images, Error **errp)
{
    ERRP_GUARD();
    uint64_t size;
    hwaddr addr = align_up(KERNEL_BASE + (uint64_t)images->kernel_size + GAP_SIZE, PAGE_SIZE);
    if (addr >= config->ram_size) {
        return error_setg(errp, "-initrd %s: no RAM left above the kernel",
                          config->initrd_filename);
    }
    if (!loader_load_raw(config->initrd_filename, addr, config->ram_size - addr, &size, errp)) {
        error_prepend(errp, "-initrd: ");
        return false;
    }
    if (size == 0) {
        return error_setg(errp, "-initrd: '%s' is empty", config->initrd_filename);
    }
    images->initrd_addr = (uint32_t)addr;
    images->initrd_size = (uint32_t)size;
    keep_piece(images, addr, size);
    return true;
}

/* At most a page; after the initrd, or one MiB after the kernel. */
static bool load_cmdline(const MachineConfig *config, BootImages *images, Error **errp)
{
    const char *text = config->kernel_cmdline ? config->kernel_cmdline : "";
    size_t size = strlen(text) + 1;
    if (size > PAGE_SIZE) {
        return error_setg(errp, "-append: command line has %zu bytes, at most %d fit", size - 1,
                          PAGE_SIZE - 1);
    }
    uint64_t end = images->initrd_addr ? (uint64_t)images->initrd_addr + images->initrd_size
                                       : KERNEL_BASE + (uint64_t)images->kernel_size + GAP_SIZE;
    hwaddr addr = align_up(end, PAGE_SIZE);
    if (addr + PAGE_SIZE > config->ram_size) {
        return error_setg(errp, "-append: no RAM left above kernel and initrd; raise -m");
    }
    address_space_poke(address_space_memory(), addr, text, size);
    images->cmdline_addr = (uint32_t)addr;
    keep_piece(images, addr, size);
    return true;
}

bool boot_load_images(const MachineState *machine, BootImages *images, Error **errp)
{
    const MachineConfig *config = &machine->config;
    images->pieces = g_ptr_array_new_with_free_func(piece_free);
    if (!config->kernel_filename) {
        if (config->initrd_filename || config->kernel_cmdline) {
            return error_setg(errp, "%s only works with -kernel",
                              config->initrd_filename ? "-initrd" : "-append");
        }
        return true;
    }
    return load_kernel(config, images, errp) &&
           (!config->initrd_filename || load_initrd(config, images, errp)) &&
           load_cmdline(config, images, errp);
}

/* --- fw_cfg -------------------------------------------------------------------------------------------------- */

/* What the firmware makes of a list of letters: it looks at the first only, and knows two. */
static uint16_t first_letter(const char *order)
{
    char device = order && *order ? *order : 'c';
    if (device != 'c' && device != 'd') {
        warn_report("-boot %c: the firmware boots from disks (c) and CDs (d); it takes this as d",
                    device);
    }
    return (uint16_t)device;
}

static void fill_boot_device(DeviceState *fw_cfg, const MachineConfig *config)
{
    uint16_t device = first_letter(config->boot_order);
    fw_cfg_add_i16(fw_cfg, FW_CFG_BOOT_DEVICE, device);
    if (config->boot_once) {
        fw_cfg_set_boot_once(fw_cfg, first_letter(config->boot_once), device);
    }
}

static void fill_boot_items(DeviceState *fw_cfg, const BootImages *images,
                            const MachineConfig *config)
{
    fw_cfg_add_i32(fw_cfg, FW_CFG_KERNEL_ADDR, images->has_kernel ? KERNEL_BASE : 0);
    fw_cfg_add_i32(fw_cfg, FW_CFG_KERNEL_SIZE, images->kernel_size);
    fw_cfg_add_i32(fw_cfg, FW_CFG_KERNEL_CMDLINE, images->cmdline_addr);
    fw_cfg_add_i32(fw_cfg, FW_CFG_INITRD_ADDR, images->initrd_addr);
    fw_cfg_add_i32(fw_cfg, FW_CFG_INITRD_SIZE, images->initrd_size);
    if (images->has_kernel) {
        fw_cfg_add_i16(fw_cfg, FW_CFG_BOOT_DEVICE, 'm');
    } else {
        fill_boot_device(fw_cfg, config);
    }
    fw_cfg_add_i16(fw_cfg, FW_CFG_BOOT_MENU, config->boot_menu);
    if (config->boot_menu || config->boot_strict) {
        warn_report("-boot %s=on: the firmware does not look at it",
                    config->boot_menu ? "menu" : "strict");
    }
}

static void fill_machine_items(DeviceState *fw_cfg, const MachineConfig *config, unsigned via)
{
    enum { MACHINE_ID_MAC99 = 1 };
    fw_cfg_add_bytes(fw_cfg, FW_CFG_UUID, config->uuid, sizeof(config->uuid));
    fw_cfg_add_i64(fw_cfg, FW_CFG_RAM_SIZE, config->ram_size);
    fw_cfg_add_i16(fw_cfg, FW_CFG_NOGRAPHIC, config->nographic);
    fw_cfg_add_i16(fw_cfg, FW_CFG_NB_CPUS, 1);
    fw_cfg_add_i16(fw_cfg, FW_CFG_MAX_CPUS, 1);
    fw_cfg_add_i16(fw_cfg, FW_CFG_MACHINE_ID, MACHINE_ID_MAC99);
    fw_cfg_add_i16(fw_cfg, FW_CFG_PPC_WIDTH, (uint16_t)config->graphic_width);
    fw_cfg_add_i16(fw_cfg, FW_CFG_PPC_HEIGHT, (uint16_t)config->graphic_height);
    fw_cfg_add_i16(fw_cfg, FW_CFG_PPC_DEPTH, (uint16_t)config->graphic_depth);
    fw_cfg_add_i32(fw_cfg, FW_CFG_PPC_TBFREQ, TIMEBASE_HZ);
    fw_cfg_add_i32(fw_cfg, FW_CFG_PPC_CLOCKFREQ, CPU_HZ);
    fw_cfg_add_i32(fw_cfg, FW_CFG_PPC_BUSFREQ, BUS_HZ);
    fw_cfg_add_i32(fw_cfg, FW_CFG_PPC_IS_KVM, 0);
    fw_cfg_add_i32(fw_cfg, FW_CFG_PPC_NVRAM_ADDR, 0xfff04000);
    fw_cfg_add_i32(fw_cfg, FW_CFG_PPC_VIACONFIG, via);
}

bool boot_fill_fw_cfg(MachineState *machine, DeviceState *fw_cfg, const BootImages *images,
                      unsigned via, Error **errp)
{
    static const uint8_t fail_wait[4] = {0xff, 0xff, 0xff, 0xff};
    const MachineConfig *config = &machine->config;
    fill_machine_items(fw_cfg, config, via);
    fill_boot_items(fw_cfg, images, config);
    fw_cfg_add_file(fw_cfg, "bootorder", "", 0, &error_abort);
    fw_cfg_add_file(fw_cfg, "bios-geometry", "", 0, &error_abort);
    fw_cfg_add_file(fw_cfg, "etc/boot-fail-wait", fail_wait, sizeof(fail_wait), &error_abort);
    for (guint i = 0; config->fw_cfg && i < config->fw_cfg->len; i++) {
        if (!fw_cfg_add_option(fw_cfg, g_ptr_array_index(config->fw_cfg, i), errp)) {
            return false;
        }
    }
    return true;
}
