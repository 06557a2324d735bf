/* What a program finds at its start and leaves at its end. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

static int constructed_argc;
static char **constructed_argv;
static char **constructed_environment;

__attribute__((constructor)) static void construct(int argc, char **argv, char **environment)
{
    constructed_argc = argc;
    constructed_argv = argv;
    constructed_environment = environment;
}

static __thread int initialised = 42;
static __thread int zeroed;
static __thread char aligned[100] __attribute__((aligned(256))) = "tls";

static void *thread(void *argument)
{
    (void)argument;
    int *result = malloc(sizeof(int));
    *result = initialised == 42 && zeroed == 0 && strcmp(aligned, "tls") == 0 && (uintptr_t)aligned % 256 == 0;
    initialised = 1;
    return result;
}

static int ended[8];
static int end_count;
static void first(void) { ended[end_count++] = 1; }
static void second(void) { ended[end_count++] = 2; }
static void later(void) { ended[end_count++] = 3; }
static void registers_more(void) { ended[end_count++] = 4; atexit(later); }
static void last_words(void)
{
    int good = end_count == 4 && ended[0] == 4 && ended[1] == 3 && ended[2] == 2 && ended[3] == 1;
    printf(good ? "ok exit_runs_functions_newest_first\n" : "FAILED exit_runs_functions_newest_first: order\n");
}
__attribute__((destructor)) static void destruct(void)
{
    printf("ok exit_runs_destructors_after_registered_functions\n");
}

int main(int argc, char **argv)
{
    TEST("constructors_get_what_main_gets") {
        EQUAL(constructed_argc, argc);
        CHECK(constructed_argv == argv);
        CHECK(constructed_environment == environ);
    }
    TEST("argv_ends_with_null") { CHECK(argv[argc] == NULL); }
    TEST("invocation_name_is_argv_0") {
        CHECK(program_invocation_name == argv[0]);
        CHECK(strchr(program_invocation_short_name, '/') == NULL);
        CHECK(strstr(argv[0], program_invocation_short_name) != NULL);
    }
    TEST("auxiliary_vector_can_be_asked") {
        EQUAL(getauxval(AT_PAGESZ), getpagesize());
        CHECK(getauxval(AT_RANDOM) != 0);
        errno = 0;
        EQUAL(getauxval(123456), 0);
        EQUAL(errno, ENOENT);
    }
    TEST("thread_local_variables_start_as_declared") {
        EQUAL(initialised, 42);
        EQUAL(zeroed, 0);
        EQUAL((uintptr_t)aligned % 256, 0);
        initialised = 7;
        pthread_t made;
        EQUAL(pthread_create(&made, NULL, thread, NULL), 0);
        void *result;
        EQUAL(pthread_join(made, &result), 0);
        EQUAL(*(int *)result, 1);
        EQUAL(initialised, 7);
        free(result);
    }
    TEST("thread_block_is_laid_out_as_glibc_has_it") {
        uintptr_t self, again, canary, guard;
        __asm__("mov %%fs:0, %0" : "=r"(self));
        __asm__("mov %%fs:16, %0" : "=r"(again));
        __asm__("mov %%fs:0x28, %0" : "=r"(canary));
        __asm__("mov %%fs:0x30, %0" : "=r"(guard));
        EQUAL(self, again);
        EQUAL(self, (uintptr_t)pthread_self());
        EQUAL(canary & 0xff, 0);
        CHECK(canary != 0);
        CHECK(guard != 0);
    }
    TEST("environment_changes") {
        EQUAL(setenv("TRIVET_A", "1", 1), 0);
        CHECK(strcmp(getenv("TRIVET_A"), "1") == 0);
        EQUAL(setenv("TRIVET_A", "2", 0), 0);
        CHECK(strcmp(getenv("TRIVET_A"), "1") == 0);
        EQUAL(unsetenv("TRIVET_A"), 0);
        CHECK(getenv("TRIVET_A") == NULL);
        char *own = strdup("TRIVET_B=x");
        EQUAL(putenv(own), 0);
        own[9] = 'y';
        CHECK(strcmp(getenv("TRIVET_B"), "y") == 0);
        EQUAL(setenv("", "x", 1), -1);
        EQUAL(errno, EINVAL);
    }
    if (check_failures)
        return 1;
    fflush(stdout);
    atexit(last_words);
    atexit(first);
    atexit(second);
    atexit(registers_more);
    return 0;
}
