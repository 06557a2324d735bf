/* What the adder answers, tested on the host: the service's own file with another main. */
#define main adder_main
#include "adder.c"
#undef main

#include <stdio.h>

static int failures;

static void check(const char *name, int passed) {
    printf("%s %s\n", passed ? "ok" : "FAILED", name);
    failures += !passed;
}

/* Puts numbers where the kernel would, and serves. */
static unsigned serve_numbers(const int64_t *numbers, size_t count, uint64_t words[6]) {
    struct trivet_received request = {0};
    memcpy(window, numbers, count * sizeof *numbers);
    request.header = TRIVET_ADDER_SUM;
    request.sent = (uint32_t)(count * sizeof *numbers);
    return serve(&request, words);
}

int main(void) {
    uint64_t words[6] = {0};
    const int64_t three[] = {3, -4, 12};
    check("sum_smallest_and_largest", serve_numbers(three, 3, words) == 0 && (int64_t)words[0] == 11 &&
                                          (int64_t)words[1] == -4 && (int64_t)words[2] == 12);
    check("no_number_is_refused", serve_numbers(three, 0, words) == EINVAL);
    const int64_t big[] = {INT64_MAX, 1};
    check("a_sum_that_does_not_fit_is_refused", serve_numbers(big, 2, words) == EOVERFLOW);

    struct trivet_received request = {0};
    request.header = TRIVET_ADDER_SUM;
    request.sent = 7;
    check("part_of_a_number_is_refused", serve(&request, words) == EINVAL);
    request.sent = sizeof window + 8;
    check("more_than_the_window_is_refused", serve(&request, words) == EINVAL);
    request.header = 33;
    check("an_unknown_method_is_not_implemented", serve(&request, words) == ENOSYS);
    check("on_another_system_it_ends", adder_main() == 1);
    return failures != 0;
}
