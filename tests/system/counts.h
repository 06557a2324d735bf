/* The kernel's counts of everything, and whether something was lost between two of them. */
#ifndef COUNTS_H
#define COUNTS_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct counts {
    char text[4096];
};

static inline void take_counts(struct counts *counts)
{
    int file = open("/proc/trivet/counts", O_RDONLY | O_CLOEXEC);
    ssize_t count = file < 0 ? -1 : read(file, counts->text, sizeof counts->text - 1);
    counts->text[count > 0 ? count : 0] = 0;
    close(file);
}

/* A number by its name, "handles" for instance; -1 where there is none. */
static inline long count_named(const struct counts *counts, const char *name)
{
    char line[64];
    int length = snprintf(line, sizeof line, "\n%s ", name);
    const char *found = strstr(counts->text, line);
    return found ? strtol(found + length, 0, 10) : -1;
}

/* Waits until the objects are as many as they were: what ended is taken apart in steps. Answers whether they are; what differs is shown. */
static inline int counts_come_back(const struct counts *before)
{
    static const char *const names[] = { "processes", "threads", "endpoints", "sessions", "memories", "wait_sets", "timers", "handles" };
    struct counts after;
    int same = 0;
    for (int patience = 0; patience < 100 && !same; patience++) {
        usleep(20000);
        take_counts(&after);
        same = 1;
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            same &= count_named(before, names[i]) >= 0 && count_named(before, names[i]) == count_named(&after, names[i]);
    }
    for (unsigned i = 0; i < sizeof names / sizeof *names && !same; i++)
        if (count_named(before, names[i]) != count_named(&after, names[i]))
            printf("%s: %ld, then %ld\n", names[i], count_named(before, names[i]), count_named(&after, names[i]));
    return same;
}

#endif
