/* A program with a malloc family of its own: the whole process uses it, the library included. */
#include "check.h"
#include <stdlib.h>
#include <string.h>

static char heap[1 << 20] __attribute__((aligned(16)));
static size_t used;
static volatile int allocations, frees_seen;

static size_t *header(void *block) { return (size_t *)block - 2; }

void *malloc(size_t size)
{
    size_t room = (size + 31) & ~(size_t)15;
    if (used + room > sizeof heap)
        return NULL;
    size_t *start = (size_t *)(heap + used);
    used += room;
    *start = size;
    allocations++;
    return start + 2;
}
void free(void *block) { frees_seen += block != NULL; }
void *calloc(size_t count, size_t size)
{
    unsigned char *block = malloc(count * size);
    for (size_t i = 0; block && i < count * size; i++)
        ((volatile unsigned char *)block)[i] = 0;
    return block;
}
void *realloc(void *block, size_t size)
{
    void *new_block = malloc(size);
    if (block && new_block)
        memcpy(new_block, block, *header(block) < size ? *header(block) : size);
    free(block);
    return new_block;
}
void *aligned_alloc(size_t alignment, size_t size) { (void)alignment; return malloc(size); }
int posix_memalign(void **place, size_t alignment, size_t size)
{
    *place = aligned_alloc(alignment, size);
    return *place ? 0 : 12;
}

static int is_own(const void *block) { return (const char *)block >= heap && (const char *)block < heap + sizeof heap; }

int main(void)
{
    TEST("library_functions_use_the_programs_malloc") {
        int before = allocations;
        char *volatile copy = strdup("hello");
        CHECK(is_own(copy));
        EQUAL(allocations, before + 1);
        CHECK(strcmp(copy, "hello") == 0);
        int freed = frees_seen;
        free(copy);
        EQUAL(frees_seen, freed + 1);
    }
    TEST("setenv_uses_the_programs_malloc") {
        int before = allocations;
        EQUAL(setenv("TRIVET_OWN", "value", 1), 0);
        CHECK(allocations > before);
        CHECK(is_own(getenv("TRIVET_OWN")));
    }
    TEST("realpath_uses_the_programs_malloc") {
        char *path = realpath("/", NULL);
        CHECK(is_own(path));
        CHECK(strcmp(path, "/") == 0);
    }
    DONE();
}
