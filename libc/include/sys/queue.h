/* <sys/queue.h>: lists and queues of the program's own structures, as macros. BSD.

   SLIST   singly linked; insert and remove at its head
   STAILQ  singly linked, with its tail known (SIMPLEQ does the same)
   LIST    doubly linked; remove from anywhere
   TAILQ   doubly linked, with its tail known; walk either way
   CIRCLEQ doubly linked to a ring through its head */
#ifndef _SYS_QUEUE_H
#define _SYS_QUEUE_H 1

#define SLIST_HEAD(name, type) struct name { struct type *slh_first; }
#define SLIST_HEAD_INITIALIZER(head) { 0 }
#define SLIST_ENTRY(type) struct { struct type *sle_next; }
#define SLIST_FIRST(head) ((head)->slh_first)
#define SLIST_EMPTY(head) (SLIST_FIRST(head) == 0)
#define SLIST_NEXT(entry, field) ((entry)->field.sle_next)
#define SLIST_INIT(head) do { SLIST_FIRST(head) = 0; } while (0)
#define SLIST_FOREACH(entry, head, field) \
    for ((entry) = SLIST_FIRST(head); (entry); (entry) = SLIST_NEXT(entry, field))
#define SLIST_INSERT_HEAD(head, entry, field) \
    do { \
        SLIST_NEXT(entry, field) = SLIST_FIRST(head); \
        SLIST_FIRST(head) = (entry); \
    } while (0)
#define SLIST_INSERT_AFTER(before, entry, field) \
    do { \
        SLIST_NEXT(entry, field) = SLIST_NEXT(before, field); \
        SLIST_NEXT(before, field) = (entry); \
    } while (0)
#define SLIST_REMOVE_HEAD(head, field) do { SLIST_FIRST(head) = SLIST_NEXT(SLIST_FIRST(head), field); } while (0)
#define SLIST_REMOVE(head, entry, type, field) \
    do { \
        struct type **slist_place = &SLIST_FIRST(head); \
        while (*slist_place != (entry)) \
            slist_place = &SLIST_NEXT(*slist_place, field); \
        *slist_place = SLIST_NEXT(entry, field); \
    } while (0)

#define STAILQ_HEAD(name, type) \
    struct name { \
        struct type *stqh_first; \
        struct type **stqh_last; \
    }
#define STAILQ_HEAD_INITIALIZER(head) { 0, &(head).stqh_first }
#define STAILQ_ENTRY(type) struct { struct type *stqe_next; }
#define STAILQ_FIRST(head) ((head)->stqh_first)
#define STAILQ_EMPTY(head) (STAILQ_FIRST(head) == 0)
#define STAILQ_NEXT(entry, field) ((entry)->field.stqe_next)
#define STAILQ_INIT(head) \
    do { \
        STAILQ_FIRST(head) = 0; \
        (head)->stqh_last = &STAILQ_FIRST(head); \
    } while (0)
#define STAILQ_FOREACH(entry, head, field) \
    for ((entry) = STAILQ_FIRST(head); (entry); (entry) = STAILQ_NEXT(entry, field))
#define STAILQ_INSERT_HEAD(head, entry, field) \
    do { \
        if ((STAILQ_NEXT(entry, field) = STAILQ_FIRST(head)) == 0) \
            (head)->stqh_last = &STAILQ_NEXT(entry, field); \
        STAILQ_FIRST(head) = (entry); \
    } while (0)
#define STAILQ_INSERT_TAIL(head, entry, field) \
    do { \
        STAILQ_NEXT(entry, field) = 0; \
        *(head)->stqh_last = (entry); \
        (head)->stqh_last = &STAILQ_NEXT(entry, field); \
    } while (0)
#define STAILQ_INSERT_AFTER(head, before, entry, field) \
    do { \
        if ((STAILQ_NEXT(entry, field) = STAILQ_NEXT(before, field)) == 0) \
            (head)->stqh_last = &STAILQ_NEXT(entry, field); \
        STAILQ_NEXT(before, field) = (entry); \
    } while (0)
#define STAILQ_REMOVE_HEAD(head, field) \
    do { \
        if ((STAILQ_FIRST(head) = STAILQ_NEXT(STAILQ_FIRST(head), field)) == 0) \
            (head)->stqh_last = &STAILQ_FIRST(head); \
    } while (0)
#define STAILQ_REMOVE(head, entry, type, field) \
    do { \
        struct type **stailq_place = &STAILQ_FIRST(head); \
        while (*stailq_place != (entry)) \
            stailq_place = &STAILQ_NEXT(*stailq_place, field); \
        if ((*stailq_place = STAILQ_NEXT(entry, field)) == 0) \
            (head)->stqh_last = stailq_place; \
    } while (0)
#define STAILQ_CONCAT(one, two) \
    do { \
        if (!STAILQ_EMPTY(two)) { \
            *(one)->stqh_last = STAILQ_FIRST(two); \
            (one)->stqh_last = (two)->stqh_last; \
            STAILQ_INIT(two); \
        } \
    } while (0)

#define SIMPLEQ_HEAD(name, type) \
    struct name { \
        struct type *sqh_first; \
        struct type **sqh_last; \
    }
#define SIMPLEQ_HEAD_INITIALIZER(head) { 0, &(head).sqh_first }
#define SIMPLEQ_ENTRY(type) struct { struct type *sqe_next; }
#define SIMPLEQ_FIRST(head) ((head)->sqh_first)
#define SIMPLEQ_EMPTY(head) (SIMPLEQ_FIRST(head) == 0)
#define SIMPLEQ_NEXT(entry, field) ((entry)->field.sqe_next)
#define SIMPLEQ_INIT(head) \
    do { \
        SIMPLEQ_FIRST(head) = 0; \
        (head)->sqh_last = &SIMPLEQ_FIRST(head); \
    } while (0)
#define SIMPLEQ_FOREACH(entry, head, field) \
    for ((entry) = SIMPLEQ_FIRST(head); (entry); (entry) = SIMPLEQ_NEXT(entry, field))
#define SIMPLEQ_INSERT_HEAD(head, entry, field) \
    do { \
        if ((SIMPLEQ_NEXT(entry, field) = SIMPLEQ_FIRST(head)) == 0) \
            (head)->sqh_last = &SIMPLEQ_NEXT(entry, field); \
        SIMPLEQ_FIRST(head) = (entry); \
    } while (0)
#define SIMPLEQ_INSERT_TAIL(head, entry, field) \
    do { \
        SIMPLEQ_NEXT(entry, field) = 0; \
        *(head)->sqh_last = (entry); \
        (head)->sqh_last = &SIMPLEQ_NEXT(entry, field); \
    } while (0)
#define SIMPLEQ_INSERT_AFTER(head, before, entry, field) \
    do { \
        if ((SIMPLEQ_NEXT(entry, field) = SIMPLEQ_NEXT(before, field)) == 0) \
            (head)->sqh_last = &SIMPLEQ_NEXT(entry, field); \
        SIMPLEQ_NEXT(before, field) = (entry); \
    } while (0)
#define SIMPLEQ_REMOVE_HEAD(head, field) \
    do { \
        if ((SIMPLEQ_FIRST(head) = SIMPLEQ_NEXT(SIMPLEQ_FIRST(head), field)) == 0) \
            (head)->sqh_last = &SIMPLEQ_FIRST(head); \
    } while (0)
#define SIMPLEQ_REMOVE(head, entry, type, field) \
    do { \
        struct type **simpleq_place = &SIMPLEQ_FIRST(head); \
        while (*simpleq_place != (entry)) \
            simpleq_place = &SIMPLEQ_NEXT(*simpleq_place, field); \
        if ((*simpleq_place = SIMPLEQ_NEXT(entry, field)) == 0) \
            (head)->sqh_last = simpleq_place; \
    } while (0)

#define LIST_HEAD(name, type) struct name { struct type *lh_first; }
#define LIST_HEAD_INITIALIZER(head) { 0 }
/* Each entry knows the place that points to it. */
#define LIST_ENTRY(type) \
    struct { \
        struct type *le_next; \
        struct type **le_prev; \
    }
#define LIST_FIRST(head) ((head)->lh_first)
#define LIST_EMPTY(head) (LIST_FIRST(head) == 0)
#define LIST_NEXT(entry, field) ((entry)->field.le_next)
#define LIST_INIT(head) do { LIST_FIRST(head) = 0; } while (0)
#define LIST_FOREACH(entry, head, field) \
    for ((entry) = LIST_FIRST(head); (entry); (entry) = LIST_NEXT(entry, field))
#define LIST_INSERT_HEAD(head, entry, field) \
    do { \
        if ((LIST_NEXT(entry, field) = LIST_FIRST(head)) != 0) \
            LIST_FIRST(head)->field.le_prev = &LIST_NEXT(entry, field); \
        LIST_FIRST(head) = (entry); \
        (entry)->field.le_prev = &LIST_FIRST(head); \
    } while (0)
#define LIST_INSERT_AFTER(before, entry, field) \
    do { \
        if ((LIST_NEXT(entry, field) = LIST_NEXT(before, field)) != 0) \
            LIST_NEXT(before, field)->field.le_prev = &LIST_NEXT(entry, field); \
        LIST_NEXT(before, field) = (entry); \
        (entry)->field.le_prev = &LIST_NEXT(before, field); \
    } while (0)
#define LIST_INSERT_BEFORE(after, entry, field) \
    do { \
        (entry)->field.le_prev = (after)->field.le_prev; \
        LIST_NEXT(entry, field) = (after); \
        *(after)->field.le_prev = (entry); \
        (after)->field.le_prev = &LIST_NEXT(entry, field); \
    } while (0)
#define LIST_REMOVE(entry, field) \
    do { \
        if (LIST_NEXT(entry, field) != 0) \
            LIST_NEXT(entry, field)->field.le_prev = (entry)->field.le_prev; \
        *(entry)->field.le_prev = LIST_NEXT(entry, field); \
    } while (0)

#define _TAILQ_HEAD(name, type, qualifier) \
    struct name { \
        qualifier type *tqh_first; \
        qualifier type *qualifier *tqh_last; \
    }
#define TAILQ_HEAD(name, type) _TAILQ_HEAD(name, struct type, )
#define TAILQ_HEAD_INITIALIZER(head) { 0, &(head).tqh_first }
#define _TAILQ_ENTRY(type, qualifier) \
    struct { \
        qualifier type *tqe_next; \
        qualifier type *qualifier *tqe_prev; \
    }
#define TAILQ_ENTRY(type) _TAILQ_ENTRY(struct type, )
#define TAILQ_FIRST(head) ((head)->tqh_first)
#define TAILQ_EMPTY(head) (TAILQ_FIRST(head) == 0)
#define TAILQ_NEXT(entry, field) ((entry)->field.tqe_next)
/* The place that leads to an entry is the next-pointer of the one before; the entry before that one's is behind it, as in a head. */
#define TAILQ_LAST(head, name) (*(((struct name *) ((head)->tqh_last))->tqh_last))
#define TAILQ_PREV(entry, name, field) (*(((struct name *) ((entry)->field.tqe_prev))->tqh_last))
#define TAILQ_INIT(head) \
    do { \
        TAILQ_FIRST(head) = 0; \
        (head)->tqh_last = &TAILQ_FIRST(head); \
    } while (0)
#define TAILQ_FOREACH(entry, head, field) \
    for ((entry) = TAILQ_FIRST(head); (entry); (entry) = TAILQ_NEXT(entry, field))
#define TAILQ_FOREACH_REVERSE(entry, head, name, field) \
    for ((entry) = TAILQ_LAST(head, name); (entry); (entry) = TAILQ_PREV(entry, name, field))
#define TAILQ_INSERT_HEAD(head, entry, field) \
    do { \
        if ((TAILQ_NEXT(entry, field) = TAILQ_FIRST(head)) != 0) \
            TAILQ_FIRST(head)->field.tqe_prev = &TAILQ_NEXT(entry, field); \
        else \
            (head)->tqh_last = &TAILQ_NEXT(entry, field); \
        TAILQ_FIRST(head) = (entry); \
        (entry)->field.tqe_prev = &TAILQ_FIRST(head); \
    } while (0)
#define TAILQ_INSERT_TAIL(head, entry, field) \
    do { \
        TAILQ_NEXT(entry, field) = 0; \
        (entry)->field.tqe_prev = (head)->tqh_last; \
        *(head)->tqh_last = (entry); \
        (head)->tqh_last = &TAILQ_NEXT(entry, field); \
    } while (0)
#define TAILQ_INSERT_AFTER(head, before, entry, field) \
    do { \
        if ((TAILQ_NEXT(entry, field) = TAILQ_NEXT(before, field)) != 0) \
            TAILQ_NEXT(entry, field)->field.tqe_prev = &TAILQ_NEXT(entry, field); \
        else \
            (head)->tqh_last = &TAILQ_NEXT(entry, field); \
        TAILQ_NEXT(before, field) = (entry); \
        (entry)->field.tqe_prev = &TAILQ_NEXT(before, field); \
    } while (0)
#define TAILQ_INSERT_BEFORE(after, entry, field) \
    do { \
        (entry)->field.tqe_prev = (after)->field.tqe_prev; \
        TAILQ_NEXT(entry, field) = (after); \
        *(after)->field.tqe_prev = (entry); \
        (after)->field.tqe_prev = &TAILQ_NEXT(entry, field); \
    } while (0)
#define TAILQ_REMOVE(head, entry, field) \
    do { \
        if (TAILQ_NEXT(entry, field) != 0) \
            TAILQ_NEXT(entry, field)->field.tqe_prev = (entry)->field.tqe_prev; \
        else \
            (head)->tqh_last = (entry)->field.tqe_prev; \
        *(entry)->field.tqe_prev = TAILQ_NEXT(entry, field); \
    } while (0)
#define TAILQ_CONCAT(one, two, field) \
    do { \
        if (!TAILQ_EMPTY(two)) { \
            *(one)->tqh_last = TAILQ_FIRST(two); \
            TAILQ_FIRST(two)->field.tqe_prev = (one)->tqh_last; \
            (one)->tqh_last = (two)->tqh_last; \
            TAILQ_INIT(two); \
        } \
    } while (0)

#define CIRCLEQ_HEAD(name, type) \
    struct name { \
        struct type *cqh_first; \
        struct type *cqh_last; \
    }
#define CIRCLEQ_HEAD_INITIALIZER(head) { (void *) &(head), (void *) &(head) }
#define CIRCLEQ_ENTRY(type) \
    struct { \
        struct type *cqe_next; \
        struct type *cqe_prev; \
    }
#define CIRCLEQ_FIRST(head) ((head)->cqh_first)
#define CIRCLEQ_LAST(head) ((head)->cqh_last)
#define CIRCLEQ_EMPTY(head) ((void *) CIRCLEQ_FIRST(head) == (void *) (head))
#define CIRCLEQ_NEXT(entry, field) ((entry)->field.cqe_next)
#define CIRCLEQ_PREV(entry, field) ((entry)->field.cqe_prev)
#define CIRCLEQ_LOOP_NEXT(head, entry, field) \
    ((void *) CIRCLEQ_NEXT(entry, field) == (void *) (head) ? CIRCLEQ_FIRST(head) : CIRCLEQ_NEXT(entry, field))
#define CIRCLEQ_LOOP_PREV(head, entry, field) \
    ((void *) CIRCLEQ_PREV(entry, field) == (void *) (head) ? CIRCLEQ_LAST(head) : CIRCLEQ_PREV(entry, field))
#define CIRCLEQ_INIT(head) \
    do { \
        CIRCLEQ_FIRST(head) = (void *) (head); \
        CIRCLEQ_LAST(head) = (void *) (head); \
    } while (0)
#define CIRCLEQ_FOREACH(entry, head, field) \
    for ((entry) = CIRCLEQ_FIRST(head); (void *) (entry) != (void *) (head); (entry) = CIRCLEQ_NEXT(entry, field))
#define CIRCLEQ_FOREACH_REVERSE(entry, head, field) \
    for ((entry) = CIRCLEQ_LAST(head); (void *) (entry) != (void *) (head); (entry) = CIRCLEQ_PREV(entry, field))
#define CIRCLEQ_INSERT_AFTER(head, before, entry, field) \
    do { \
        CIRCLEQ_NEXT(entry, field) = CIRCLEQ_NEXT(before, field); \
        CIRCLEQ_PREV(entry, field) = (before); \
        if ((void *) CIRCLEQ_NEXT(before, field) == (void *) (head)) \
            CIRCLEQ_LAST(head) = (entry); \
        else \
            CIRCLEQ_PREV(CIRCLEQ_NEXT(before, field), field) = (entry); \
        CIRCLEQ_NEXT(before, field) = (entry); \
    } while (0)
#define CIRCLEQ_INSERT_BEFORE(head, after, entry, field) \
    do { \
        CIRCLEQ_NEXT(entry, field) = (after); \
        CIRCLEQ_PREV(entry, field) = CIRCLEQ_PREV(after, field); \
        if ((void *) CIRCLEQ_PREV(after, field) == (void *) (head)) \
            CIRCLEQ_FIRST(head) = (entry); \
        else \
            CIRCLEQ_NEXT(CIRCLEQ_PREV(after, field), field) = (entry); \
        CIRCLEQ_PREV(after, field) = (entry); \
    } while (0)
#define CIRCLEQ_INSERT_HEAD(head, entry, field) \
    do { \
        CIRCLEQ_NEXT(entry, field) = CIRCLEQ_FIRST(head); \
        CIRCLEQ_PREV(entry, field) = (void *) (head); \
        if (CIRCLEQ_EMPTY(head)) \
            CIRCLEQ_LAST(head) = (entry); \
        else \
            CIRCLEQ_PREV(CIRCLEQ_FIRST(head), field) = (entry); \
        CIRCLEQ_FIRST(head) = (entry); \
    } while (0)
#define CIRCLEQ_INSERT_TAIL(head, entry, field) \
    do { \
        CIRCLEQ_NEXT(entry, field) = (void *) (head); \
        CIRCLEQ_PREV(entry, field) = CIRCLEQ_LAST(head); \
        if (CIRCLEQ_EMPTY(head)) \
            CIRCLEQ_FIRST(head) = (entry); \
        else \
            CIRCLEQ_NEXT(CIRCLEQ_LAST(head), field) = (entry); \
        CIRCLEQ_LAST(head) = (entry); \
    } while (0)
#define CIRCLEQ_REMOVE(head, entry, field) \
    do { \
        if ((void *) CIRCLEQ_NEXT(entry, field) == (void *) (head)) \
            CIRCLEQ_LAST(head) = CIRCLEQ_PREV(entry, field); \
        else \
            CIRCLEQ_PREV(CIRCLEQ_NEXT(entry, field), field) = CIRCLEQ_PREV(entry, field); \
        if ((void *) CIRCLEQ_PREV(entry, field) == (void *) (head)) \
            CIRCLEQ_FIRST(head) = CIRCLEQ_NEXT(entry, field); \
        else \
            CIRCLEQ_NEXT(CIRCLEQ_PREV(entry, field), field) = CIRCLEQ_NEXT(entry, field); \
    } while (0)

#endif
