/* C11 threads. */
#include "check.h"
#include <stdint.h>
#include <threads.h>
#include <time.h>

static int negates(void *argument) { return -(int)(intptr_t)argument; }
static int leaves(void *argument) { thrd_exit((int)(intptr_t)argument); }
static mtx_t lock;
static cnd_t condition;
static int ready;
static int waits(void *argument)
{
    mtx_lock(&lock);
    while (!ready)
        cnd_wait(&condition, &lock);
    mtx_unlock(&lock);
    return argument != NULL;
}
static once_flag once = ONCE_FLAG_INIT;
static int calls;
static void counts(void) { calls++; }
static tss_t key;
static int freed;
static void frees(void *value) { freed += *(int *)value; }
static int sets(void *argument) { return tss_set(key, argument); }

int main(void)
{
    thrd_t thread;
    int result;
    TEST("thrd_join_returns_the_functions_int") {
        EQUAL(thrd_create(&thread, negates, (void *)5), thrd_success);
        EQUAL(thrd_join(thread, &result), thrd_success);
        EQUAL(result, -5);
        EQUAL(thrd_create(&thread, leaves, (void *)6), thrd_success);
        EQUAL(thrd_join(thread, &result), thrd_success);
        EQUAL(result, 6);
    }
    TEST("mtx_and_cnd_pass_a_message") {
        EQUAL(mtx_init(&lock, mtx_plain), thrd_success);
        EQUAL(cnd_init(&condition), thrd_success);
        EQUAL(thrd_create(&thread, waits, NULL), thrd_success);
        mtx_lock(&lock);
        EQUAL(mtx_trylock(&lock), thrd_busy);
        ready = 1;
        cnd_signal(&condition);
        mtx_unlock(&lock);
        EQUAL(thrd_join(thread, &result), thrd_success);
        EQUAL(result, 0);
        struct timespec past = {1, 0};
        mtx_lock(&lock);
        EQUAL(cnd_timedwait(&condition, &lock, &past), thrd_timedout);
        mtx_unlock(&lock);
        mtx_destroy(&lock);
        cnd_destroy(&condition);
    }
    TEST("recursive_mtx_counts") {
        EQUAL(mtx_init(&lock, mtx_recursive | mtx_timed), thrd_success);
        EQUAL(mtx_lock(&lock), thrd_success);
        EQUAL(mtx_trylock(&lock), thrd_success);
        EQUAL(mtx_unlock(&lock), thrd_success);
        EQUAL(mtx_unlock(&lock), thrd_success);
    }
    TEST("call_once_calls_once") {
        call_once(&once, counts);
        call_once(&once, counts);
        EQUAL(calls, 1);
    }
    TEST("tss_values_are_destroyed") {
        int one = 1;
        EQUAL(tss_create(&key, frees), thrd_success);
        EQUAL(thrd_create(&thread, sets, &one), thrd_success);
        EQUAL(thrd_join(thread, &result), thrd_success);
        EQUAL(result, thrd_success);
        EQUAL(freed, 1);
        CHECK(tss_get(key) == NULL);
        tss_delete(key);
    }
    DONE();
}
