/* SPDX-License-Identifier: MIT */
/*
 * A DBDMA channel: its program, the bytes that a device moves through it, and what starts and stops it.
 *
 * Source: mac99.md 8.1 and 8.2; macosx.md 4.12 (what Mac OS X asks of results and of stopping). A program may
 * be anything: an event executes a bounded part of it, the rest goes on a microsecond later.
 */
#include "hw/dma/internal.h"
#include "util/bits.h"
#include "util/log.h"
#include "util/trace.h"

enum {
    COMMAND_SIZE = 16,
    COMMANDS_PER_EVENT = 64,
    BYTES_PER_EVENT = 256 << 10, /* they may go to a device, 1 to 4 at a time */
    EVENT_PERIOD_NS = 1000,
};
enum {
    OP_OUTPUT_MORE,
    OP_OUTPUT_LAST,
    OP_INPUT_MORE,
    OP_INPUT_LAST,
    OP_STORE_WORD,
    OP_LOAD_WORD,
    OP_NOP,
    OP_STOP
};
enum { KEY_STREAM_MAX = 3, KEY_SYSTEM = 6 };

/* What is left of the bytes that a device offers or wants. */
typedef struct Bytes {
    uint8_t *data;
    size_t length;
    bool is_input;
} Bytes;

static unsigned channel_number(const DbdmaChannel *ch)
{
    return (unsigned)(ch - ch->owner->channels);
}

static unsigned opcode_of(const DbdmaCommand *command) { return command->word >> 12; }
static unsigned key_of(const DbdmaCommand *command) { return command->word >> 8 & 7; }
static bool is_data_command(const DbdmaCommand *c) { return opcode_of(c) <= OP_INPUT_LAST; }
static bool is_last(const DbdmaCommand *c) { return is_data_command(c) && (opcode_of(c) & 1); }
static bool is_input(const DbdmaCommand *command) { return opcode_of(command) >= OP_INPUT_MORE; }

static bool is_runnable(const DbdmaChannel *ch)
{
    uint32_t status = ch->regs[REG_STATUS];
    bool is_wanted = (status & STATUS_RUN) && !(status & STATUS_PAUSE);
    return (status & STATUS_ACTIVE) && (is_wanted || (ch->flags & DBDMA_DRAINS));
}

static void clear_status(DbdmaChannel *ch, uint32_t bits) { ch->regs[REG_STATUS] &= ~bits; }

static void continue_in(DbdmaChannel *ch, uint64_t ns)
{
    timer_mod_ns(&ch->timer, clock_virtual_ns(ch->timer.clock) + ns);
}

/* --- how a command ends ------------------------------------------------------------------------------------ */

/* Residual count and the status as it is while the command still runs: it began under RUN. */
static void write_back(DbdmaChannel *ch, uint16_t residual)
{
    uint8_t raw[4];
    stw_le_p(raw, residual);
    stw_le_p(raw + 2, (uint16_t)(ch->regs[REG_STATUS] | STATUS_RUN));
    address_space_write(address_space_memory(), ch->regs[REG_POINTER] + 12, raw, sizeof(raw));
}

/* 0 never, 1 if true, 2 if false, 3 always; the condition compares device status bits. */
static bool condition_holds(const DbdmaChannel *ch, unsigned code, unsigned select_register)
{
    uint32_t select = ch->regs[select_register];
    uint32_t mask = select >> 16 & 0xf, value = select & 0xf;
    bool met = (ch->regs[REG_STATUS] & mask) == (value & mask);
    return code == 3 || (code == 1 && met) || (code == 2 && !met);
}

static void interrupt(DbdmaChannel *ch)
{
    TRACE(dbdma_interrupt, "channel %#x", channel_number(ch));
    irq_line_pulse(ch->owner->irqs[channel_number(ch)]);
}

/* Whatever was to be finished is, as far as it can be. */
static void become_inactive(DbdmaChannel *ch)
{
    clear_status(ch, STATUS_ACTIVE | STATUS_FLUSH);
    ch->flags &= (uint8_t)~DBDMA_DRAINS;
}

static void die(DbdmaChannel *ch, const char *why)
{
    log_guest_error(TYPE_DBDMA, channel_number(ch), "channel %#x: %s at %#x", channel_number(ch),
                    why, ch->regs[REG_POINTER]);
    ch->regs[REG_STATUS] |= STATUS_DEAD;
    become_inactive(ch);
    interrupt(ch);
}

/* Interrupt, then branch or advance. */
static void complete(DbdmaChannel *ch, const DbdmaCommand *command)
{
    clear_status(ch, STATUS_BRANCH | (is_last(command) ? STATUS_FLUSH : 0));
    if (condition_holds(ch, command->word >> 4 & 3, REG_INTERRUPT_SELECT)) {
        interrupt(ch);
    }
    if (condition_holds(ch, command->word >> 2 & 3, REG_BRANCH_SELECT)) {
        ch->regs[REG_STATUS] |= STATUS_BRANCH;
        ch->regs[REG_POINTER] = command->dependent & ~15u;
    } else {
        ch->regs[REG_POINTER] += COMMAND_SIZE;
    }
}

void dbdma_drop_command(DbdmaChannel *ch)
{
    ch->command = (DbdmaCommand){0};
    ch->flags &= (uint8_t)~(DBDMA_WAITS | DBDMA_AT_DATA | DBDMA_TOLD);
}

/* --- commands ------------------------------------------------------------------------------------------------ */

static bool fetch(DbdmaChannel *ch, DbdmaCommand *command)
{
    uint8_t raw[COMMAND_SIZE];
    if (address_space_read(address_space_memory(), ch->regs[REG_POINTER], raw, sizeof(raw))) {
        return false;
    }
    *command = (DbdmaCommand){.count = lduw_le_p(raw),
                              .word = lduw_le_p(raw + 2),
                              .address = ldl_le_p(raw + 4),
                              .dependent = ldl_le_p(raw + 8)};
    return true;
}

static bool move_word(DbdmaChannel *ch, DbdmaCommand *command, bool store)
{
    unsigned size = command->count >= 4 ? 4 : command->count >= 2 ? 2 : 1;
    uint8_t raw[4];
    if (key_of(command) != KEY_SYSTEM) {
        die(ch, "STORE/LOAD_WORD with a key other than system");
        return false;
    }
    if (store) {
        stl_le_p(raw, command->dependent);
        address_space_write(address_space_memory(), command->address, raw, size);
    } else {
        memset(raw, 0, sizeof(raw));
        address_space_read(address_space_memory(), command->address, raw, size);
        address_space_write(address_space_memory(), ch->regs[REG_POINTER] + 8, raw, sizeof(raw));
    }
    command->count = 0; /* nothing is left of it */
    return true;
}

static bool begin_data(DbdmaChannel *ch, const DbdmaCommand *command)
{
    if (command->address == 0 || key_of(command) > KEY_STREAM_MAX) {
        die(ch, "data command with address 0 or a bad key");
        return false;
    }
    return true;
}

/* Fetch a command and do its work, all but the moving of data. False when the channel stopped or died. */
static bool execute(DbdmaChannel *ch)
{
    DbdmaCommand command;
    if (!fetch(ch, &command)) {
        die(ch, "descriptor outside memory");
        return false;
    }
    unsigned opcode = opcode_of(&command);
    TRACE(dbdma_command, "channel %#x %#x: word %04x count %#x address %#x", channel_number(ch),
          ch->regs[REG_POINTER], command.word, command.count, command.address);
    clear_status(ch, STATUS_WAKE);
    bool ok = true;
    if (is_data_command(&command)) {
        ok = begin_data(ch, &command);
    } else if (opcode <= OP_LOAD_WORD) {
        ok = move_word(ch, &command, opcode == OP_STORE_WORD);
    } else if (opcode == OP_NOP) {
        command.count = 0;
    } else if (opcode == OP_STOP) {
        become_inactive(ch);
        return false;
    } else {
        die(ch, "reserved command");
        return false;
    }
    if (ok) {
        bool moves_data = ch->ops && is_data_command(&command) && command.count;
        ch->command = command;
        ch->flags |= moves_data ? DBDMA_AT_DATA : DBDMA_WAITS;
    }
    return ok;
}

/* False: some of the command's bytes are left. */
static bool move_data(DbdmaChannel *ch, Bytes *bytes)
{
    DbdmaCommand *command = &ch->command;
    size_t n = is_input(command) == bytes->is_input ? MIN(command->count, bytes->length) : 0;
    if (n && bytes->is_input) {
        address_space_write(address_space_memory(), command->address, bytes->data, n);
    } else if (n) {
        address_space_read(address_space_memory(), command->address, bytes->data, n);
    }
    if (n) {
        bytes->data += n;
        bytes->length -= n;
        command->address += (uint32_t)n;
        command->count -= (uint16_t)n;
        ch->flags = (uint8_t)((ch->flags & ~DBDMA_RECORD_FILLED) | DBDMA_TOLD);
    }
    if (command->count) {
        return false;
    }
    ch->flags = (ch->flags & DBDMA_DRAINS) | DBDMA_WAITS;
    ch->flags |= is_last(command) ? DBDMA_RECORD_FILLED : 0;
    return true;
}

/* One command to its end. False when the channel stopped, died, waits, or stands at its data. */
static bool advance(DbdmaChannel *ch, Bytes *bytes)
{
    if (!(ch->flags & (DBDMA_WAITS | DBDMA_AT_DATA)) && !execute(ch)) {
        return false;
    }
    if ((ch->flags & DBDMA_AT_DATA) && !move_data(ch, bytes)) {
        return false;
    }
    DbdmaCommand command = ch->command;
    if (condition_holds(ch, command.word & 3, REG_WAIT_SELECT)) {
        return false;
    }
    dbdma_drop_command(ch);
    write_back(ch, command.count);
    complete(ch, &command);
    return true;
}

/* --- the program --------------------------------------------------------------------------------------------- */

static void advance_far(DbdmaChannel *ch, Bytes *bytes)
{
    ch->is_busy = true;
    unsigned done = 0;
    while (done < COMMANDS_PER_EVENT && is_runnable(ch) && advance(ch, bytes)) {
        done++;
    }
    ch->is_busy = false;
    if (done == COMMANDS_PER_EVENT) {
        continue_in(ch, EVENT_PERIOD_NS);
    }
}

static bool has_news_for_device(const DbdmaChannel *ch)
{
    return is_runnable(ch) && (ch->flags & (DBDMA_AT_DATA | DBDMA_TOLD)) == DBDMA_AT_DATA;
}

void dbdma_run(DbdmaChannel *ch)
{
    Bytes none = {NULL, 0, false};
    advance_far(ch, &none);
    if (has_news_for_device(ch)) {
        ch->flags |= DBDMA_TOLD;
        ch->ops->ready(ch->opaque, is_input(&ch->command));
    }
}

/* Guarded as in a register access: a program cannot reach the controller's own registers. */
void dbdma_timer_expired(void *opaque)
{
    DbdmaChannel *ch = opaque;
    bool was_in_io = qdev_io_begin(DEVICE(ch->owner));
    dbdma_run(ch);
    qdev_io_end(DEVICE(ch->owner), was_in_io);
}

/* --- the device's side ----------------------------------------------------------------------------------------- */

DbdmaChannel *dbdma_attach(DeviceState *dbdma, unsigned channel, const DbdmaOps *ops, void *opaque)
{
    g_assert(channel < DBDMA_CHANNELS);
    DbdmaChannel *ch = &DBDMA(dbdma)->channels[channel];
    g_assert(!ch->ops);
    ch->ops = ops;
    ch->opaque = opaque;
    return ch;
}

/* A program that reaches its own device is busy: nothing moves from within. */
static size_t move(DbdmaChannel *ch, Bytes bytes)
{
    size_t wanted = bytes.length, limit = MIN(wanted, BYTES_PER_EVENT);
    if (ch->is_busy) {
        return 0;
    }
    bytes.length = limit;
    bool was_in_io = qdev_io_begin(DEVICE(ch->owner));
    advance_far(ch, &bytes);
    qdev_io_end(DEVICE(ch->owner), was_in_io);
    if (!bytes.length && limit < wanted) {
        ch->flags &= (uint8_t)~DBDMA_TOLD;
        continue_in(ch, EVENT_PERIOD_NS);
    } else if (has_news_for_device(ch)) {
        continue_in(ch, 0);
    }
    return limit - bytes.length;
}

size_t dbdma_to_memory(DbdmaChannel *ch, const uint8_t *data, size_t length)
{
    return move(ch, (Bytes){(uint8_t *)(uintptr_t)data, length, true});
}

size_t dbdma_from_memory(DbdmaChannel *ch, uint8_t *data, size_t length)
{
    return move(ch, (Bytes){data, length, false});
}

void dbdma_end_record(DbdmaChannel *ch)
{
    bool is_over = ch->flags & DBDMA_RECORD_FILLED;
    ch->flags &= (uint8_t)~DBDMA_RECORD_FILLED;
    if (!is_over && (ch->flags & DBDMA_AT_DATA) && is_last(&ch->command)) {
        ch->flags = (ch->flags & DBDMA_DRAINS) | DBDMA_WAITS;
        move(ch, (Bytes){NULL, 0, false});
    }
}

/* --- control --------------------------------------------------------------------------------------------------- */

/* RUN clear, PAUSE and FLUSH take their effect: the device holds nothing any more. */
static void settle(DbdmaChannel *ch)
{
    uint32_t status = ch->regs[REG_STATUS];
    clear_status(ch, STATUS_FLUSH);
    if ((status & STATUS_FLUSH) && (ch->flags & DBDMA_AT_DATA)) {
        write_back(ch, ch->command.count);
    }
    if (!(status & STATUS_RUN)) {
        dbdma_drop_command(ch);
        clear_status(ch, STATUS_ACTIVE | STATUS_DEAD | STATUS_BRANCH);
    } else if (status & STATUS_PAUSE) {
        clear_status(ch, STATUS_ACTIVE);
    }
}

void dbdma_flushed(DbdmaChannel *ch)
{
    if (ch->flags & DBDMA_DRAINS) {
        bool was_in_io = qdev_io_begin(DEVICE(ch->owner));
        ch->flags &= (uint8_t)~DBDMA_DRAINS;
        settle(ch);
        qdev_io_end(DEVICE(ch->owner), was_in_io);
    }
}

/* Before the control bits change: what the device has moves, under the status of before. */
static void drain(DbdmaChannel *ch)
{
    ch->flags |= DBDMA_DRAINS;
    if (!ch->ops || !ch->ops->flush(ch->opaque)) {
        ch->flags &= (uint8_t)~DBDMA_DRAINS;
    }
}

/* High half: which bits; low half: their values (mac99.md 8.1, "Control write rules"). */
void dbdma_control_write(DbdmaChannel *ch, uint32_t value)
{
    uint32_t mask = value >> 16 & CONTROL_WRITABLE, set = value & mask, clear = mask & ~value;
    bool must_drain = (set & (STATUS_PAUSE | STATUS_FLUSH)) || (clear & STATUS_RUN);
    if (must_drain && (ch->regs[REG_STATUS] & STATUS_ACTIVE)) {
        drain(ch);
    }
    uint32_t before = ch->regs[REG_STATUS];
    uint32_t after = (before & ~mask) | set;
    bool starts = (after & ~before & STATUS_RUN) || (set & STATUS_WAKE);
    bool resumes = before & ~after & STATUS_PAUSE;
    bool may_run = (after & STATUS_RUN) && !(after & (STATUS_DEAD | STATUS_PAUSE));
    if (may_run && (starts || resumes)) {
        after |= STATUS_ACTIVE;
    }
    if (resumes) {
        ch->flags &= (uint8_t)~DBDMA_TOLD;
    }
    ch->regs[REG_STATUS] = after;
    if (!(ch->flags & DBDMA_DRAINS)) {
        settle(ch);
    }
    dbdma_run(ch);
}
