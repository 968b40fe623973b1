/* SPDX-License-Identifier: MIT */
/* Between the two halves of the packet device: packets (atapi.c), the commands of ATA (atapi_command.c). */
#ifndef HW_IDE_ATAPI_H
#define HW_IDE_ATAPI_H

#include "hw/ide/ide.h"
#include "hw/scsi/scsi.h"

#define TYPE_IDE_CD "ide-cd"
OBJECT_DECLARE_SIMPLE_TYPE(IdeCd, IDE_CD)

typedef enum AtapiStage {
    ATAPI_IDLE,
    ATAPI_IDENTIFY, /* the host reads who this is */
    ATAPI_PACKET,   /* the host writes the command */
    ATAPI_DATA_OUT, /* ... and what belongs to it */
    ATAPI_RUNNING,  /* the unit has it */
    ATAPI_DATA_IN,  /* the host reads what the unit had to say */
    ATAPI_STAGES
} AtapiStage;

struct IdeCd {
    IdeDevice parent_obj;
    ScsiBus *bus;
    ScsiDevice *unit; /* does the commands */
    /* The command under way */
    uint8_t stage; /* AtapiStage */
    uint8_t cdb[SCSI_CDB_MAX];
    bool wants_dma;
    uint16_t byte_limit; /* of a DRQ block, as the host gave it */
    ScsiRequest *request;
    uint8_t *
        data; /* all that is sent to the unit or comes of it; the host has the first @data_at bytes */
    uint32_t data_length, data_at;

    ScsiSense sense;       /* of the command before, until the next one */
    uint8_t transfer_mode; /* of SET FEATURES; 0: none was chosen */
    bool is_in_standby;
    BlockConf conf; /* properties, for the unit */
};

void atapi_packet_command(IdeCd *s);
void atapi_identify_packet_device(IdeCd *s);
/* A command of ATA other than PACKET. */
void atapi_command(IdeCd *s, uint8_t opcode);

#endif
