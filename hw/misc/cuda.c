/* SPDX-License-Identifier: MIT */
/*
 * CUDA: the microcontroller behind the VIA that has the ADB, the clock chip and the power switch.
 *
 * Source: mac99.md 6.2 and 6.3; macosx.md 4.7. Region: 0, the VIA's 0x2000 bytes. Lines out:
 * "sysbus-irq"[0], the VIA's interrupt. Bus "adb.0". Not modelled: 6805 memory, XPRAM, I2C (answered
 * with error packets), timed power-on, the file-server flag, power messages (accepted, logged).
 */
#include "hw/core/machine.h"
#include "hw/input/adb.h"
#include "hw/misc/mac_rtc.h"
#include "hw/misc/via6522.h"
#include "util/bits.h"
#include "util/log.h"
#include "util/trace.h"

#define TYPE_VIA_CUDA "via-cuda"
OBJECT_DECLARE_SIMPLE_TYPE(ViaCuda, VIA_CUDA)

/* Port B, active low: CUDA has data; the host took or gave a byte (toggles); transaction. */
enum { TREQ = 0x08, TACK = 0x10, TIP = 0x20, IDLE = TREQ | TACK | TIP };
enum { PACKET_ADB, PACKET_CUDA, PACKET_ERROR };
enum { STATUS_OK = 0x00, STATUS_SILENT = 0x02, STATUS_POLLED = 0x40 };
enum { ERROR_UNKNOWN = 2, ERROR_PARAMETERS = 5 };
enum { PACKET_MAX = 128, HEADER_MAX = 3, REPLY_MAX = 16 };
/* Between the edge on port B and the shift register's flag. Real CUDAs are slower; Mac OS is upset by
 * one that takes no time at all. */
enum { SHIFT_NS = 20000 };

struct ViaCuda {
    Via6522 parent_obj;
    AdbBus adb;
    Timer shift_timer;
    uint8_t last_b; /* port B after the last access; its TREQ is what CUDA drives */
    uint8_t host_packet[PACKET_MAX];
    uint8_t host_length;
    uint8_t reply[REPLY_MAX];
    uint8_t reply_length, reply_index; /* the host has fetched up to index */
    uint32_t rtc_difference;
};

/* --- towards the host ---------------------------------------------------------------------------- */

static void trace_packet(bool is_reply, const uint8_t *data, size_t length)
{
    char text[3 * PACKET_MAX + 1];
    via6522_hex(text, sizeof(text), data, length);
    if (is_reply) {
        TRACE(cuda_packet_send, "%s", text);
    } else {
        TRACE(cuda_packet_receive, "%s", text);
    }
}

static bool has_reply(const ViaCuda *s) { return s->reply_index < s->reply_length; }

static void set_treq(ViaCuda *s, bool has_data)
{
    Via6522 *via = &s->parent_obj;
    via->b = (uint8_t)(has_data ? via->b & ~TREQ : via->b | TREQ);
    s->last_b = via->b;
}

/* One flag for all that happens within the delay: Mac OS X panics on a second one. macosx.md 4.7 */
static void flag_soon(ViaCuda *s)
{
    timer_mod_ns(&s->shift_timer, clock_virtual_ns(s->shift_timer.clock) + SHIFT_NS);
}

static void shifted(void *opaque)
{
    ViaCuda *s = opaque;
    via6522_raise_sr(&s->parent_obj);
}

static void send_packet(ViaCuda *s, const uint8_t *packet, size_t length)
{
    g_assert(length <= sizeof(s->reply));
    trace_packet(true, packet, length);
    memcpy(s->reply, packet, length);
    s->reply_length = (uint8_t)length;
    s->reply_index = 0;
    set_treq(s, true);
    flag_soon(s);
}

static void send_error(ViaCuda *s, uint8_t error, uint8_t type, uint8_t command)
{
    send_packet(s, (uint8_t[]){PACKET_ERROR, error, type, command}, 4);
}

/* --- CUDA's own commands ------------------------------------------------------------------------- */

typedef struct CudaCommand CudaCommand;
struct CudaCommand {
    uint8_t code, arguments;
    const char *name;
    /* Appends to the reply after its three bytes: returns how many, or BAD_PARAMETERS. */
    int (*run)(ViaCuda *s, const CudaCommand *command, const uint8_t *in, uint8_t *out);
};
enum { BAD_PARAMETERS = -1 };

static int set_autopoll(ViaCuda *s, const CudaCommand *command G_GNUC_UNUSED, const uint8_t *in,
                        uint8_t *out G_GNUC_UNUSED)
{
    adb_bus_set_autopoll(&s->adb, in[0] != 0);
    return 0;
}

static int get_time(ViaCuda *s, const CudaCommand *command G_GNUC_UNUSED,
                    const uint8_t *in G_GNUC_UNUSED, uint8_t *out)
{
    stl_be_p(out, mac_rtc_read(s->rtc_difference));
    return 4;
}

static int set_time(ViaCuda *s, const CudaCommand *command G_GNUC_UNUSED, const uint8_t *in,
                    uint8_t *out G_GNUC_UNUSED)
{
    s->rtc_difference = mac_rtc_difference(ldl_be_p(in));
    return 0;
}

static int power_off(ViaCuda *s G_GNUC_UNUSED, const CudaCommand *command G_GNUC_UNUSED,
                     const uint8_t *in G_GNUC_UNUSED, uint8_t *out G_GNUC_UNUSED)
{
    machine_request_poweroff();
    return 0;
}

static int reset_machine(ViaCuda *s G_GNUC_UNUSED, const CudaCommand *command G_GNUC_UNUSED,
                         const uint8_t *in G_GNUC_UNUSED, uint8_t *out G_GNUC_UNUSED)
{
    machine_request_reset();
    return 0;
}

static int set_autopoll_rate(ViaCuda *s, const CudaCommand *command G_GNUC_UNUSED,
                             const uint8_t *in, uint8_t *out G_GNUC_UNUSED)
{
    if (!in[0]) {
        return BAD_PARAMETERS;
    }
    adb_bus_set_rate(&s->adb, in[0]);
    return 0;
}

static int set_device_list(ViaCuda *s, const CudaCommand *command G_GNUC_UNUSED, const uint8_t *in,
                           uint8_t *out G_GNUC_UNUSED)
{
    adb_bus_set_mask(&s->adb, lduw_be_p(in));
    return 0;
}

static int accept(ViaCuda *s G_GNUC_UNUSED, const CudaCommand *command,
                  const uint8_t *in G_GNUC_UNUSED, uint8_t *out G_GNUC_UNUSED)
{
    log_unimp(TYPE_VIA_CUDA, command->code, "%s has no effect", command->name);
    return 0;
}

static const CudaCommand commands[] = {
    {0x01, 1, "autopoll", set_autopoll},
    {0x03, 0, "get time", get_time},
    {0x09, 4, "set time", set_time},
    {0x0a, 0, "power off", power_off},
    {0x0b, 4, "set power-up time", accept},
    {0x11, 0, "reset", reset_machine},
    {0x13, 1, "file-server flag", accept},
    {0x14, 1, "set autopoll rate", set_autopoll_rate},
    {0x19, 2, "set device list", set_device_list},
    {0x21, 1, "power messages", accept},
};

static const CudaCommand *find_command(uint8_t code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].code == code) {
            return &commands[i];
        }
    }
    return NULL;
}

static void run_cuda_packet(ViaCuda *s, const uint8_t *packet, size_t length)
{
    uint8_t code = length > 1 ? packet[1] : 0;
    const CudaCommand *command = find_command(code);
    uint8_t reply[REPLY_MAX] = {PACKET_CUDA, STATUS_OK, code};
    if (!command) {
        log_unimp(TYPE_VIA_CUDA, code, "command 01 %02x is not known", code);
        send_error(s, ERROR_UNKNOWN, PACKET_CUDA, code);
        return;
    }
    int extra = length == 2u + command->arguments
                    ? command->run(s, command, packet + 2, reply + HEADER_MAX)
                    : BAD_PARAMETERS;
    if (extra == BAD_PARAMETERS) {
        log_guest_error(TYPE_VIA_CUDA, code, "%s with bad parameters, %zu bytes", command->name,
                        length - 2);
        send_error(s, ERROR_PARAMETERS, PACKET_CUDA, code);
        return;
    }
    send_packet(s, reply, HEADER_MAX + (size_t)extra);
}

/* --- ADB ----------------------------------------------------------------------------------------- */

/* The answer takes the place of the command byte. */
static void run_adb_packet(ViaCuda *s, const uint8_t *packet, size_t length)
{
    uint8_t reply[2 + ADB_DATA_MAX] = {PACKET_ADB, STATUS_OK};
    if (length < 2) {
        log_guest_error(TYPE_VIA_CUDA, 0, "ADB packet without a command");
        send_error(s, ERROR_PARAMETERS, PACKET_ADB, 0);
        return;
    }
    int count = adb_bus_request(&s->adb, packet + 1, length - 1, reply + 2);
    if (count > 0) {
        send_packet(s, reply, 2 + (size_t)count);
        return;
    }
    reply[1] = count == ADB_NO_ANSWER ? STATUS_SILENT : STATUS_OK;
    reply[2] = packet[1];
    send_packet(s, reply, 3);
}

/* Nothing under way, and the host has seen the end of the last transaction. */
static bool is_idle(const ViaCuda *s)
{
    const Via6522 *via = &s->parent_obj;
    return (via->b & IDLE) == IDLE && !has_reply(s) && !timer_pending(&s->shift_timer) &&
           !(via->ifr & VIA_SR);
}

static void poll_adb(void *opaque)
{
    ViaCuda *s = opaque;
    uint8_t packet[2 + ADB_POLL_MAX] = {PACKET_ADB, STATUS_POLLED};
    size_t count = is_idle(s) ? adb_bus_poll(&s->adb, packet + 2) : 0;
    if (count) {
        send_packet(s, packet, 2 + count);
    }
}

/* --- the handshake on port B --------------------------------------------------------------------- */

static void run_packet(ViaCuda *s)
{
    size_t length = s->host_length;
    s->host_length = 0;
    trace_packet(false, s->host_packet, length);
    switch (s->host_packet[0]) {
    case PACKET_ADB:
        run_adb_packet(s, s->host_packet, length);
        break;
    case PACKET_CUDA:
        run_cuda_packet(s, s->host_packet, length);
        break;
    default:
        log_unimp(TYPE_VIA_CUDA, s->host_packet[0], "packet of type %u, no reply",
                  s->host_packet[0]);
    }
}

static void take_byte(ViaCuda *s)
{
    if (s->host_length < PACKET_MAX) {
        s->host_packet[s->host_length++] = s->parent_obj.sr;
    } else {
        log_guest_error(TYPE_VIA_CUDA, 0, "packet of more than %d bytes", PACKET_MAX);
    }
    flag_soon(s);
}

/* TREQ rises with the last byte: that is how the host knows. */
static void give_byte(ViaCuda *s)
{
    if (!has_reply(s)) {
        log_guest_error(TYPE_VIA_CUDA, 1, "the host reads, but there is no packet");
        return;
    }
    s->parent_obj.sr = s->reply[s->reply_index++];
    set_treq(s, has_reply(s));
    flag_soon(s);
}

/*
 * The host that sent one byte and then saw TREQ has backed off; its packet comes again later. What is
 * left of a reply stays on offer.
 */
static void end_transfer(ViaCuda *s)
{
    bool has_collided = s->host_length == 1 && has_reply(s);
    flag_soon(s);
    set_treq(s, has_reply(s));
    if (has_collided) {
        s->host_length = 0;
    } else if (s->host_length) {
        run_packet(s);
    }
}

/* TACK without a transaction: CUDA gives up what it was about and follows with TREQ. */
static void synchronize(ViaCuda *s, bool tack_is_low)
{
    if (tack_is_low) {
        s->reply_index = s->reply_length = 0;
    }
    set_treq(s, tack_is_low || has_reply(s));
    flag_soon(s);
}

static void port_b_written(Via6522 *via)
{
    ViaCuda *s = VIA_CUDA(via);
    uint8_t changed = (via->b ^ s->last_b) & (TACK | TIP);
    via->b = (uint8_t)((via->b & ~TREQ) | (s->last_b & TREQ));
    s->last_b = via->b;
    if (!changed) {
        return;
    }
    if (via->b & TIP) {
        if (changed & TIP) {
            end_transfer(s);
        } else {
            synchronize(s, !(via->b & TACK));
        }
    } else if (via->acr & VIA_ACR_SHIFT_OUT) {
        take_byte(s);
    } else {
        give_byte(s);
    }
}

/* --- the device ---------------------------------------------------------------------------------- */

static bool cuda_realize(DeviceState *dev, Error **errp G_GNUC_UNUSED)
{
    ViaCuda *s = VIA_CUDA(dev);
    via6522_realize(&s->parent_obj);
    timer_init_ns(&s->shift_timer, machine_clock(), shifted, s);
    adb_bus_init(&s->adb, dev, poll_adb, s);
    return true;
}

static void cuda_unrealize(DeviceState *dev)
{
    ViaCuda *s = VIA_CUDA(dev);
    adb_bus_fini(&s->adb);
    timer_fini(&s->shift_timer);
    via6522_unrealize(&s->parent_obj);
}

/* The clock chip has a battery: the time that the guest set survives. */
static void cuda_reset(DeviceState *dev)
{
    ViaCuda *s = VIA_CUDA(dev);
    via6522_reset(&s->parent_obj);
    timer_del(&s->shift_timer);
    adb_bus_reset(&s->adb);
    memset(s->host_packet, 0, sizeof(s->host_packet));
    memset(s->reply, 0, sizeof(s->reply));
    s->host_length = s->reply_length = s->reply_index = 0;
    s->parent_obj.b = s->last_b = IDLE;
}

static void cuda_info(DeviceState *dev, GString *out)
{
    ViaCuda *s = VIA_CUDA(dev);
    uint8_t b = s->parent_obj.b;
    via6522_info(&s->parent_obj, out);
    g_string_append_printf(out, "TREQ %d TACK %d TIP %d, %u bytes from host, reply %u of %u\n",
                           !(b & TREQ), !(b & TACK), !(b & TIP), s->host_length, s->reply_index,
                           s->reply_length);
    adb_bus_info(&s->adb, out);
}

static const VMStateDescription vmstate_cuda = {
    .name = TYPE_VIA_CUDA,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_STRUCT(parent_obj, ViaCuda, Via6522, vmstate_via6522),
            VMSTATE_STRUCT(adb, ViaCuda, AdbBus, vmstate_adb_bus),
            VMSTATE_TIMER(shift_timer, ViaCuda),
            VMSTATE_UINT8(last_b, ViaCuda),
            VMSTATE_UINT8_ARRAY(host_packet, ViaCuda),
            VMSTATE_UINT8_MAX(host_length, ViaCuda, PACKET_MAX),
            VMSTATE_UINT8_ARRAY(reply, ViaCuda),
            VMSTATE_UINT8_MAX(reply_length, ViaCuda, REPLY_MAX),
            VMSTATE_UINT8_MAX(reply_index, ViaCuda, REPLY_MAX),
            VMSTATE_UINT32(rtc_difference, ViaCuda),
            VMSTATE_END_OF_LIST(),
        },
};

static void cuda_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "CUDA behind a 6522 VIA: ADB, clock, power";
    dc->realize = cuda_realize;
    dc->unrealize = cuda_unrealize;
    dc->reset = cuda_reset;
    dc->info = cuda_info;
    dc->vmsd = &vmstate_cuda;
    MOS6522_CLASS(klass)->port_b_written = port_b_written;
}

static const TypeInfo cuda_type = {
    .name = TYPE_VIA_CUDA,
    .parent = TYPE_MOS6522,
    .instance_size = sizeof(ViaCuda),
    .class_init = cuda_class_init,
};
DEFINE_TYPE(cuda_type)
