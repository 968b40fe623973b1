/* SPDX-License-Identifier: MIT */
/*
 * The 6522 VIA that the Mac's CUDA and PMU sit behind: abstract type "mos6522".
 *
 * A subclass plays the chip on port B and the shift register. Context: machine thread.
 */
#ifndef HW_MISC_VIA6522_H
#define HW_MISC_VIA6522_H

#include "hw/core/sysbus.h"
#include "time/clock.h"

#define TYPE_MOS6522 "mos6522"
OBJECT_DECLARE_TYPE(Via6522, Via6522Class, MOS6522)

enum { /* bits of IFR and IER */
       VIA_CA2 = 0x01,
       VIA_CA1 = 0x02,
       VIA_SR = 0x04,
       VIA_CB2 = 0x08,
       VIA_CB1 = 0x10,
       VIA_T2 = 0x20,
       VIA_T1 = 0x40,
       VIA_IRQ = 0x80,
};
enum { VIA_ACR_SHIFT_OUT = 0x10 };

/* A counter that had the value @loaded at tick @load_tick of 783360 Hz. */
typedef struct ViaTimer {
    Via6522 *via;
    Timer timer;  /* runs when the flag is to rise; idle while it is up */
    uint8_t flag; /* VIA_T1 or VIA_T2 */
    uint16_t latch, loaded;
    uint64_t load_tick;
    bool is_pending; /* loaded and not yet run out */
} ViaTimer;

struct Via6522 {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    IrqLine *irq;
    uint8_t b, a, ddrb, ddra, sr, acr, pcr, ifr, ier;
    ViaTimer t1, t2;
};

struct Via6522Class {
    SysBusDeviceClass parent_class;
    /* The guest stored to port B; @via->b holds the result and may be changed. */
    void (*port_b_written)(Via6522 *via);
};

extern const VMStateDescription vmstate_via6522;

/* For the subclass's own realize, unrealize, reset (registers to reset values, port B 0) and info. */
void via6522_realize(Via6522 *via);
void via6522_unrealize(Via6522 *via);
void via6522_reset(Via6522 *via);
void via6522_info(Via6522 *via, GString *out);
/* The shift register is full or empty: IFR[SR]. */
void via6522_raise_sr(Via6522 *via);

/* "01 0a ff" for traces, in @text (as much as fits); returns @text. */
const char *via6522_hex(char *text, size_t size, const uint8_t *data, size_t length);

#endif
