/* <obstack.h>: stacks of objects that grow at their end, in chunks of the caller's memory. GNU. */
#ifndef _OBSTACK_H
#define _OBSTACK_H 1

#include <features.h>
#define __need___va_list
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct _obstack_chunk {
    char *limit;
    struct _obstack_chunk *prev;
    char contents[4];
};

struct obstack {
    long chunk_size;
    struct _obstack_chunk *chunk;
    /* The object that grows: where it begins, where its next byte goes, where the chunk ends. */
    char *object_base;
    char *next_free;
    char *chunk_limit;
    union {
        ptrdiff_t i;
        void *p;
    } temp;
    int alignment_mask;
    struct _obstack_chunk *(*chunkfun)(void *, long);
    void (*freefun)(void *, struct _obstack_chunk *);
    void *extra_arg;
    unsigned use_extra_arg : 1;
    unsigned maybe_empty_object : 1;
    unsigned alloc_failed : 1;
};

__BEGIN_DECLS
extern int _obstack_begin(struct obstack *stack, int size, int alignment, void *(*take)(long), void (*give)(void *));
extern int _obstack_begin_1(struct obstack *stack, int size, int alignment, void *(*take)(void *, long),
                            void (*give)(void *, void *), void *argument);
extern void _obstack_newchunk(struct obstack *stack, int length);
extern int _obstack_allocated_p(struct obstack *stack, void *object);
extern int _obstack_memory_used(struct obstack *stack);
extern void _obstack_free(struct obstack *stack, void *object);
extern void obstack_free(struct obstack *stack, void *object);
extern void (*obstack_alloc_failed_handler)(void);
extern int obstack_exit_failure;
extern int obstack_printf(struct obstack *__restrict stack, const char *__restrict format, ...)
    __attribute__((__format__(__printf__, 2, 3)));
extern int obstack_vprintf(struct obstack *__restrict stack, const char *__restrict format, __gnuc_va_list arguments)
    __attribute__((__format__(__printf__, 2, 0)));
__END_DECLS

/* The program says by obstack_chunk_alloc and obstack_chunk_free where chunks come from. */
#define obstack_init(stack) \
    _obstack_begin((stack), 0, 0, (void *(*)(long)) obstack_chunk_alloc, (void (*)(void *)) obstack_chunk_free)
#define obstack_begin(stack, size) \
    _obstack_begin((stack), (size), 0, (void *(*)(long)) obstack_chunk_alloc, (void (*)(void *)) obstack_chunk_free)
#define obstack_specify_allocation(stack, size, alignment, take, give) \
    _obstack_begin((stack), (size), (alignment), (void *(*)(long))(take), (void (*)(void *))(give))
#define obstack_specify_allocation_with_arg(stack, size, alignment, take, give, argument) \
    _obstack_begin_1((stack), (size), (alignment), (void *(*)(void *, long))(take), (void (*)(void *, void *))(give), \
                     (argument))
#define obstack_chunkfun(stack, take) ((void) ((stack)->chunkfun = (struct _obstack_chunk *(*)(void *, long))(take)))
#define obstack_freefun(stack, give) ((void) ((stack)->freefun = (void (*)(void *, struct _obstack_chunk *))(give)))

#define obstack_alignment_mask(stack) ((stack)->alignment_mask)
#define obstack_chunk_size(stack) ((stack)->chunk_size)
#define obstack_memory_used(stack) _obstack_memory_used(stack)
#define obstack_base(stack) ((void *) (stack)->object_base)
#define obstack_next_free(stack) ((void *) (stack)->next_free)

/* Each of these takes its arguments once. */
static __inline int __obstack_size(const struct obstack *stack)
{
    return (int) (stack->next_free - stack->object_base);
}

static __inline int __obstack_room(const struct obstack *stack)
{
    return (int) (stack->chunk_limit - stack->next_free);
}

static __inline void __obstack_ensure(struct obstack *stack, int length)
{
    if (__obstack_room(stack) < length)
        _obstack_newchunk(stack, length);
}

static __inline void __obstack_append(struct obstack *stack, const void *bytes, int length)
{
    __obstack_ensure(stack, length);
    memcpy(stack->next_free, bytes, (size_t) length);
    stack->next_free += length;
}

static __inline void __obstack_append_byte(struct obstack *stack, char byte)
{
    __obstack_ensure(stack, 1);
    *stack->next_free++ = byte;
}

static __inline void *__obstack_close(struct obstack *stack)
{
    char *object = stack->object_base;
    size_t mask = (size_t) stack->alignment_mask;
    size_t end;
    if (stack->next_free == object)
        stack->maybe_empty_object = 1;
    end = ((size_t) stack->next_free + mask) & ~mask;
    stack->next_free += end - (size_t) stack->next_free;
    if (stack->next_free > stack->chunk_limit)
        stack->next_free = stack->chunk_limit;
    stack->object_base = stack->next_free;
    return object;
}

static __inline void *__obstack_take(struct obstack *stack, int length)
{
    __obstack_ensure(stack, length);
    stack->next_free += length;
    return __obstack_close(stack);
}

static __inline void *__obstack_take_copy(struct obstack *stack, const void *bytes, int length)
{
    __obstack_append(stack, bytes, length);
    return __obstack_close(stack);
}

static __inline void *__obstack_take_string(struct obstack *stack, const void *bytes, int length)
{
    __obstack_append(stack, bytes, length);
    __obstack_append_byte(stack, 0);
    return __obstack_close(stack);
}

static __inline void __obstack_append_string(struct obstack *stack, const void *bytes, int length)
{
    __obstack_append(stack, bytes, length);
    __obstack_append_byte(stack, 0);
}

static __inline void __obstack_append_pointer(struct obstack *stack, const void *pointer)
{
    __obstack_append(stack, &pointer, (int) sizeof pointer);
}

static __inline void __obstack_append_int(struct obstack *stack, int number)
{
    __obstack_append(stack, &number, (int) sizeof number);
}

static __inline void __obstack_extend(struct obstack *stack, int length)
{
    __obstack_ensure(stack, length);
    stack->next_free += length;
}

#define obstack_object_size(stack) __obstack_size(stack)
#define obstack_room(stack) __obstack_room(stack)
#define obstack_make_room(stack, length) __obstack_ensure((stack), (length))
#define obstack_empty_p(stack) \
    ((stack)->chunk->prev == 0 \
     && (stack)->next_free \
            == (char *) (((size_t) (stack)->chunk->contents + (size_t) (stack)->alignment_mask) \
                         & ~(size_t) (stack)->alignment_mask))
#define obstack_grow(stack, bytes, length) __obstack_append((stack), (bytes), (length))
#define obstack_grow0(stack, bytes, length) __obstack_append_string((stack), (bytes), (length))
#define obstack_1grow(stack, byte) __obstack_append_byte((stack), (char) (byte))
#define obstack_ptr_grow(stack, pointer) __obstack_append_pointer((stack), (pointer))
#define obstack_int_grow(stack, number) __obstack_append_int((stack), (number))
#define obstack_blank(stack, length) __obstack_extend((stack), (length))
#define obstack_1grow_fast(stack, byte) ((void) (*(stack)->next_free++ = (char) (byte)))
#define obstack_ptr_grow_fast(stack, pointer) \
    ((void) (*(const void **) (stack)->next_free = (pointer)), (void) ((stack)->next_free += sizeof(void *)))
#define obstack_int_grow_fast(stack, number) \
    ((void) (*(int *) (stack)->next_free = (number)), (void) ((stack)->next_free += sizeof(int)))
#define obstack_blank_fast(stack, length) ((void) ((stack)->next_free += (length)))
#define obstack_alloc(stack, length) __obstack_take((stack), (length))
#define obstack_copy(stack, bytes, length) __obstack_take_copy((stack), (bytes), (length))
#define obstack_copy0(stack, bytes, length) __obstack_take_string((stack), (bytes), (length))
#define obstack_finish(stack) __obstack_close(stack)
#define obstack_free(stack, object) (obstack_free)((stack), (object))

#endif
