/* What the sweep (inject.c) and the operations that it sweeps over (operations.c) share. */
#ifndef INJECT_H
#define INJECT_H

#define _GNU_SOURCE
#include <errno.h>
#include <semaphore.h>
#include <signal.h>

/* Runs of the handler in this round, and of the one for another signal. */
extern volatile sig_atomic_t handled, others;
/* What was wrong, or 0. */
extern const char *volatile wrong;
/* What the handler does besides: it lets an operation end that waits. */
extern void (*volatile released_by)(void);
/* Whether handlers ask for interrupted calls to go on. */
extern int restarts;
/* A pipe that is empty, the lowest descriptor that is free, a file, and a semaphore that is 0. */
extern int ends[2], lowest;
extern char path[64];
extern sem_t semaphore;

/* Nanoseconds of the monotonic clock. */
long long now_ns(void);
/* Sets the alarm and lets the round's time pass. What comes next is the operation; errno is 1234. */
void begin(void);
/* Whether a call ended by the signal, as it may where `may` holds. */
int again(int may);

/* For what SA_RESTART lets go on, and what ends in any case. */
#define RESTARTED(call) \
    ({ \
        long answer_; \
        do \
            answer_ = (call); \
        while (answer_ == -1 && again(!restarts)); \
        answer_; \
    })
#define INTERRUPTED(call) \
    ({ \
        long answer_; \
        do \
            answer_ = (call); \
        while (answer_ == -1 && again(1)); \
        answer_; \
    })
#define NEED(condition) \
    do { \
        if (!(condition)) { \
            if (!wrong) \
                wrong = #condition; \
            return; \
        } \
    } while (0)

/* `window`: how many instructions of an operation that waits for its signal are swept; 0: the operation ends by itself and is
 * measured. */
struct operation {
    const char *name;
    void (*perform)(void);
    unsigned long window;
};
extern const struct operation operations[];
extern const int operation_count;

#endif
