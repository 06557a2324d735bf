/* A plugin for QEMU's emulator that counts how often each instruction of the guest runs between two RDTSC of user mode.
 *
 * Build it, and put it behind QEMU's line (TRIVET_QEMU names the program that `trivet` starts):
 *
 *     cc -O2 -shared -fPIC -o /tmp/profile.so tests/bench/profile/plugin.c
 *     printf '#!/bin/sh\nexec qemu-system-x86_64 "$@" -plugin "/tmp/profile.so,$PROFILE"\n' > /tmp/qemu && chmod +x /tmp/qemu
 *     PROFILE=list=/tmp/segments TRIVET_QEMU=/tmp/qemu ./trivet kernel-test --icount
 *     PROFILE=segment=35,out=/tmp/counts TRIVET_QEMU=/tmp/qemu ./trivet kernel-test --icount
 *
 * The first run lists the segments: number, instructions, address of the RDTSC that ended it. The second stops at the end of one segment and
 * writes "ADDRESS COUNT BYTES" for each instruction that ran in it. The kernel lies where its ELF file says (`addr2line -i -f`); a program's
 * addresses less those of its ELF file are its base, which the bytes tell. The declarations are those of QEMU's plugin interface, version 1. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { NO_REGISTERS = 0, ADD_U64 = 0 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*translated)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *instruction, int operation, void *at, uint64_t value);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction, void (*run)(unsigned, void *), int flags,
                                            void *data);
int qemu_plugin_version = 1;

/* One instruction: the same address with other bytes is another one. */
struct counter {
    uint64_t count, before, address;
    uint8_t size, bytes[15];
    struct counter *in_bucket, *in_all;
};

#define BUCKETS 65536
#define USER_END ((uint64_t)1 << 47)

static struct counter *buckets[BUCKETS], *all;
static uint64_t total, total_before, segment, wanted = UINT64_MAX;
static const char *output = "counts";
static FILE *list;

static void write_counts(void) {
    FILE *file = fopen(output, "w");
    if (!file)
        return;
    for (struct counter *each = all; each; each = each->in_all) {
        if (each->count == each->before)
            continue;
        fprintf(file, "%" PRIx64 " %" PRIu64 " ", each->address, each->count - each->before);
        for (int i = 0; i < each->size; i++)
            fprintf(file, "%02x", each->bytes[i]);
        fputc('\n', file);
    }
    fclose(file);
}

/* Runs before an RDTSC of user mode: a segment ends. */
static void mark(unsigned processor, void *address) {
    (void)processor;
    segment++;
    if (list) {
        fprintf(list, "%" PRIu64 " %" PRIu64 " %p\n", segment, total - total_before, address);
        fflush(list);
    }
    total_before = total;
    if (segment == wanted) {
        write_counts();
        exit(0);
    }
    if (segment + 1 == wanted)
        for (struct counter *each = all; each; each = each->in_all)
            each->before = each->count;
}

static struct counter *counter_of(uint64_t address, const uint8_t *bytes, size_t size) {
    struct counter **bucket = &buckets[(address ^ address >> 13 ^ address >> 29) % BUCKETS];
    for (struct counter *each = *bucket; each; each = each->in_bucket)
        if (each->address == address && each->size == size && !memcmp(each->bytes, bytes, size))
            return each;
    struct counter *made = calloc(1, sizeof *made);
    if (!made)
        abort();
    made->address = address;
    made->size = (uint8_t)size;
    memcpy(made->bytes, bytes, size);
    made->in_bucket = *bucket;
    *bucket = made;
    made->in_all = all;
    return all = made;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        const uint64_t address = qemu_plugin_insn_vaddr(instruction);
        const uint8_t *bytes = qemu_plugin_insn_data(instruction);
        const size_t size = qemu_plugin_insn_size(instruction);
        if (size > sizeof ((struct counter *)0)->bytes)
            continue;
        if (size == 2 && bytes[0] == 0x0f && bytes[1] == 0x31 && address < USER_END)
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, mark, NO_REGISTERS, (void *)address);
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_U64, &counter_of(address, bytes, size)->count, 1);
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_U64, &total, 1);
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int count, char **arguments) {
    (void)info;
    for (int i = 0; i < count; i++) {
        if (!strncmp(arguments[i], "segment=", 8))
            wanted = strtoull(arguments[i] + 8, NULL, 10);
        else if (!strncmp(arguments[i], "out=", 4))
            output = strdup(arguments[i] + 4);
        else if (!strncmp(arguments[i], "list=", 5))
            list = fopen(arguments[i] + 5, "w");
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
