/* <argz.h>, <envz.h> and <obstack.h>. test-flags: -D_GNU_SOURCE */
#include "check.h"
#include <argz.h>
#include <envz.h>
#include <obstack.h>
#include <stdlib.h>

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static int is(const char *vector, size_t length, const char *wanted, size_t wanted_length)
{
    return length == wanted_length && !memcmp(vector, wanted, length);
}
#define IS(text) is(vector, length, text, sizeof text - 1)

static size_t chunks_taken, chunks_given;
static void *take(void *argument, long size)
{
    ++*(size_t *) argument;
    return malloc((size_t) size);
}
static void give(void *argument, void *chunk)
{
    (void) argument;
    chunks_given++;
    free(chunk);
}

int main(void)
{
    char *vector;
    size_t length;

    TEST("argz_is_made_of_arguments_and_of_separated_text") {
        char *arguments[] = {(char *) "one", (char *) "", (char *) "three", NULL};
        char *extracted[4];
        EQUAL(argz_create(arguments, &vector, &length), 0);
        CHECK(IS("one\0\0three\0"));
        EQUAL(argz_count(vector, length), 3);
        argz_extract(vector, length, extracted);
        CHECK(!strcmp(extracted[2], "three") && !extracted[3]);
        argz_stringify(vector, length, '+');
        CHECK(IS("one++three\0"));
        free(vector);
        EQUAL(argz_create_sep(":a::b:c:", ':', &vector, &length), 0);
        CHECK(IS("a\0b\0c\0\0"));
        free(vector);
        EQUAL(argz_create_sep("", ':', &vector, &length), 0);
        EQUAL(length, 0);
        CHECK(!vector);
    }
    TEST("argz_grows_and_shrinks") {
        vector = NULL;
        length = 0;
        EQUAL(argz_add(&vector, &length, "x"), 0);
        EQUAL(argz_add_sep(&vector, &length, "y,,z", ','), 0);
        EQUAL(argz_append(&vector, &length, "q\0r", 4), 0);
        CHECK(IS("x\0y\0z\0q\0r\0"));
        EQUAL(argz_insert(&vector, &length, vector + 2, "new"), 0);
        CHECK(IS("x\0new\0y\0z\0q\0r\0"));
        /* A pointer into an entry means the entry. */
        EQUAL(argz_insert(&vector, &length, vector + 4, "mid"), 0);
        CHECK(IS("x\0mid\0new\0y\0z\0q\0r\0"));
        EQUAL(argz_insert(&vector, &length, NULL, "end"), 0);
        EQUAL(argz_insert(&vector, &length, vector + length, "no"), EINVAL);
        argz_delete(&vector, &length, vector);
        argz_delete(&vector, &length, vector + 4);
        CHECK(IS("mid\0y\0z\0q\0r\0end\0"));
        while (length)
            argz_delete(&vector, &length, vector);
        CHECK(!vector);
    }
    TEST("argz_next_goes_from_entry_to_entry") {
        static const char three[] = "a\0b\0c";
        const char *entry = NULL;
        char text[8] = "";
        while ((entry = argz_next(three, sizeof three, entry)))
            strcat(text, entry);
        CHECK(!strcmp(text, "abc"));
        CHECK(!argz_next(NULL, 0, NULL));
    }
    TEST("argz_replaces_every_occurrence") {
        unsigned count = 3;
        argz_create_sep("aXbX XX none", ' ', &vector, &length);
        EQUAL(argz_replace(&vector, &length, "X", "123", &count), 0);
        CHECK(IS("a123b123\000123123\0none\0"));
        EQUAL(count, 5);
        EQUAL(argz_replace(&vector, &length, "absent", "", &count), 0);
        EQUAL(count, 5);
        free(vector);
    }
    TEST("envz_finds_sets_and_removes_names") {
        argz_create_sep("A=1;B;AB=2", ';', &vector, &length);
        CHECK(!strcmp(envz_get(vector, length, "A"), "1"));
        CHECK(!envz_get(vector, length, "B"));
        CHECK(!strcmp(envz_entry(vector, length, "B"), "B"));
        CHECK(!envz_entry(vector, length, "C"));
        EQUAL(envz_add(&vector, &length, "A", "new"), 0);
        EQUAL(envz_add(&vector, &length, "N", NULL), 0);
        CHECK(IS("B\0AB=2\0A=new\0N\0"));
        EQUAL(envz_merge(&vector, &length, "A=other\0C=3", 12, 0), 0);
        CHECK(IS("B\0AB=2\0A=new\0N\0C=3\0"));
        EQUAL(envz_merge(&vector, &length, "A=other\0C=4", 12, 1), 0);
        CHECK(!strcmp(envz_get(vector, length, "A"), "other"));
        envz_remove(&vector, &length, "AB");
        envz_strip(&vector, &length);
        CHECK(IS("A=other\0C=4\0"));
        free(vector);
    }
    TEST("objects_of_an_obstack_stay_where_they_are") {
        struct obstack stack;
        char *kept[300];
        obstack_init(&stack);
        for (int i = 0; i < 300; i++) {
            char text[40];
            snprintf(text, sizeof text, "object %d of this obstack", i);
            kept[i] = obstack_copy0(&stack, text, (int) strlen(text));
            CHECK(((size_t) kept[i] & (size_t) obstack_alignment_mask(&stack)) == 0);
        }
        CHECK(!strcmp(kept[0], "object 0 of this obstack"));
        CHECK(!strcmp(kept[299], "object 299 of this obstack"));
        CHECK(obstack_memory_used(&stack) > 300 * 20);
        obstack_free(&stack, kept[10]);
        char *again = obstack_alloc(&stack, 8);
        CHECK(again == kept[10]);
        CHECK(!strcmp(kept[9], "object 9 of this obstack"));
        obstack_free(&stack, NULL);
    }
    TEST("an_object_grows_across_chunks") {
        struct obstack stack;
        obstack_begin(&stack, 100);
        for (int i = 0; i < 1000; i++)
            obstack_1grow(&stack, 'a' + i % 26);
        obstack_int_grow(&stack, 7);
        obstack_blank(&stack, 4);
        EQUAL(obstack_object_size(&stack), 1008);
        obstack_1grow(&stack, 0);
        char *object = obstack_finish(&stack);
        CHECK(object[0] == 'a' && object[999] == 'a' + 999 % 26);
        EQUAL(obstack_object_size(&stack), 0);
        obstack_printf(&stack, "%d-%s", 5, "x");
        obstack_1grow(&stack, 0);
        CHECK(!strcmp(obstack_finish(&stack), "5-x"));
        obstack_free(&stack, NULL);
    }
    TEST("chunks_come_from_the_callers_functions_and_go_back") {
        struct obstack stack;
        obstack_specify_allocation_with_arg(&stack, 64, 8, take, give, &chunks_taken);
        void *first = obstack_alloc(&stack, 10);
        for (int i = 0; i < 20; i++)
            obstack_alloc(&stack, 50);
        CHECK(chunks_taken > 10);
        CHECK(_obstack_allocated_p(&stack, first));
        CHECK(!_obstack_allocated_p(&stack, &stack));
        obstack_free(&stack, first);
        CHECK(obstack_empty_p(&stack));
        obstack_free(&stack, NULL);
        EQUAL(chunks_taken, chunks_given);
    }
    DONE();
}
