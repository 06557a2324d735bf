/* The malloc family. */
#define _GNU_SOURCE
#include "check.h"
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

static void *volatile hidden;

static void *frees(void *argument)
{
    void **blocks = argument;
    for (int i = 0; i < 1000; i++)
        free(blocks[i]);
    return NULL;
}

int main(void)
{
    TEST("blocks_are_aligned_and_usable") {
        for (size_t size = 0; size < 5000; size += 7) {
            char *block = malloc(size);
            CHECK(block != NULL);
            EQUAL((uintptr_t)block % 16, 0);
            CHECK(malloc_usable_size(block) >= size);
            memset(block, 0xee, size);
            free(block);
        }
        free(NULL);
    }
    TEST("calloc_gives_zeros_where_others_wrote") {
        for (int i = 0; i < 50; i++) {
            size_t size = (size_t)1 << (i % 23);
            hidden = malloc(size);
            memset(hidden, 0xff, size);
            free(hidden);
            unsigned char *block = calloc(1, size);
            size_t sum = 0;
            for (size_t j = 0; j < size; j++)
                sum += block[j];
            EQUAL(sum, 0);
            free(block);
        }
    }
    TEST("realloc_keeps_contents") {
        unsigned char *block = NULL;
        size_t size = 0;
        for (int step = 1; step < 40; step++) {
            size_t new_size = (size_t)step * step * step * 97 % 3000000 + 1;
            block = realloc(block, new_size);
            CHECK(block != NULL);
            for (size_t i = 0; i < size && i < new_size; i += 101)
                EQUAL(block[i], (unsigned char)(i % 251));
            for (size_t i = 0; i < new_size; i++)
                block[i] = (unsigned char)(i % 251);
            size = new_size;
        }
        free(block);
    }
    TEST("aligned_blocks_are_aligned") {
        for (size_t alignment = 8; alignment <= (8u << 20); alignment *= 2) {
            for (size_t size = 1; size < 100000; size = size * 5 + 3) {
                void *block = NULL;
                EQUAL(posix_memalign(&block, alignment, size), 0);
                EQUAL((uintptr_t)block % alignment, 0);
                memset(block, 1, size);
                free(block);
            }
        }
        void *block;
        EQUAL(posix_memalign(&block, 3, 1), EINVAL);
        block = valloc(5);
        EQUAL((uintptr_t)block % 4096, 0);
        free(block);
        block = aligned_alloc(64, 640);
        EQUAL((uintptr_t)block % 64, 0);
        free(block);
    }
    TEST("impossible_sizes_are_refused") {
        size_t volatile huge = PTRDIFF_MAX;
        errno = 0;
        hidden = malloc(huge + 1);
        CHECK(hidden == NULL);
        EQUAL(errno, ENOMEM);
        hidden = calloc(huge / 2, 8);
        CHECK(hidden == NULL);
        hidden = reallocarray(NULL, huge / 2, 8);
        CHECK(hidden == NULL);
    }
    TEST("free_keeps_errno") {
        hidden = malloc(10 << 20);
        errno = 77;
        free(hidden);
        EQUAL(errno, 77);
    }
    TEST("blocks_of_other_threads_can_be_freed") {
        static void *blocks[1000];
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 1000; i++)
                blocks[i] = malloc((size_t)(i * 13 % 2000));
            pthread_t thread;
            EQUAL(pthread_create(&thread, NULL, frees, blocks), 0);
            pthread_join(thread, NULL);
        }
        CHECK(mallinfo2().arena < (64u << 20));
    }
    TEST("memory_goes_back_to_the_system") {
        static void *blocks[2000];
        for (int i = 0; i < 2000; i++)
            blocks[i] = memset(malloc(20000), 1, 20000);
        size_t full = mallinfo2().arena;
        for (int i = 0; i < 2000; i++)
            free(blocks[i]);
        malloc_trim(0);
        CHECK(full > 2000u * 20000);
        CHECK(mallinfo2().arena < full / 4);
    }
    DONE();
}
