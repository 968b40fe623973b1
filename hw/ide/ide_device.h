/* SPDX-License-Identifier: MIT */
/* What the bus does with the devices on it: bus (ide_bus.c) above, the abstract device (ide_device.c) below. */
#ifndef HW_IDE_IDE_DEVICE_H
#define HW_IDE_IDE_DEVICE_H

#include "hw/ide/ide.h"

IdeBus *ide_device_bus(const IdeDevice *dev);
/* After INTRQ, nIEN or the selection may have changed. */
void ide_bus_update_irq(IdeBus *bus);

/* One register, IDE_FEATURE to IDE_DEVICE_HEAD; the status is read, too, without a word to INTRQ. */
uint8_t ide_device_read(const IdeDevice *dev, IdeRegister reg);
void ide_device_write(IdeDevice *dev, IdeRegister reg, uint8_t value);
/* SRST begins and ends a reset. */
void ide_device_write_control(IdeDevice *dev, uint8_t value);
/* @dev is not occupied. */
void ide_device_command(IdeDevice *dev, uint8_t opcode);

/* In IDE_PIO_IN and IDE_PIO_OUT. */
uint16_t ide_device_read_data(IdeDevice *dev);
void ide_device_write_data(IdeDevice *dev, uint16_t word);
/* In IDE_DMA_IN and IDE_DMA_OUT: as much as the channel takes or gives. */
void ide_device_move_dma(IdeDevice *dev);

/* Between these BSY is set. */
void ide_device_begin_reset(IdeDevice *dev, IdeReset kind);
void ide_device_end_reset(IdeDevice *dev);
/* DEVICE RESET: that device alone, which stays selected. */
void ide_device_reset(IdeDevice *dev);

#endif
