/* <time.h>: calendar, zones, texts and clocks. */
#define _GNU_SOURCE
#include "check.h"
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static void zone(const char *value)
{
    setenv("TZ", value, 1);
    tzset();
}

int main(void)
{
    TEST("universal time and back") {
        time_t t = 951827696; /* 29 February 2000 */
        struct tm tm;
        CHECK(gmtime_r(&t, &tm) == &tm);
        EQUAL(tm.tm_year, 100);
        EQUAL(tm.tm_mon, 1);
        EQUAL(tm.tm_mday, 29);
        EQUAL(tm.tm_yday, 59);
        EQUAL(tm.tm_wday, 2);
        EQUAL(timegm(&tm), t);
        t = (time_t)1 << 60;
        errno = 0;
        CHECK(gmtime(&t) == NULL);
        EQUAL(errno, EOVERFLOW);
    }
    TEST("a POSIX rule gives daylight saving time") {
        zone("CET-1CEST,M3.5.0,M10.5.0/3");
        EQUAL(timezone, -3600);
        EQUAL(daylight, 1);
        EQUAL(strcmp(tzname[1], "CEST"), 0);
        time_t t = 1625097600;
        struct tm *tm = localtime(&t);
        EQUAL(tm->tm_isdst, 1);
        EQUAL(tm->tm_gmtoff, 7200);
        EQUAL(strcmp(tm->tm_zone, "CEST"), 0);
        EQUAL(mktime(tm), t);
        struct tm gap = {.tm_year = 121, .tm_mon = 2, .tm_mday = 28, .tm_hour = 2, .tm_min = 30, .tm_isdst = -1};
        EQUAL(mktime(&gap), 1616895000);
        EQUAL(gap.tm_hour, 3);
    }
    TEST("an unknown zone is universal time") {
        zone("../../../etc/passwd");
        time_t t = 0;
        EQUAL(localtime(&t)->tm_hour, 0);
        EQUAL(timezone, 0);
    }
    TEST("strftime and strptime are inverse") {
        zone("UTC0");
        char text[64];
        time_t t = 1234567890;
        struct tm tm = *gmtime(&t), back = {0};
        EQUAL(strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %j %a %G-W%V-%u", &tm), 38);
        EQUAL(strcmp(text, "2009-02-13 23:31:30 044 Fri 2009-W07-5"), 0);
        EQUAL(strftime(text, 5, "%Y-", &tm), 0);
        CHECK(strptime("2009-02-13 23:31:30", "%Y-%m-%d %T", &back) != NULL);
        EQUAL(timegm(&back), t);
        CHECK(strptime("x", "%d", &back) == NULL);
        EQUAL(strcmp(asctime(&tm), "Fri Feb 13 23:31:30 2009\n"), 0);
    }
    TEST("clocks run and do not go back") {
        struct timespec a, b, half = {0, 1000};
        EQUAL(clock_gettime(CLOCK_MONOTONIC, &a), 0);
        EQUAL(nanosleep(&half, NULL), 0);
        EQUAL(clock_gettime(CLOCK_MONOTONIC, &b), 0);
        CHECK(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec > a.tv_nsec));
        struct timeval now;
        EQUAL(gettimeofday(&now, NULL), 0);
        CHECK(now.tv_sec - time(NULL) <= 1);
        struct timespec wrong = {0, 1000000000};
        EQUAL(nanosleep(&wrong, NULL), -1);
        EQUAL(errno, EINVAL);
        EQUAL(clock_gettime(4711, &a), -1);
        CHECK(difftime(7, 5) == 2);
    }
    DONE();
}
