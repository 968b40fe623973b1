/* SPDX-License-Identifier: MIT */
/*
 * The source files behind lines: where they are searched, their text, and which one the user looks at.
 *
 * Context: token holder.
 */
#ifndef DEBUG_SOURCES_H
#define DEBUG_SOURCES_H

#include "debug/symbols.h"

typedef struct DebugSources DebugSources;

/* A file, and a line of it. */
typedef struct SourcePlace {
    const char *file, *directory; /* as in SourceLine; @file NULL: none */
    unsigned line;
} SourcePlace;

/* What `list` has shown. */
typedef struct SourceListing {
    SourcePlace place; /* .line: the first line */
    unsigned last;     /* the last line */
    uint32_t pc;       /* of the processor meanwhile: when it has moved, the listing is over */
} SourceListing;

DebugSources *debug_sources_new(void);
void debug_sources_free(DebugSources *sources);

/* Searched first, from now on; files that were read are searched again. */
void debug_sources_add_directory(DebugSources *sources, const char *directory);
/* Back to where the compiler ran ($cdir) and where we run ($cwd). */
void debug_sources_reset_directories(DebugSources *sources);
/* "/src:$cdir:$cwd"; free with g_free(). */
char *debug_sources_directories(const DebugSources *sources);

/* Lines of the file, without their ends, fit for a terminal. NULL: not found or no text. Lent until
 * the directories change. */
const GPtrArray *debug_sources_text(DebugSources *sources, const SourcePlace *place, Error **errp);

/* Copied. */
void debug_sources_set_listing(DebugSources *sources, const SourceListing *listing);
/* Its texts are lent; .place.file is NULL before the first one. */
SourceListing debug_sources_listing(const DebugSources *sources);

#endif
