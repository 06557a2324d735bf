/* <sys/queue.h>: lists and queues. */
#include "check.h"
#include <sys/queue.h>

struct item {
    int number;
    SLIST_ENTRY(item) single;
    STAILQ_ENTRY(item) tail;
    LIST_ENTRY(item) list;
    TAILQ_ENTRY(item) both;
    CIRCLEQ_ENTRY(item) ring;
};

static int joined;
#define ADD(item) (joined = joined * 10 + (item)->number)

int main(void)
{
    struct item items[6];
    struct item *each;
    for (int i = 0; i < 6; i++)
        items[i].number = i;

    TEST("singly_linked_lists") {
        SLIST_HEAD(, item) head = SLIST_HEAD_INITIALIZER(head);
        CHECK(SLIST_EMPTY(&head));
        SLIST_INSERT_HEAD(&head, &items[3], single);
        SLIST_INSERT_HEAD(&head, &items[1], single);
        SLIST_INSERT_AFTER(&items[1], &items[2], single);
        joined = 0;
        SLIST_FOREACH(each, &head, single) ADD(each);
        EQUAL(joined, 123);
        SLIST_REMOVE(&head, &items[2], item, single);
        SLIST_REMOVE_HEAD(&head, single);
        CHECK(SLIST_FIRST(&head) == &items[3] && !SLIST_NEXT(&items[3], single));
    }
    TEST("singly_linked_tail_queues") {
        STAILQ_HEAD(, item) head, other;
        STAILQ_INIT(&head);
        STAILQ_INIT(&other);
        STAILQ_INSERT_TAIL(&head, &items[2], tail);
        STAILQ_INSERT_HEAD(&head, &items[1], tail);
        STAILQ_INSERT_AFTER(&head, &items[2], &items[3], tail);
        STAILQ_INSERT_TAIL(&head, &items[4], tail);
        STAILQ_REMOVE(&head, &items[4], item, tail);
        STAILQ_INSERT_TAIL(&other, &items[5], tail);
        STAILQ_CONCAT(&head, &other);
        CHECK(STAILQ_EMPTY(&other));
        joined = 0;
        STAILQ_FOREACH(each, &head, tail) ADD(each);
        EQUAL(joined, 1235);
        while (!STAILQ_EMPTY(&head))
            STAILQ_REMOVE_HEAD(&head, tail);
        STAILQ_INSERT_TAIL(&head, &items[1], tail);
        CHECK(STAILQ_FIRST(&head) == &items[1]);
    }
    TEST("doubly_linked_lists") {
        LIST_HEAD(, item) head = LIST_HEAD_INITIALIZER(head);
        LIST_INSERT_HEAD(&head, &items[2], list);
        LIST_INSERT_BEFORE(&items[2], &items[1], list);
        LIST_INSERT_AFTER(&items[2], &items[4], list);
        LIST_INSERT_BEFORE(&items[4], &items[3], list);
        LIST_REMOVE(&items[2], list);
        joined = 0;
        LIST_FOREACH(each, &head, list) ADD(each);
        EQUAL(joined, 134);
        LIST_REMOVE(&items[1], list);
        CHECK(LIST_FIRST(&head) == &items[3]);
    }
    TEST("doubly_linked_tail_queues") {
        TAILQ_HEAD(queue, item) head = TAILQ_HEAD_INITIALIZER(head), other;
        TAILQ_INIT(&other);
        TAILQ_INSERT_TAIL(&head, &items[2], both);
        TAILQ_INSERT_HEAD(&head, &items[0], both);
        TAILQ_INSERT_BEFORE(&items[2], &items[1], both);
        TAILQ_INSERT_AFTER(&head, &items[2], &items[3], both);
        TAILQ_INSERT_TAIL(&other, &items[4], both);
        TAILQ_INSERT_TAIL(&other, &items[5], both);
        TAILQ_CONCAT(&head, &other, both);
        TAILQ_REMOVE(&head, &items[0], both);
        TAILQ_REMOVE(&head, &items[5], both);
        joined = 0;
        TAILQ_FOREACH(each, &head, both) ADD(each);
        EQUAL(joined, 1234);
        joined = 0;
        TAILQ_FOREACH_REVERSE(each, &head, queue, both) ADD(each);
        EQUAL(joined, 4321);
        CHECK(TAILQ_LAST(&head, queue) == &items[4] && TAILQ_PREV(&items[2], queue, both) == &items[1]);
        CHECK(!TAILQ_PREV(&items[1], queue, both));
    }
    TEST("rings") {
        CIRCLEQ_HEAD(, item) head = CIRCLEQ_HEAD_INITIALIZER(head);
        CHECK(CIRCLEQ_EMPTY(&head));
        CIRCLEQ_INSERT_HEAD(&head, &items[2], ring);
        CIRCLEQ_INSERT_TAIL(&head, &items[4], ring);
        CIRCLEQ_INSERT_BEFORE(&head, &items[2], &items[1], ring);
        CIRCLEQ_INSERT_AFTER(&head, &items[2], &items[3], ring);
        CIRCLEQ_INSERT_AFTER(&head, &items[4], &items[5], ring);
        CIRCLEQ_REMOVE(&head, &items[3], ring);
        joined = 0;
        CIRCLEQ_FOREACH(each, &head, ring) ADD(each);
        EQUAL(joined, 1245);
        joined = 0;
        CIRCLEQ_FOREACH_REVERSE(each, &head, ring) ADD(each);
        EQUAL(joined, 5421);
        each = &items[5];
        CHECK(CIRCLEQ_LOOP_NEXT(&head, each, ring) == &items[1]);
        each = &items[1];
        CHECK(CIRCLEQ_LOOP_PREV(&head, each, ring) == &items[5]);
    }
    DONE();
}
