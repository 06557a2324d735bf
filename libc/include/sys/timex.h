/* <sys/timex.h>: steering the clock. Linux. */
#ifndef _SYS_TIMEX_H
#define _SYS_TIMEX_H 1

#include <features.h>
#include <bits/types.h>
#include <bits/types/struct_timeval.h>

struct timex {
    unsigned int modes;
    __syscall_slong_t offset;
    __syscall_slong_t freq;
    __syscall_slong_t maxerror;
    __syscall_slong_t esterror;
    int status;
    __syscall_slong_t constant;
    __syscall_slong_t precision;
    __syscall_slong_t tolerance;
    struct timeval time;
    __syscall_slong_t tick;
    __syscall_slong_t ppsfreq;
    __syscall_slong_t jitter;
    int shift;
    __syscall_slong_t stabil;
    __syscall_slong_t jitcnt;
    __syscall_slong_t calcnt;
    __syscall_slong_t errcnt;
    __syscall_slong_t stbcnt;
    int tai;
    int __reserved[11];
};
struct ntptimeval {
    struct timeval time;
    long int maxerror;
    long int esterror;
    long int tai;
    long int __reserved[4];
};
#define NTP_API 4
#define ADJ_OFFSET 0x1
#define MOD_OFFSET 0x1
#define ADJ_FREQUENCY 0x2
#define MOD_FREQUENCY 0x2
#define ADJ_MAXERROR 0x4
#define MOD_MAXERROR 0x4
#define ADJ_ESTERROR 0x8
#define MOD_ESTERROR 0x8
#define ADJ_STATUS 0x10
#define MOD_STATUS 0x10
#define ADJ_TIMECONST 0x20
#define MOD_TIMECONST 0x20
#define ADJ_TAI 0x80
#define MOD_TAI 0x80
#define ADJ_SETOFFSET 0x100
#define ADJ_MICRO 0x1000
#define MOD_MICRO 0x1000
#define ADJ_NANO 0x2000
#define MOD_NANO 0x2000
#define ADJ_TICK 0x4000
#define MOD_CLKB 0x4000
#define ADJ_OFFSET_SINGLESHOT 0x8001
#define MOD_CLKA 0x8001
#define ADJ_OFFSET_SS_READ 0xa001
#define STA_PLL 0x1
#define STA_PPSFREQ 0x2
#define STA_PPSTIME 0x4
#define STA_FLL 0x8
#define STA_INS 0x10
#define STA_DEL 0x20
#define STA_UNSYNC 0x40
#define STA_FREQHOLD 0x80
#define STA_PPSSIGNAL 0x100
#define STA_PPSJITTER 0x200
#define STA_PPSWANDER 0x400
#define STA_PPSERROR 0x800
#define STA_CLOCKERR 0x1000
#define STA_NANO 0x2000
#define STA_MODE 0x4000
#define STA_CLK 0x8000
#define STA_RONLY 0xff00
#define TIME_OK 0
#define TIME_INS 1
#define TIME_DEL 2
#define TIME_OOP 3
#define TIME_WAIT 4
#define TIME_BAD 5
#define TIME_ERROR 5

__BEGIN_DECLS
extern int adjtimex(struct timex *state) __THROW;
extern int ntp_adjtime(struct timex *state) __THROW;
extern int ntp_gettime(struct ntptimeval *state) __THROW;
#ifdef __USE_GNU
extern int clock_adjtime(__clockid_t clock, struct timex *state) __THROW;
#endif
__END_DECLS

#endif
