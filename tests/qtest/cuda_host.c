/* SPDX-License-Identifier: MIT */
/* The host's side of the CUDA handshake. */
#include "tests/qtest/cuda_host.h"

#include "hw/input/adb.h"

#include <criterion/criterion.h>

enum { PACKET_MAX = 160 };

size_t hex_bytes(const char *text, uint8_t *bytes, size_t size)
{
    size_t count = 0;
    char *end;

    for (; *text; text = end) {
        unsigned long byte = strtoul(text, &end, 16);
        cr_assert(end != text && count < size, "bad bytes '%s'", text);
        bytes[count++] = (uint8_t)byte;
        end += strspn(end, " ");
    }
    return count;
}

uint8_t via_read(unsigned reg) { return qtest_readb(VIA_BASE + reg); }

void via_write(unsigned reg, uint8_t value) { qtest_writeb(VIA_BASE + reg, value); }

void via_wait_sr(void)
{
    for (unsigned us = 0; us < 100; us++) {
        if (via_read(IFR) & IFR_SR) {
            return;
        }
        qtest_clock_step(1000);
    }
    cr_assert_fail("no shift register flag");
}

DeviceState *cuda_add(void)
{
    DeviceState *dev = qtest_add("via-cuda", VIA_BASE);

    adb_bus_add_default_devices(ADB_BUS(qdev_get_child_bus(dev, "adb.0")), &error_abort);
    return dev;
}

bool cuda_offers(void) { return !(via_read(B) & CUDA_TREQ); }

void cuda_send(const char *packet)
{
    uint8_t bytes[PACKET_MAX];
    size_t count = hex_bytes(packet, bytes, sizeof(bytes));

    via_write(ACR, ACR_OUT);
    for (size_t i = 0; i < count; i++) {
        via_write(SR, bytes[i]);
        via_write(B, i ? via_read(B) ^ CUDA_TACK : via_read(B) & ~CUDA_TIP);
        via_wait_sr();
        via_write(IFR, IFR_SR);
    }
    via_write(ACR, ACR_IN);
    via_read(SR);
    via_write(B, via_read(B) | CUDA_TIP | CUDA_TACK);
    via_wait_sr();
}

char *cuda_receive(void)
{
    GString *text = g_string_new(NULL);

    cr_assert(cuda_offers(), "CUDA offers no packet");
    via_read(SR);
    via_write(B, via_read(B) & ~CUDA_TIP);
    for (bool is_last = false; !is_last; via_write(B, via_read(B) ^ CUDA_TACK)) {
        via_wait_sr();
        is_last = !cuda_offers();
        g_string_append_printf(text, "%s%02x", text->len ? " " : "", via_read(SR));
        if (is_last) {
            break;
        }
    }
    via_write(B, via_read(B) | CUDA_TIP | CUDA_TACK);
    via_wait_sr();
    via_read(SR);
    cr_assert_eq(via_read(B), 0x38, "not idle after a packet: %02x", via_read(B));
    return g_string_free(text, false);
}

void cuda_dialogue(const char *packet, const char *reply)
{
    cuda_send(packet);
    g_autofree char *text = cuda_receive();
    cr_assert_str_eq(text, reply, "%s -> %s, expected %s", packet, text, reply);
}
