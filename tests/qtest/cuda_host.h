/* SPDX-License-Identifier: MIT */
/* The host's side of the CUDA handshake, polled, as firmware does it. */
#ifndef TESTS_QTEST_CUDA_HOST_H
#define TESTS_QTEST_CUDA_HOST_H

#include "tests/qtest/qtest.h"

#define VIA_BASE UINT64_C(0x80016000)
enum { /* registers */
       B = 0x0000,
       A = 0x0200,
       DDRB = 0x0400,
       DDRA = 0x0600,
       T1CL = 0x0800,
       T1CH = 0x0a00,
       T1LL = 0x0c00,
       T1LH = 0x0e00,
       T2CL = 0x1000,
       T2CH = 0x1200,
       SR = 0x1400,
       ACR = 0x1600,
       PCR = 0x1800,
       IFR = 0x1a00,
       IER = 0x1c00,
       ANH = 0x1e00,
};
enum { IFR_CA1 = 0x02, IFR_SR = 0x04, IFR_T2 = 0x20, IFR_T1 = 0x40, IFR_ANY = 0x80 };
enum { ACR_OUT = 0x1c, ACR_IN = 0x0c };
enum { CUDA_TREQ = 0x08, CUDA_TACK = 0x10, CUDA_TIP = 0x20 };

uint8_t via_read(unsigned reg);
void via_write(unsigned reg, uint8_t value);
/* Let time pass until IFR[SR]; fails the test after 100 us. Clears nothing. */
void via_wait_sr(void);

/* via-cuda at VIA_BASE with keyboard and mouse. */
DeviceState *cuda_add(void);
/* Packets as text: "01 03". Send one; fetch what CUDA offers (fails if it offers nothing). */
void cuda_send(const char *packet);
char *cuda_receive(void);
/* Send @packet and expect @reply. */
void cuda_dialogue(const char *packet, const char *reply);
bool cuda_offers(void); /* TREQ */

/* Bytes of "01 0a"; returns how many. */
size_t hex_bytes(const char *text, uint8_t *bytes, size_t size);

#endif
