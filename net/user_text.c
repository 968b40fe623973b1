/* SPDX-License-Identifier: MIT */
/*
 * Texts of user networking: rules for ports, addresses.
 *
 * Source: QEMU's dialect: hostfwd=[tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT,
 * guestfwd=[tcp]:SERVER:PORT-TARGET.
 */
#include "net/internal.h"

#include <arpa/inet.h>
#include <string.h>

bool ipv4_parse(const char *text, uint32_t *addr, Error **errp)
{
    struct in_addr parsed;
    if (inet_pton(AF_INET, text, &parsed) != 1) {
        return error_setg(errp, "'%s' is not an IPv4 address", text);
    }
    *addr = parsed.s_addr;
    return true;
}

/* Of networks without a prefix: by class, as of old. */
static uint32_t default_mask(uint32_t addr)
{
    uint32_t host = ntohl(addr);
    if (!(host & UINT32_C(0x80000000))) {
        return htonl(0xff000000);
    }
    return htonl(host >> 29 == 6 ? 0xffffff00 : host >> 28 >= 14 ? 0xf0000000 : 0xffff0000);
}

static bool parse_mask(const char *text, uint32_t *mask, Error **errp)
{
    uint64_t bits;
    if (strchr(text, '.')) {
        return ipv4_parse(text, mask, errp);
    }
    if (!parse_number(text, &bits, NULL) || bits < 4 || bits > 32) {
        return error_setg(errp, "'%s' is not a prefix of 4 to 32 bits", text);
    }
    *mask = htonl((uint32_t)(UINT64_C(0xffffffff) << (32 - bits)));
    return true;
}

bool ipv4_net_parse(const char *text, uint32_t *net, uint32_t *mask, Error **errp)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    if (!ipv4_parse(parts[0] ? parts[0] : "", net, errp)) {
        return false;
    }
    *mask = default_mask(*net);
    return !parts[1] || parse_mask(parts[1], mask, errp);
}

static bool parse_port(const char *text, uint16_t *port, Error **errp)
{
    uint64_t number;
    if (!g_ascii_isdigit(*text) || !parse_number(text, &number, NULL) || number > 65535) {
        return error_setg(errp, "'%s' is not a port", text);
    }
    *port = (uint16_t)number;
    return true;
}

/* "ADDR:PORT"; an empty address is 0. */
static bool parse_end(const char *text, uint32_t *addr, uint16_t *port, Error **errp)
{
    const char *colon = strrchr(text, ':');
    if (!colon) {
        return error_setg(errp, "expected ADDRESS:PORT, not '%s'", text);
    }
    g_autofree char *host = g_strndup(text, (gsize)(colon - text));
    *addr = 0;
    return (!*host || ipv4_parse(host, addr, errp)) && parse_port(colon + 1, port, errp);
}

/* Skips "tcp:", "udp:" or ":"; NULL: none of them. */
static const char *skip_protocol(const char *text, bool *is_udp)
{
    *is_udp = g_str_has_prefix(text, "udp:");
    if (*is_udp || g_str_has_prefix(text, "tcp:")) {
        return text + 4;
    }
    return *text == ':' ? text + 1 : NULL;
}

bool hostfwd_parse_host(const char *text, HostForward *rule, Error **errp)
{
    ERRP_GUARD();
    *rule = (HostForward){0};
    const char *rest = skip_protocol(text, &rule->is_udp);
    bool ok = rest ? parse_end(rest, &rule->host_addr, &rule->host_port, errp)
                   : error_setg(errp, "expected tcp: or udp:");
    if (!ok) {
        error_prepend(errp, "invalid host forwarding rule '%s': ", text);
    }
    return ok;
}

bool hostfwd_parse(const char *text, HostForward *rule, Error **errp)
{
    ERRP_GUARD();
    const char *dash = strchr(text, '-');
    *rule = (HostForward){0};
    if (!dash) {
        return error_setg(errp,
                          "invalid host forwarding rule '%s': expected "
                          "[tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT",
                          text);
    }
    g_autofree char *host = g_strndup(text, (gsize)(dash - text));
    if (!hostfwd_parse_host(host, rule, errp)) {
        return false;
    }
    bool ok = parse_end(dash + 1, &rule->guest_addr, &rule->guest_port, errp) &&
              (rule->guest_port || error_setg(errp, "port 0 of the guest"));
    if (!ok) {
        error_prepend(errp, "invalid host forwarding rule '%s': ", text);
    }
    return ok;
}

bool guestfwd_parse(const char *text, GuestForward *rule, Error **errp)
{
    ERRP_GUARD();
    const char *dash = strchr(text, '-');
    bool is_udp;
    *rule = (GuestForward){0};
    const char *rest = skip_protocol(text, &is_udp);
    if (!dash || !rest || rest > dash || is_udp || !dash[1]) {
        return error_setg(
            errp, "invalid guest forwarding rule '%s': expected [tcp]:SERVER:PORT-TARGET", text);
    }
    g_autofree char *server = g_strndup(rest, (gsize)(dash - rest));
    if (!parse_end(server, &rule->addr, &rule->port, errp)) {
        error_prepend(errp, "invalid guest forwarding rule '%s': ", text);
        return false;
    }
    rule->target = g_strdup(dash + 1);
    return true;
}

bool net_address_parse(const char *text, char **host, uint16_t *port, Error **errp)
{
    const char *colon = strrchr(text, ':');
    if (!colon) {
        return error_setg(errp, "expected HOST:PORT, not '%s'", text);
    }
    if (!parse_port(colon + 1, port, errp)) {
        return false;
    }
    *host = colon > text ? g_strndup(text, (gsize)(colon - text)) : NULL;
    return true;
}
