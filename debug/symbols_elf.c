/* SPDX-License-Identifier: MIT */
/*
 * Symbols of linked ELF files for 32-bit big-endian PowerPC: .symtab, or .dynsym where it was stripped.
 *
 * Source: System V ABI. Left out: undefined and absolute symbols, thread-local ones, names of sections
 * and source files. Not modelled: relocatable files, whose symbols have no addresses yet.
 */
#include "debug/internal.h"

#include <gelf.h>
#include <string.h>

bool symbols_elf_is(const SymbolFile *file)
{
    return file->size >= SELFMAG && memcmp(file->data, ELFMAG, SELFMAG) == 0;
}

static bool check_header(const SymbolFile *file, Elf *elf, Error **errp)
{
    size_t size;
    const char *ident = elf_getident(elf, &size);
    if (elf_kind(elf) != ELF_K_ELF || !ident || size < EI_NIDENT) {
        return error_setg(errp, "'%s' is truncated: its ELF header is not whole", file->path);
    }
    if (ident[EI_CLASS] != ELFCLASS32 || ident[EI_DATA] != ELFDATA2MSB) {
        return error_setg(errp, "'%s' is not a 32-bit big-endian ELF file", file->path);
    }
    const Elf32_Ehdr *header = elf32_getehdr(elf);
    if (!header) {
        return error_setg(errp, "'%s' is truncated or damaged: %s", file->path, elf_errmsg(-1));
    }
    if (header->e_machine != EM_PPC) {
        return error_setg(errp, "'%s' is not for PowerPC (ELF machine %u)", file->path,
                          header->e_machine);
    }
    return header->e_type == ET_EXEC || header->e_type == ET_DYN ||
           error_setg(errp, "'%s' is not linked (ELF type %u): its symbols have no addresses",
                      file->path, header->e_type);
}

typedef struct Reader {
    const SymbolFile *file;
    SymbolTable *table;
    Elf *elf;
    size_t section_names; /* section that holds them */
} Reader;

static bool is_wanted(const GElf_Sym *sym)
{
    unsigned type = GELF_ST_TYPE(sym->st_info);
    return sym->st_shndx != SHN_UNDEF && sym->st_shndx != SHN_ABS && sym->st_shndx != SHN_COMMON &&
           type != STT_SECTION && type != STT_FILE && type != STT_TLS;
}

static void add_symbol(const Reader *reader, const GElf_Sym *sym, const char *name)
{
    unsigned type = GELF_ST_TYPE(sym->st_info);
    GElf_Shdr header = {0};
    Elf_Scn *section = elf_getscn(reader->elf, sym->st_shndx);
    bool is_known = section && gelf_getshdr(section, &header);
    symbol_table_add(
        reader->table,
        &(Symbol){
            .name = name,
            .section = is_known ? elf_strptr(reader->elf, reader->section_names, header.sh_name)
                                : NULL,
            .addr = (uint32_t)sym->st_value + reader->file->offset,
            .size = (uint32_t)sym->st_size,
            .is_code = type == STT_FUNC || type == STT_GNU_IFUNC ||
                       (type == STT_NOTYPE && (header.sh_flags & SHF_EXECINSTR)),
            .is_global = GELF_ST_BIND(sym->st_info) != STB_LOCAL,
        });
}

static void read_table(const Reader *reader, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data ? data->d_size / sizeof(Elf32_Sym) : 0;
    for (size_t i = 1; i < MIN(count, G_MAXINT) && !reader->table->is_full; i++) {
        GElf_Sym sym;
        const char *name = NULL;
        if (gelf_getsym(data, (int)i, &sym) && is_wanted(&sym)) {
            name = elf_strptr(reader->elf, header->sh_link, sym.st_name);
        }
        if (name) {
            add_symbol(reader, &sym, name);
        }
    }
}

static void read_tables(const Reader *reader, GElf_Word type)
{
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(reader->elf, section))) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == type) {
            read_table(reader, section, &header);
        }
    }
}

/* How far the section .text is from where it shall be. */
static bool set_offset(const Reader *reader, SymbolFile *file, Error **errp)
{
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(reader->elf, section))) {
        GElf_Shdr header;
        const char *name = NULL;
        if (gelf_getshdr(section, &header)) {
            name = elf_strptr(reader->elf, reader->section_names, header.sh_name);
        }
        if (name && strcmp(name, ".text") == 0) {
            file->offset = file->text - (uint32_t)header.sh_addr;
            return true;
        }
    }
    return error_setg(errp, "'%s' has no section .text; use -o OFFSET", file->path);
}

bool symbols_elf_read(const SymbolFile *file, SymbolTable *table, Error **errp)
{
    elf_version(EV_CURRENT);
    SymbolFile moved = *file;
    Reader reader = {
        .file = &moved,
        .table = table,
        .elf = elf_memory((char *)file->data, file->size),
    };
    bool ok = check_header(file, reader.elf, errp);
    if (ok) {
        elf_getshdrstrndx(reader.elf, &reader.section_names);
        ok = !file->has_text || set_offset(&reader, &moved, errp);
    }
    if (ok) {
        read_tables(&reader, SHT_SYMTAB);
        if (table->symbols->len == 0) {
            read_tables(&reader, SHT_DYNSYM);
        }
        symbols_dwarf_read(reader.elf, &moved, table);
    }
    elf_end(reader.elf);
    return ok;
}
