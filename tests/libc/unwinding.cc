/* C++ exceptions and thread exits pass through the library's frames.
   test-flags: -fexceptions */
#include "check.h"
#include <pthread.h>
#include <stdlib.h>

/* Compiled without the C++ library's headers: the frames matter here, not the library. */
static int destroyed;
struct Guard {
    ~Guard() { destroyed++; }
};

static int compares(const void *left, const void *right)
{
    Guard guard;
    if (*static_cast<const int *>(left) == 7 || *static_cast<const int *>(right) == 7)
        throw 7;
    return *static_cast<const int *>(left) - *static_cast<const int *>(right);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int attempts;
static void initialises()
{
    if (attempts++ == 0)
        throw 1;
}

static void *exits(void *argument)
{
    Guard guard;
    pthread_exit(argument);
}
static void *is_cancelled(void *argument)
{
    Guard guard;
    pthread_cancel(pthread_self());
    pthread_testcancel();
    return argument;
}
static void *rethrows(void *argument)
{
    Guard guard;
    try {
        pthread_exit(argument);
    } catch (...) {
        destroyed += 10;
        throw;
    }
}
static void *catches(void *)
{
    try {
        throw 5;
    } catch (int value) {
        return reinterpret_cast<void *>(value);
    }
}
static int *own_key;
static void clean(void *value) { *static_cast<int *>(value) += 1; }

int main()
{
    pthread_t thread;
    void *result;
    TEST("a_throw_passes_through_qsort") {
        int numbers[100], caught = 0;
        for (int i = 0; i < 100; i++)
            numbers[i] = 100 - i;
        destroyed = 0;
        try {
            qsort(numbers, 100, sizeof(int), compares);
        } catch (int value) {
            caught = value;
        }
        EQUAL(caught, 7);
        CHECK(destroyed > 0);
    }
    TEST("a_throw_passes_through_bsearch") {
        int key = 7, numbers[3] = {1, 2, 3}, caught = 0;
        try {
            (void)bsearch(&key, numbers, 3, sizeof(int), compares);
        } catch (int value) {
            caught = value;
        }
        EQUAL(caught, 7);
    }
    TEST("once_that_throws_counts_as_not_called") {
        int caught = 0;
        try {
            pthread_once(&once, initialises);
        } catch (int) {
            caught = 1;
        }
        EQUAL(caught, 1);
        EQUAL(pthread_once(&once, initialises), 0);
        EQUAL(pthread_once(&once, initialises), 0);
        EQUAL(attempts, 2);
    }
    TEST("pthread_exit_destroys_objects") {
        destroyed = 0;
        pthread_create(&thread, nullptr, exits, reinterpret_cast<void *>(3));
        pthread_join(thread, &result);
        EQUAL(reinterpret_cast<long>(result), 3);
        EQUAL(destroyed, 1);
    }
    TEST("cancellation_destroys_objects") {
        destroyed = 0;
        pthread_create(&thread, nullptr, is_cancelled, nullptr);
        pthread_join(thread, &result);
        CHECK(result == PTHREAD_CANCELED);
        EQUAL(destroyed, 1);
    }
    TEST("catch_all_sees_the_exit_and_throws_it_on") {
        destroyed = 0;
        pthread_create(&thread, nullptr, rethrows, reinterpret_cast<void *>(4));
        pthread_join(thread, &result);
        EQUAL(reinterpret_cast<long>(result), 4);
        EQUAL(destroyed, 11);
    }
    TEST("threads_catch_their_own") {
        pthread_create(&thread, nullptr, catches, nullptr);
        pthread_join(thread, &result);
        EQUAL(reinterpret_cast<long>(result), 5);
    }
    TEST("cleanup_handlers_are_objects_in_cpp") {
        int cleaned = 0;
        own_key = &cleaned;
        pthread_cleanup_push(clean, own_key);
        pthread_cleanup_pop(1);
        EQUAL(cleaned, 1);
    }
    DONE();
}
