/* SPDX-License-Identifier: MIT */
/*
 * Host folders for guests: -fsdev and -virtfs. Each has a name that a device's fsdev property gives.
 *
 * Context: main thread while the machine is being built; afterwards nothing changes.
 */
#ifndef HW_VIRTIO_FSDEV_H
#define HW_VIRTIO_FSDEV_H

#include "hw/virtio/p9_folder.h"

/* "local,id=ID,path=DIR,security_model=MODEL,..." */
bool fsdev_add(const char *text, Error **errp);
/* "local,path=DIR,mount_tag=TAG,...": the same, and a text for -device with the machine's others. */
bool fsdev_add_virtfs(const char *text, Error **errp);
/* The run is a replay: the folders that follow need not be there. */
void fsdev_expect_replay(void);
/* NULL if there is none. */
const P9FolderConfig *fsdev_find(const char *id);

#endif
