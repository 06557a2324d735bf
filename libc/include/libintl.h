/* <libintl.h>: translated messages. GNU gettext. */
#ifndef _LIBINTL_H
#define _LIBINTL_H 1

#include <features.h>
#ifdef __USE_XOPEN2K24
# include <bits/types/locale_t.h>
#endif

#define __USE_GNU_GETTEXT 1
#define __GNU_GETTEXT_SUPPORTED_REVISION(major) ((major) == 0 ? 1 : -1)

__BEGIN_DECLS

extern char *gettext(const char *__msgid) __THROW __attribute__((__format_arg__(1)));
extern char *dgettext(const char *__domainname, const char *__msgid) __THROW __attribute__((__format_arg__(2)));
extern char *dcgettext(const char *__domainname, const char *__msgid, int __category)
    __THROW __attribute__((__format_arg__(2)));
extern char *ngettext(const char *__msgid1, const char *__msgid2, unsigned long int __n)
    __THROW __attribute__((__format_arg__(1), __format_arg__(2)));
extern char *dngettext(const char *__domainname, const char *__msgid1, const char *__msgid2, unsigned long int __n)
    __THROW __attribute__((__format_arg__(2), __format_arg__(3)));
extern char *dcngettext(const char *__domainname, const char *__msgid1, const char *__msgid2, unsigned long int __n,
                        int __category) __THROW __attribute__((__format_arg__(2), __format_arg__(3)));
extern char *textdomain(const char *__domainname) __THROW;
extern char *bindtextdomain(const char *__domainname, const char *__dirname) __THROW;
extern char *bind_textdomain_codeset(const char *__domainname, const char *__codeset) __THROW;

#ifdef __USE_XOPEN2K24
extern char *gettext_l(const char *message, locale_t locale);
extern char *dgettext_l(const char *domain, const char *message, locale_t locale);
extern char *dcgettext_l(const char *domain, const char *message, int category, locale_t locale);
extern char *ngettext_l(const char *one, const char *many, unsigned long int n, locale_t locale);
extern char *dngettext_l(const char *domain, const char *one, const char *many, unsigned long int n, locale_t locale);
extern char *dcngettext_l(const char *domain, const char *one, const char *many, unsigned long int n, int category,
                          locale_t locale);
#endif
__END_DECLS

#endif
