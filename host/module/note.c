// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads note and struct head out of an ELF file's bytes. Every offset of the file is checked before it is followed.
#include "module/note.h"

#include <assert.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include "module/check.h"

static_assert(offsetof(struct module_head, setting_size) == offsetof(struct inferd_module, setting_size) &&
                  sizeof(struct module_head) == offsetof(struct inferd_module, name),
              "module_head is the head of inferd_module");

#if __SIZEOF_POINTER__ == 8
#define NATIVE_CLASS ELFCLASS64
#else
#define NATIVE_CLASS ELFCLASS32
#endif
#define NATIVE_DATA (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

struct file {
    const uint8_t *data;
    size_t len;
    ElfW(Ehdr) header;
};

static bool fail(char *error, size_t size, const char *why)
{
    snprintf(error, size, "not a module: %s", why);
    return false;
}

// Copies 'n' bytes at 'offset'; false where the file ends before.
static bool get(const struct file *file, uint64_t offset, void *out, size_t n)
{
    if (offset > file->len || n > file->len - offset)
        return false;
    memcpy(out, file->data + offset, n);
    return true;
}

static bool get_segment(const struct file *file, unsigned index, ElfW(Phdr) * segment)
{
    return file->header.e_phentsize == sizeof *segment && index < file->header.e_phnum &&
           file->header.e_phoff <= file->len &&
           get(file, file->header.e_phoff + (uint64_t)index * sizeof *segment, segment, sizeof *segment);
}

static bool get_section(const struct file *file, unsigned index, ElfW(Shdr) * section)
{
    return file->header.e_shentsize == sizeof *section && index < file->header.e_shnum &&
           file->header.e_shoff <= file->len &&
           get(file, file->header.e_shoff + (uint64_t)index * sizeof *section, section, sizeof *section);
}

static bool read_header(struct file *file, char *error, size_t size)
{
    ElfW(Ehdr) *h = &file->header;

    if (!get(file, 0, h, sizeof *h) || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
        return fail(error, size, "no shared object (ELF file)");
    if (h->e_ident[EI_CLASS] != NATIVE_CLASS || h->e_ident[EI_DATA] != NATIVE_DATA)
        return fail(error, size, "a shared object for another machine");
    if (h->e_type != ET_DYN)
        return fail(error, size, "an ELF file, but no shared object");
    return true;
}

// The dynamic linker maps what the segments say and dies of SIGBUS where the file ends before.
static bool check_whole(const struct file *file, char *error, size_t size)
{
    ElfW(Phdr) segment;
    unsigned i;

    for (i = 0; get_segment(file, i, &segment); i++)
        if (segment.p_type == PT_LOAD &&
            (segment.p_offset > file->len || segment.p_filesz > file->len - segment.p_offset))
            return fail(error, size, "the file is cut short");
    return i == file->header.e_phnum || fail(error, size, "the file is cut short");
}

// Takes "<major>.<minor> <name> <version>" apart.
static bool parse_description(const char *text, struct module_note *note)
{
    int end = -1;

    return sscanf(text, "%5u.%5u %63s %63s%n", &note->abi_major, &note->abi_minor, note->name, note->version, &end) ==
               4 &&
           end >= 0 && text[end] == '\0';
}

// Looks through the notes of one segment: 1 found, 0 not there, -1 there but garbled.
static int find_note(const struct file *file, const ElfW(Phdr) * segment, struct module_note *note)
{
    uint64_t align = segment->p_align == 8 ? 8 : 4, at = segment->p_offset, left = segment->p_filesz;
    ElfW(Nhdr) header;

    while (left >= sizeof header && get(file, at, &header, sizeof header)) {
        uint64_t name = at + sizeof header;
        uint64_t description = at + ((sizeof header + (uint64_t)header.n_namesz + align - 1) & ~(align - 1));
        uint64_t next = (description - at + header.n_descsz + align - 1) & ~(align - 1);
        char text[160] = "", owner[sizeof INFERD_NOTE_NAME] = "";

        if (header.n_type == INFERD_NOTE_TYPE && header.n_namesz == sizeof owner &&
            get(file, name, owner, sizeof owner) && memcmp(owner, INFERD_NOTE_NAME, sizeof owner) == 0) {
            if (header.n_descsz >= sizeof text || !get(file, description, text, header.n_descsz))
                return -1;
            return parse_description(text, note) ? 1 : -1;
        }
        if (next > left)
            break;
        at += next;
        left -= next;
    }
    return 0;
}

static bool read_note(const struct file *file, struct module_note *note, char *error, size_t size)
{
    ElfW(Phdr) segment;

    for (unsigned i = 0; get_segment(file, i, &segment); i++) {
        int found = segment.p_type == PT_NOTE ? find_note(file, &segment, note) : 0;

        if (found < 0)
            return fail(error, size, "its ELF note of inferd is garbled; write it with INFERD_MODULE()");
        if (found > 0)
            return true;
    }
    return fail(error, size, "it has no ELF note of inferd; a module ends with INFERD_MODULE(), see <inferd/module.h>");
}

// Finds the exported symbol's address in one symbol table.
static bool find_symbol(const struct file *file, const ElfW(Shdr) * symbols, ElfW(Addr) * address)
{
    static const char wanted[] = INFERD_MODULE_SYMBOL;
    ElfW(Shdr) strings;
    ElfW(Sym) symbol;
    uint64_t count = symbols->sh_size / sizeof symbol;

    if (symbols->sh_entsize != sizeof symbol || !get_section(file, symbols->sh_link, &strings))
        return false;
    for (uint64_t i = 0; i < count && get(file, symbols->sh_offset + i * sizeof symbol, &symbol, sizeof symbol); i++) {
        char name[sizeof wanted];

        if (symbol.st_shndx == SHN_UNDEF || symbol.st_name > strings.sh_size ||
            !get(file, strings.sh_offset + symbol.st_name, name, sizeof name) || memcmp(name, wanted, sizeof name) != 0)
            continue;
        *address = symbol.st_value;
        return true;
    }
    return false;
}

// Reads bytes that will be at an address once the file is loaded, as they are in the file.
static bool get_loaded(const struct file *file, ElfW(Addr) address, void *out, size_t n)
{
    ElfW(Phdr) segment;

    for (unsigned i = 0; get_segment(file, i, &segment); i++) {
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr)
            continue;
        if (address - segment.p_vaddr <= segment.p_filesz && n <= segment.p_filesz - (address - segment.p_vaddr))
            return get(file, segment.p_offset + (address - segment.p_vaddr), out, n);
    }
    return false;
}

static bool read_head(const struct file *file, struct module_head *head, char *error, size_t size)
{
    ElfW(Shdr) section;
    ElfW(Addr) address;

    for (unsigned i = 0; get_section(file, i, &section); i++) {
        if (section.sh_type != SHT_DYNSYM || !find_symbol(file, &section, &address))
            continue;
        if (!get_loaded(file, address, head, sizeof *head))
            return fail(error, size, "its symbol " INFERD_MODULE_SYMBOL " is no initialised data");
        return true;
    }
    return fail(error, size,
                "it doesn't export the symbol " INFERD_MODULE_SYMBOL "; a module ends with INFERD_MODULE()");
}

bool module_note_read(const uint8_t *data, size_t len, struct module_note *note, char *error, size_t size)
{
    struct file file = {.data = data, .len = len};

    memset(note, 0, sizeof *note);
    return read_header(&file, error, size) && check_whole(&file, error, size) && read_note(&file, note, error, size) &&
           read_head(&file, &note->head, error, size);
}

bool module_head_accepts(const struct module_head *head, char *error, size_t size)
{
    if (head->magic != INFERD_MODULE_MAGIC) {
        snprintf(error, size,
                 "its symbol " INFERD_MODULE_SYMBOL " begins with 0x%08x instead of 0x%08x: not made by "
                 "INFERD_MODULE() of <inferd/module.h>",
                 head->magic, INFERD_MODULE_MAGIC);
        return false;
    }
    if (head->abi_major == INFERD_ABI_MAJOR && head->abi_minor <= INFERD_ABI_MINOR)
        return true;
    snprintf(error, size, "it was built for ABI %u.%u, this inferd has ABI " MODULE_ABI ": %s", head->abi_major,
             head->abi_minor,
             head->abi_major < INFERD_ABI_MAJOR ? "build it with this inferd's SDK"
                                                : "build it with this inferd's SDK, or update inferd");
    return false;
}

bool module_note_accepts(const struct module_note *note, char *error, size_t size)
{
    struct module_head said = note->head;

    if (!module_head_accepts(&note->head, error, size))
        return false;
    if (note->abi_major > UINT16_MAX || note->abi_minor > UINT16_MAX)
        return fail(error, size, "its ELF note of inferd is garbled; write it with INFERD_MODULE()");
    said.abi_major = (uint16_t)note->abi_major;
    said.abi_minor = (uint16_t)note->abi_minor;
    if (!module_head_accepts(&said, error, size))
        return false;
    if (said.abi_major == note->head.abi_major && said.abi_minor == note->head.abi_minor)
        return true;
    snprintf(error, size, "its ELF note says ABI %u.%u, its struct %u.%u: make both with one INFERD_MODULE()",
             said.abi_major, said.abi_minor, note->head.abi_major, note->head.abi_minor);
    return false;
}
