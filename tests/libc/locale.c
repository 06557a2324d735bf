/* <locale.h>, <wchar.h>, <wctype.h>, <langinfo.h>, <iconv.h>, <libintl.h>: locales and characters. */
#define _GNU_SOURCE
#include "check.h"
#include <iconv.h>
#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <uchar.h>
#include <wchar.h>
#include <wctype.h>

int main(void)
{
    TEST("a program starts in the C locale") {
        EQUAL(strcmp(setlocale(LC_ALL, NULL), "C"), 0);
        EQUAL(MB_CUR_MAX, 1);
        EQUAL(strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968"), 0);
        EQUAL(strcmp(localeconv()->decimal_point, "."), 0);
        CHECK(setlocale(LC_ALL, "no_SUCH.locale") == NULL);
    }
    TEST("C.UTF-8 has wide characters") {
        CHECK(setlocale(LC_ALL, "C.UTF-8") != NULL);
        EQUAL(strcmp(nl_langinfo(CODESET), "UTF-8"), 0);
        wchar_t wide[8];
        EQUAL(mbstowcs(wide, "a\xc3\xa4\xe2\x82\xac", 8), 3);
        EQUAL(wide[1], 0xe4);
        EQUAL(wide[2], 0x20ac);
        char back[16];
        EQUAL(wcstombs(back, wide, 16), 6);
        EQUAL(mblen("\xc3\xa4", 2), 2);
        EQUAL(mblen("\xff", 1), -1);
        CHECK(iswalpha(0xe4) && !iswalpha(0x20ac) && iswpunct(0x20ac));
        EQUAL(towupper(0xe4), 0xc4);
        EQUAL(wcwidth(0x4e00), 2);
        EQUAL(wcwidth(0x301), 0);
        EQUAL(wcscmp(L"abc", L"abd"), -1);
        CHECK(wcsstr(L"hello", L"ll") != NULL);
    }
    TEST("a cut character is kept in the state") {
        mbstate_t state = {0};
        wchar_t wide = 0;
        EQUAL(mbrtowc(&wide, "\xe2\x82", 2, &state), (size_t)-2);
        CHECK(!mbsinit(&state));
        EQUAL(mbrtowc(&wide, "\xac", 1, &state), 1);
        EQUAL(wide, 0x20ac);
        char16_t unit;
        memset(&state, 0, sizeof state);
        EQUAL(mbrtoc16(&unit, "\xf0\x9f\x98\x80", 4, &state), 4);
        EQUAL(unit, 0xd83d);
        EQUAL(mbrtoc16(&unit, "", 1, &state), (size_t)-3);
        EQUAL(unit, 0xde00);
    }
    TEST("a thread's locale is its own") {
        locale_t c = newlocale(LC_ALL_MASK, "C", NULL);
        locale_t before = uselocale(c);
        CHECK(before == LC_GLOBAL_LOCALE);
        EQUAL(MB_CUR_MAX, 1);
        uselocale(LC_GLOBAL_LOCALE);
        EQUAL(MB_CUR_MAX, 6);
        CHECK(iswalpha_l('a', c));
        freelocale(c);
    }
    TEST("iconv converts and says where it stopped") {
        iconv_t cd = iconv_open("UTF-8", "ISO-8859-15");
        char in[] = "a\xa4", out[8], *i = in, *o = out;
        size_t n = 2, m = 8;
        EQUAL(iconv(cd, &i, &n, &o, &m), 0);
        EQUAL(memcmp(out, "a\xe2\x82\xac", 4), 0);
        iconv_close(cd);
        cd = iconv_open("ASCII", "UTF-8");
        char other[] = "x\xc3\xa4";
        i = other, o = out, n = 3, m = 8;
        EQUAL(iconv(cd, &i, &n, &o, &m), (size_t)-1);
        EQUAL(errno, EILSEQ);
        EQUAL(n, 2);
        iconv_close(cd);
        CHECK(iconv_open("no such", "UTF-8") == (iconv_t)-1);
    }
    TEST("gettext answers with the message") {
        EQUAL(strcmp(gettext("hello"), "hello"), 0);
        EQUAL(strcmp(ngettext("file", "files", 3), "files"), 0);
        EQUAL(strcmp(textdomain("test"), "test"), 0);
    }
    DONE();
}
