/* The three calls of Trivet for C: what the generated headers stand on. Note 0002 has the registers.
 *
 * trivet_call sends a request and waits for the answer; trivet_receive and trivet_reply serve. Everything is inline, needs
 * no library and touches no errno. Results: 0, an error number of the interface (positive), or minus a call error. */
#ifndef TRIVET_CALL_H
#define TRIVET_CALL_H

#include <stddef.h>
#include <stdint.h>

/* A handle: the number of a slot of the caller's own table. */
typedef uint32_t trivet_handle;
#define TRIVET_NONE ((trivet_handle)0xffffffffu)

/* Options of a call, joined by |. Handles of the answer go to the own region, or to the lowest free descriptors. */
#define TRIVET_DEFAULT ((uint64_t)0)
#define TRIVET_INTERRUPTIBLE ((uint64_t)1 << 14)
#define TRIVET_INTO_DESCRIPTOR ((uint64_t)1 << 11)
#define TRIVET_CLOSE_ON_EXEC ((uint64_t)1 << 13)

/* Bits of headers that the functions below set. */
#define TRIVET_MESSAGE(interface, method) ((uint64_t)(interface) << 32 | (method))
#define TRIVET_BUFFER_IN ((uint64_t)1 << 8)
#define TRIVET_BUFFER_OUT ((uint64_t)1 << 9)
#define TRIVET_EXTENSION ((uint64_t)1 << 10)
#define TRIVET_ACCEPT_OWN ((uint64_t)1 << 12)
#define TRIVET_REPLY_THEN_RECEIVE ((uint64_t)1 << 16)
#define TRIVET_REPLY_BUFFER ((uint64_t)1 << 17)

/* Status of a message whose page must be supplied first: it was not delivered, and is sent again. */
#define TRIVET_NOT_RESIDENT (-8)
/* Answered where an answer does not keep to the interface (EPROTO). */
#define TRIVET_PROTOCOL 71

struct trivet_segment {
    uint64_t address;
    uint64_t length;
};

struct trivet_segment_list {
    uint64_t count;
    struct trivet_segment inline_segments[2];
};

struct trivet_sent_handle {
    trivet_handle handle;
    uint32_t flags;
    uint64_t mask;
};

struct trivet_call_extension {
    struct trivet_segment_list gather;
    struct trivet_segment_list scatter;
    uint64_t handle_count;
    uint64_t handle_array;
    struct trivet_sent_handle handles[4];
    uint32_t accept_count;
    uint32_t accept_flags;
    uint64_t accept_array;
    uint64_t deadline_ns;
    uint64_t completion_endpoint;
    uint64_t call_slot;
    uint64_t cookie;
};
_Static_assert(sizeof(struct trivet_call_extension) == 208, "the kernel's layout");

/* What a call left in the registers. */
struct trivet_outcome {
    int64_t status;
    uint64_t handle;
    uint64_t header;
    uint64_t words[6];
};

#define TRIVET_CLOBBERS                                                                                                  \
    "rcx", "r11", "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"

/* One Call with everything in registers; `address` and `length` count only where the header says so. */
static inline struct trivet_outcome trivet_call(trivet_handle on, uint64_t header, const uint64_t words[6],
                                                uint64_t address, uint64_t length) {
    struct trivet_outcome outcome;
    do {
        register uint64_t rax __asm__("rax") = 0x74720001u;
        register uint64_t rdi __asm__("rdi") = on;
        register uint64_t rsi __asm__("rsi") = header;
        register uint64_t w0 __asm__("rdx") = words[0];
        register uint64_t w1 __asm__("r10") = words[1];
        register uint64_t w2 __asm__("r8") = words[2];
        register uint64_t w3 __asm__("r9") = words[3];
        register uint64_t w4 __asm__("r12") = words[4];
        register uint64_t w5 __asm__("r13") = words[5];
        register uint64_t r14 __asm__("r14") = address;
        register uint64_t r15 __asm__("r15") = length;
        __asm__ volatile("syscall"
                         : "+r"(rax), "+r"(rdi), "+r"(rsi), "+r"(w0), "+r"(w1), "+r"(w2), "+r"(w3), "+r"(w4), "+r"(w5)
                         : "r"(r14), "r"(r15)
                         : TRIVET_CLOBBERS);
        outcome.status = (int64_t)rax;
        outcome.handle = rdi;
        outcome.header = rsi;
        outcome.words[0] = w0;
        outcome.words[1] = w1;
        outcome.words[2] = w2;
        outcome.words[3] = w3;
        outcome.words[4] = w4;
        outcome.words[5] = w5;
    } while (outcome.status == TRIVET_NOT_RESIDENT);
    return outcome;
}

/* One or more segments for an extension; `segments` stays until the call is over. */
static inline struct trivet_segment_list trivet_segments(const struct trivet_segment *segments, size_t count) {
    struct trivet_segment_list list = {count, {{0, 0}, {0, 0}}};
    if (count > 2) {
        list.inline_segments[0].address = (uint64_t)(uintptr_t)segments;
    } else {
        for (size_t i = 0; i < count; i++)
            list.inline_segments[i] = segments[i];
    }
    return list;
}

static inline struct trivet_segment trivet_segment(const void *address, size_t length) {
    struct trivet_segment segment = {(uint64_t)(uintptr_t)address, length};
    return segment;
}

/* A handle as it is sent: the caller keeps its own. */
static inline struct trivet_sent_handle trivet_copy_of(trivet_handle handle) {
    struct trivet_sent_handle sent = {handle, 0, UINT64_MAX};
    return sent;
}

/* Where the handles of an answer go. */
static inline void trivet_accept(struct trivet_call_extension *extension, uint64_t options, trivet_handle *installed,
                                 size_t count) {
    extension->accept_count = (uint32_t)count;
    extension->accept_flags = (options & TRIVET_INTO_DESCRIPTOR ? 1u : 0u) | (options & TRIVET_CLOSE_ON_EXEC ? 2u : 0u);
    extension->accept_array = count > 1 ? (uint64_t)(uintptr_t)installed : 0;
}

/* The header bits for an answer that brings one handle. */
static inline uint64_t trivet_accept_one(uint64_t options) {
    return options & TRIVET_INTO_DESCRIPTOR ? options : options | TRIVET_ACCEPT_OWN;
}

/* Header bits of a call that brings no handle, or takes handles by its extension. */
static inline uint64_t trivet_plain(uint64_t options) {
    return options & TRIVET_INTERRUPTIBLE;
}

/* Bytes that the answer copied into the caller's memory. */
static inline size_t trivet_copied(const struct trivet_outcome *outcome) {
    return (size_t)(outcome->header & 0xffffffffu);
}

/* Handles that the answer installed. */
static inline size_t trivet_installed(const struct trivet_outcome *outcome) {
    return (size_t)(outcome->header >> 32 & 0xffu);
}

/* The first handle of the answer. */
static inline trivet_handle trivet_first_handle(const struct trivet_outcome *outcome) {
    return trivet_installed(outcome) ? (trivet_handle)outcome->handle : TRIVET_NONE;
}

/* The result as an int. */
static inline int trivet_result(const struct trivet_outcome *outcome) {
    return outcome->status == (int64_t)(int)outcome->status ? (int)outcome->status : TRIVET_PROTOCOL;
}

/* Kinds of what trivet_receive returns. */
enum trivet_event {
    TRIVET_REQUEST = 0,
    TRIVET_COMPLETED = 1,
    TRIVET_CLOSED = 2,
    TRIVET_CANCELLED = 3,
    TRIVET_SIGNALLED = 4,
    TRIVET_PROCESS_GONE = 5,
    TRIVET_FAULT = 6,
    TRIVET_PAGE_WANTED = 7
};

/* A request or an event. */
struct trivet_received {
    int64_t kind;        /* enum trivet_event, or minus a call error */
    uint64_t token;      /* of the request, or the cookie */
    uint64_t header;     /* of the request, or what the event says */
    uint64_t words[6];
    uint64_t badge;
    uint64_t process;
    uint32_t domain;
    uint32_t row;
    uint32_t sent;       /* bytes that the caller sends */
    uint32_t room;       /* room for bytes of the answer */
};

/* The method of a request. */
static inline unsigned trivet_method(const struct trivet_received *received) {
    return (unsigned)(received->header & 0xffu);
}

static inline struct trivet_received trivet_serve(uint64_t number, uint64_t first, uint64_t second, const uint64_t words[6],
                                                  uint64_t address, uint64_t length, trivet_handle endpoint) {
    struct trivet_received received;
    uint64_t domain_and_row = endpoint, sent_and_room;
    register uint64_t rax __asm__("rax") = number;
    register uint64_t rdi __asm__("rdi") = first;
    register uint64_t rsi __asm__("rsi") = second;
    register uint64_t w0 __asm__("rdx") = words[0];
    register uint64_t w1 __asm__("r10") = words[1];
    register uint64_t w2 __asm__("r8") = words[2];
    register uint64_t w3 __asm__("r9") = words[3];
    register uint64_t w4 __asm__("r12") = words[4];
    register uint64_t w5 __asm__("r13") = words[5];
    register uint64_t r14 __asm__("r14") = address;
    register uint64_t r15 __asm__("r15") = length;
    register uint64_t rcx __asm__("rcx") = domain_and_row;
    register uint64_t r11 __asm__("r11");
    /* RBX and RBP belong to the compiler: they are kept below the red zone meanwhile. */
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
                     "pushq %%rbx\n\t"
                     "pushq %%rbp\n\t"
                     "movq %%rcx, %%rbx\n\t"
                     "syscall\n\t"
                     "movq %%rbx, %%rcx\n\t"
                     "movq %%rbp, %%r11\n\t"
                     "popq %%rbp\n\t"
                     "popq %%rbx\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     : "+r"(rax), "+r"(rdi), "+r"(rsi), "+r"(w0), "+r"(w1), "+r"(w2), "+r"(w3), "+r"(w4), "+r"(w5), "+r"(r14),
                       "+r"(r15), "+r"(rcx), "=r"(r11)
                     :
                     : "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                       "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)",
                       "st(7)");
    domain_and_row = rcx;
    sent_and_room = r11;
    received.kind = (int64_t)rax;
    received.token = rdi;
    received.header = rsi;
    received.words[0] = w0;
    received.words[1] = w1;
    received.words[2] = w2;
    received.words[3] = w3;
    received.words[4] = w4;
    received.words[5] = w5;
    received.badge = r14;
    received.process = r15;
    received.domain = (uint32_t)domain_and_row;
    received.row = (uint32_t)(domain_and_row >> 32);
    received.sent = (uint32_t)sent_and_room;
    received.room = (uint32_t)(sent_and_room >> 32);
    return received;
}

/* Waits for the next request or event. */
static inline struct trivet_received trivet_receive(trivet_handle endpoint, uint64_t options) {
    static const uint64_t none[6] = {0, 0, 0, 0, 0, 0};
    return trivet_serve(0x74720002u, endpoint, options, none, 0, 0, endpoint);
}

/* Answers a request; 0, or minus a call error. */
static inline int trivet_reply(uint64_t token, unsigned status, const uint64_t words[6], const void *bytes, size_t length) {
    uint64_t header = status | (length ? TRIVET_REPLY_BUFFER : 0);
    return (int)trivet_serve(0x74720003u, token, header, words, (uint64_t)(uintptr_t)bytes, length, TRIVET_NONE).kind;
}

/* Answers a request and waits for the next one, in one entry of the kernel. */
static inline struct trivet_received trivet_reply_and_receive(uint64_t token, unsigned status, const uint64_t words[6],
                                                              const void *bytes, size_t length, trivet_handle endpoint) {
    uint64_t header = status | TRIVET_REPLY_THEN_RECEIVE | (length ? TRIVET_REPLY_BUFFER : 0);
    return trivet_serve(0x74720003u, token, header, words, (uint64_t)(uintptr_t)bytes, length, endpoint);
}

#endif
