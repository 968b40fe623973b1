/* SPDX-License-Identifier: MIT */
/*
 * Ethernet addresses: text, and the default ones.
 *
 * Source: QEMU's dialect; its default addresses begin with 52:54:00:12:34:56.
 */
#include "net/internal.h"

#include <string.h>

enum { MAC_TEXT = 17 };

static bool is_mac(const char *text)
{
    if (strlen(text) != MAC_TEXT) {
        return false;
    }
    for (unsigned i = 0; i < MAC_TEXT; i++) {
        bool is_good = i % 3 == 2 ? text[i] == text[2] && strchr(":-", text[i])
                                  : g_ascii_isxdigit(text[i]);
        if (!is_good) {
            return false;
        }
    }
    return true;
}

bool mac_parse(const char *text, MACAddr *mac, Error **errp)
{
    if (!is_mac(text)) {
        return error_setg(errp, "'%s' is not an Ethernet address such as 52:54:00:12:34:56", text);
    }
    for (unsigned i = 0; i < 6; i++) {
        mac->a[i] = (uint8_t)(g_ascii_xdigit_value(text[3 * i]) << 4 |
                              g_ascii_xdigit_value(text[3 * i + 1]));
    }
    if (mac->a[0] & 1) {
        return error_setg(errp, "'%s' is a multicast address", text);
    }
    return true;
}

char *mac_print(const MACAddr *mac)
{
    const uint8_t *a = mac->a;
    return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5]);
}

static bool is_taken(const NetCore *core, const MACAddr *mac)
{
    for (guint i = 0; i < core->nics->len; i++) {
        if (memcmp(nic_mac(g_ptr_array_index(core->nics, i)), mac, sizeof(*mac)) == 0) {
            return true;
        }
    }
    return false;
}

MACAddr net_default_mac(void)
{
    const NetCore *core = net_core();
    MACAddr mac = {{0x52, 0x54, 0x00, 0x12, 0x34, 0x56}};
    for (unsigned n = 0; n < 256 && is_taken(core, &mac); n++) {
        mac.a[5]++;
    }
    return mac;
}
