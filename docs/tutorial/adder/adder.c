/* The tutorial's service in C: sum, smallest and largest of numbers.
 *
 * A service in C serves one request after the other: fine for one that never waits. What may wait wants the Rust
 * runtime. docs/tutorial/README.md walks through it. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <trivet/adder.h>
#include <trivet/call.h>
#include <trivet/thread.h>

/* The slot of the endpoint, as the tutorial's init.conf has it, and the calling thread. */
#define ENDPOINT ((trivet_handle)0x80000008u)
#define SELF_THREAD ((trivet_handle)0x8003ffffu)

/* The bound of `numbers` in the interface. */
#define MOST_NUMBERS 512u

/* Where the kernel puts the bytes of a request. */
static unsigned char window[MOST_NUMBERS * sizeof(int64_t)];

/* `sum`: the words of the answer, and its status. */
static unsigned sum(const unsigned char *bytes, size_t length, uint64_t words[6]) {
    /* The caller chose the length: what the interface does not allow is EINVAL. */
    if (length == 0 || length % sizeof(int64_t) != 0 || length > sizeof window)
        return EINVAL;
    int64_t total = 0, smallest = INT64_MAX, largest = INT64_MIN;
    for (size_t at = 0; at < length; at += sizeof(int64_t)) {
        int64_t number;
        memcpy(&number, bytes + at, sizeof number);
        if (__builtin_add_overflow(total, number, &total))
            return EOVERFLOW;
        smallest = number < smallest ? number : smallest;
        largest = number > largest ? number : largest;
    }
    words[0] = (uint64_t)total;
    words[1] = (uint64_t)smallest;
    words[2] = (uint64_t)largest;
    return 0;
}

/* Serves one request; the status, and the words of the answer. */
static unsigned serve(const struct trivet_received *request, uint64_t words[6]) {
    switch (trivet_method(request)) {
    case TRIVET_ADDER_SUM:
        return sum(window, request->sent, words);
    default:
        return ENOSYS;
    }
}

int main(void) {
    int failed = trivet_thread_set_receive_window(TRIVET_DEFAULT, SELF_THREAD, (uint64_t)(uintptr_t)window, sizeof window, 0, 0);
    if (failed)
        return 1;
    struct trivet_received request = trivet_receive(ENDPOINT, 0);
    while (request.kind >= 0) {
        if (request.kind == TRIVET_REQUEST) {
            uint64_t words[6] = {0};
            unsigned status = serve(&request, words);
            request = trivet_reply_and_receive(request.token, status, words, NULL, 0, ENDPOINT);
        } else {
            request = trivet_receive(ENDPOINT, 0);
        }
    }
    return 2;
}
