/* SPDX-License-Identifier: MIT */
/*
 * ELF executables for 32-bit big-endian PowerPC: every PT_LOAD goes to its physical address.
 *
 * Source: System V ABI, PowerPC supplement. Not modelled: relocation, notes, symbols (debug/ has them).
 */
#include "hw/core/loader.h"

#include <fcntl.h>
#include <inttypes.h>
#include <libelf.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 30 };

typedef struct ElfLoad {
    const char *path;
    hwaddr (*translate)(hwaddr paddr);
    hwaddr limit;
    Elf *elf;
    const GByteArray *file;
    ElfImage *image;
} ElfLoad;

bool loader_is_elf(const char *path)
{
    uint8_t magic[SELFMAG];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_elf = fd >= 0 && read(fd, magic, SELFMAG) == SELFMAG && !memcmp(magic, ELFMAG, SELFMAG);
    if (fd >= 0) {
        close(fd);
    }
    return is_elf;
}

/* --- the header ------------------------------------------------------------------------------------------- */

static bool check_ident(const ElfLoad *load, Error **errp)
{
    size_t size;
    const char *ident = elf_getident(load->elf, &size);
    if (elf_kind(load->elf) != ELF_K_ELF || !ident || size < EI_NIDENT) {
        return error_setg(errp, "'%s' is not an ELF file", load->path);
    }
    if (ident[EI_CLASS] != ELFCLASS32) {
        return error_setg(errp, "'%s' is a 64-bit ELF file; this machine runs 32-bit ones",
                          load->path);
    }
    return ident[EI_DATA] == ELFDATA2MSB ||
           error_setg(errp, "'%s' is a little-endian ELF file; this machine is big-endian",
                      load->path);
}

static const Elf32_Ehdr *check_header(const ElfLoad *load, Error **errp)
{
    if (!check_ident(load, errp)) {
        return NULL;
    }
    const Elf32_Ehdr *header = elf32_getehdr(load->elf);
    if (!header) {
        error_setg(errp, "'%s' is truncated or damaged: %s", load->path, elf_errmsg(-1));
    } else if (header->e_machine != EM_PPC) {
        error_setg(errp, "'%s' is not for PowerPC (ELF machine %u)", load->path, header->e_machine);
        header = NULL;
    } else if (header->e_type != ET_EXEC && header->e_type != ET_DYN) {
        error_setg(errp, "'%s' is not an executable (ELF type %u)", load->path, header->e_type);
        header = NULL;
    } else if ((uint64_t)header->e_phoff + header->e_phnum * sizeof(Elf32_Phdr) > load->file->len) {
        error_setg(errp, "'%s' is truncated: its program headers are missing", load->path);
        header = NULL;
    }
    return header;
}

/* --- segments ---------------------------------------------------------------------------------------------- */

static bool check_segment(const ElfLoad *load, const Elf32_Phdr *ph, hwaddr start, Error **errp)
{
    if ((uint64_t)ph->p_offset + ph->p_filesz > load->file->len) {
        return error_setg(errp, "'%s' is truncated: a segment ends at %" PRIu64 ", the file at %u",
                          load->path, (uint64_t)ph->p_offset + ph->p_filesz, load->file->len);
    }
    if (ph->p_filesz > ph->p_memsz) {
        return error_setg(errp,
                          "'%s' is damaged: a segment has more bytes in the file than in "
                          "memory",
                          load->path);
    }
    if (start >= load->limit || ph->p_memsz > load->limit - start) {
        return error_setg(errp,
                          "'%s' does not fit: a segment takes 0x%" PRIx64 " to 0x%" PRIx64
                          ", memory for it ends at 0x%" PRIx64,
                          load->path, start, start + ph->p_memsz, load->limit);
    }
    return true;
}

static bool clear(hwaddr addr, uint64_t length)
{
    static const uint8_t zeros[4096];
    while (length) {
        uint64_t piece = MIN(length, sizeof(zeros));
        if (!address_space_poke(address_space_memory(), addr, zeros, piece)) {
            return false;
        }
        addr += piece;
        length -= piece;
    }
    return true;
}

/* An entry point is an effective address; where its segment went gives the physical one. */
static void note_extent(ElfLoad *load, const Elf32_Phdr *ph, hwaddr start, uint32_t entry)
{
    ElfImage *image = load->image;
    if (entry - ph->p_vaddr < ph->p_memsz) {
        image->entry = (uint32_t)(start + (entry - ph->p_vaddr));
    }
    image->low = MIN(image->low, start);
    image->high = MAX(image->high, start + ph->p_memsz);
}

static bool load_segment(ElfLoad *load, const Elf32_Phdr *ph, Error **errp)
{
    hwaddr start = load->translate ? load->translate(ph->p_paddr) : ph->p_paddr;
    if (!check_segment(load, ph, start, errp)) {
        return false;
    }
    const uint8_t *bytes = load->file->data + ph->p_offset;
    if (!address_space_poke(address_space_memory(), start, bytes, ph->p_filesz) ||
        !clear(start + ph->p_filesz, ph->p_memsz - ph->p_filesz)) {
        return error_setg(errp, "'%s' does not fit: there is no RAM at 0x%" PRIx64 " to 0x%" PRIx64,
                          load->path, start, start + ph->p_memsz);
    }
    return true;
}

static bool load_segments(ElfLoad *load, const Elf32_Ehdr *header, Error **errp)
{
    size_t count;
    const Elf32_Phdr *ph = elf32_getphdr(load->elf);
    if (elf_getphdrnum(load->elf, &count) != 0 || (count && !ph)) {
        return error_setg(errp, "'%s' is damaged: %s", load->path, elf_errmsg(-1));
    }
    *load->image = (ElfImage){.entry = header->e_entry, .low = UINT64_MAX};
    for (size_t i = 0; i < count; i++, ph++) {
        if (ph->p_type != PT_LOAD || !ph->p_memsz) {
            continue;
        }
        if (!load_segment(load, ph, errp)) {
            return false;
        }
        note_extent(load, ph, load->translate ? load->translate(ph->p_paddr) : ph->p_paddr,
                    header->e_entry);
    }
    return load->image->high || error_setg(errp, "'%s' has no segment to load", load->path);
}

bool loader_load_elf(const char *path, hwaddr (*translate)(hwaddr paddr), hwaddr limit,
                     ElfImage *image, Error **errp)
{
    g_autoptr(GByteArray) file = NULL;
    if (!loader_read_file(path, FILE_MAX, &file, errp)) {
        return false;
    }
    elf_version(EV_CURRENT);
    ElfLoad load = {
        .path = path,
        .translate = translate,
        .limit = limit,
        .elf = elf_memory((char *)file->data, file->len),
        .file = file,
        .image = image,
    };
    const Elf32_Ehdr *header = check_header(&load, errp);
    bool ok = header && load_segments(&load, header, errp);
    elf_end(load.elf);
    return ok;
}
