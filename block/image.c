/* SPDX-License-Identifier: MIT */
/*
 * Images by name, as -drive and `change` have them: the format if nobody says it, what the disk holds, and the
 * warning that a guessed format deserves.
 *
 * Source: QEMU's rule for images whose format was guessed (its manual, "format").
 */
#include "block/internal.h"
#include "block/probe.h"

/* The -blockdev text of it. */
static char *text_of(const BlockImage *image, const char *format)
{
    GString *text = g_string_new(NULL);
    bool only_reads = image->is_read_only || image->only_reads;
    block_put_option(text, "driver", format);
    block_put_option(text, "file.driver", block_driver_for_file(image->file)->name);
    block_put_option(text, "file.filename", image->file);
    block_put_option(text, "file.read-only", only_reads ? "on" : "off");
    block_put_option(text, "read-only", image->is_read_only ? "on" : "off");
    if (image->options) {
        g_string_append_printf(text, ",%s", image->options);
    }
    return g_string_free(text, false);
}

static bool check_format(const char *name, Error **errp)
{
    const BlockDriver *driver = block_driver_find(name, errp);
    return driver &&
           (driver->is_format || error_setg(errp, "format '%s' is a driver of -blockdev", name));
}

/* An NBD server shows the disk, whatever it keeps it in. */
static bool find_format(const BlockImage *image, const char **format, Error **errp)
{
    *format = image->format ? image->format : "raw";
    if (image->format) {
        return check_format(image->format, errp);
    }
    return block_is_nbd(image->file) || block_probe(image->file, format, errp);
}

/* A read that fails finds nothing out. */
static void look_inside(BlockNode *node, const char **advice)
{
    uint64_t size = MIN(node->length, BLOCK_CONTENTS_HEAD) / BLOCK_SECTOR * BLOCK_SECTOR;
    g_autofree uint8_t *head = g_malloc0(BLOCK_CONTENTS_HEAD);
    *advice = NULL;
    if (!size || block_node_read(node, 0, head, size) == 0) {
        node->contents = block_contents_of(head, size, node->length, advice);
    }
}

static void tell(const BlockImage *image, const BlockNode *node, const char *advice)
{
    const char *contents = node->contents ? node->contents : "nothing that is known";
    if (node->is_guessed && !node->is_read_only) {
        warn_report(
            "'%s': no format given, so it was guessed: raw, holding %s%s%s; what would make "
            "it look like another one cannot be written; format=raw says it",
            image->file, contents, advice ? "; " : "", advice ? advice : "");
    } else if (advice && !image->format) {
        warn_report("'%s': %s; %s", image->file, contents, advice);
    }
}

BlockNode *block_image_open(const BlockImage *image, Error **errp)
{
    const char *format, *advice;
    if (!find_format(image, &format, errp)) {
        return NULL;
    }
    g_autofree char *text = text_of(image, format);
    BlockNode *node = block_node_from_text(text, errp);
    if (node) {
        node->is_guessed = !image->format && node->driver == &block_raw_driver &&
                           !block_is_nbd(image->file);
        look_inside(node, &advice);
        tell(image, node, advice);
    }
    return node;
}
