/* <stdio.h>: streams, formatted input and output. ISO C17 7.21, POSIX.1-2024, with what glibc adds. */
#ifndef _STDIO_H
#define _STDIO_H 1

#include <bits/libc-header-start.h>

#define __need_size_t
#define __need_NULL
#include <stddef.h>
#define __need___va_list
#include <stdarg.h>

#include <bits/types.h>
#include <bits/types/FILE.h>
#include <bits/types/__FILE.h>
#include <bits/types/__fpos64_t.h>
#include <bits/types/__fpos_t.h>
#include <bits/types/struct_FILE.h>
#ifdef __USE_MISC
# include <bits/types/cookie_io_functions_t.h>
#endif

__BEGIN_DECLS

#if defined __USE_XOPEN || defined __USE_XOPEN2K8
# ifndef _VA_LIST_DEFINED
typedef __gnuc_va_list va_list;
#  define _VA_LIST_DEFINED
# endif
# ifndef __off_t_defined
typedef __off_t off_t;
#  define __off_t_defined
# endif
# ifndef __ssize_t_defined
typedef __ssize_t ssize_t;
#  define __ssize_t_defined
# endif
#endif
#if defined __USE_LARGEFILE64 && !defined __off64_t_defined
typedef __off64_t off64_t;
# define __off64_t_defined
#endif

typedef __fpos_t fpos_t;
#ifdef __USE_LARGEFILE64
typedef __fpos64_t fpos64_t;
#endif

#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2
#define BUFSIZ 8192
#define EOF (-1)
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#ifdef __USE_GNU
# define SEEK_DATA 3
# define SEEK_HOLE 4
#endif
#define L_tmpnam 20
#define TMP_MAX 238328
#define FILENAME_MAX 4096
#define FOPEN_MAX 16
#ifdef __USE_POSIX
# define L_ctermid 9
#endif
#if !defined __USE_XOPEN2K || defined __USE_GNU
# define L_cuserid 9
#endif
#if defined __USE_MISC || defined __USE_XOPEN
# define P_tmpdir "/tmp"
#endif

extern FILE *stdin;
extern FILE *stdout;
extern FILE *stderr;
#define stdin stdin
#define stdout stdout
#define stderr stderr

/* Names. */
extern int remove(const char *__path) __THROW;
extern int rename(const char *__old, const char *__new) __THROW;
#ifdef __USE_ATFILE
extern int renameat(int __old_directory, const char *__old, int __new_directory, const char *__new) __THROW;
#endif
#ifdef __USE_GNU
# define RENAME_NOREPLACE 1
# define RENAME_EXCHANGE 2
# define RENAME_WHITEOUT 4
extern int renameat2(int __old_directory, const char *__old, int __new_directory, const char *__new,
                     unsigned int __flags) __THROW;
#endif

/* Opening and closing. */
extern int fclose(FILE *__stream);
#undef __attr_dealloc_fclose
#define __attr_dealloc_fclose __attr_dealloc(fclose, 1)
extern FILE *tmpfile(void) __attribute_malloc__ __attr_dealloc_fclose __wur;
#ifdef __USE_LARGEFILE64
extern FILE *tmpfile64(void) __attribute_malloc__ __attr_dealloc_fclose __wur;
#endif
extern char *tmpnam(char *__place) __THROW __wur;
#ifdef __USE_MISC
extern char *tmpnam_r(char __place[L_tmpnam]) __THROW __wur;
#endif
#if defined __USE_MISC || defined __USE_XOPEN
extern char *tempnam(const char *__directory, const char *__prefix) __THROW __attribute_malloc__ __wur
    __attr_dealloc_free;
#endif
extern int fflush(FILE *__stream);
#ifdef __USE_MISC
extern int fflush_unlocked(FILE *__stream);
#endif
#ifdef __USE_GNU
extern int fcloseall(void);
#endif
extern FILE *fopen(const char *__restrict __path, const char *__restrict __mode) __attribute_malloc__
    __attr_dealloc_fclose __wur;
extern FILE *freopen(const char *__restrict __path, const char *__restrict __mode, FILE *__restrict __stream) __wur;
#ifdef __USE_LARGEFILE64
extern FILE *fopen64(const char *__restrict __path, const char *__restrict __mode) __attribute_malloc__
    __attr_dealloc_fclose __wur;
extern FILE *freopen64(const char *__restrict __path, const char *__restrict __mode, FILE *__restrict __stream)
    __wur;
#endif
#ifdef __USE_POSIX
extern FILE *fdopen(int __fd, const char *__mode) __THROW __attribute_malloc__ __attr_dealloc_fclose __wur;
#endif
#ifdef __USE_MISC
extern FILE *fopencookie(void *__restrict __cookie, const char *__restrict __mode,
                         cookie_io_functions_t __functions) __THROW __attribute_malloc__
    __attr_dealloc_fclose __wur;
#endif
#if defined __USE_XOPEN2K8 || __GLIBC_USE(LIB_EXT2)
extern FILE *fmemopen(void *__memory, size_t __size, const char *__mode) __THROW __attribute_malloc__
    __attr_dealloc_fclose __wur;
extern FILE *open_memstream(char **__place, size_t *__size) __THROW __attribute_malloc__ __attr_dealloc_fclose
    __wur;
#endif

/* Buffering. */
extern void setbuf(FILE *__restrict __stream, char *__restrict __buffer) __THROW;
extern int setvbuf(FILE *__restrict __stream, char *__restrict __buffer, int __mode, size_t __size) __THROW;
#ifdef __USE_MISC
extern void setbuffer(FILE *__restrict __stream, char *__restrict __buffer, size_t __size) __THROW;
extern void setlinebuf(FILE *__stream) __THROW;
#endif

/* Formatted output. */
extern int fprintf(FILE *__restrict __stream, const char *__restrict __format, ...)
    __attribute__((__format__(__printf__, 2, 3)));
extern int printf(const char *__restrict __format, ...) __attribute__((__format__(__printf__, 1, 2)));
extern int sprintf(char *__restrict __place, const char *__restrict __format, ...) __THROWNL
    __attribute__((__format__(__printf__, 2, 3)));
extern int vfprintf(FILE *__restrict __stream, const char *__restrict __format, __gnuc_va_list __list)
    __attribute__((__format__(__printf__, 2, 0)));
extern int vprintf(const char *__restrict __format, __gnuc_va_list __list)
    __attribute__((__format__(__printf__, 1, 0)));
extern int vsprintf(char *__restrict __place, const char *__restrict __format, __gnuc_va_list __list) __THROWNL
    __attribute__((__format__(__printf__, 2, 0)));
#if defined __USE_ISOC99 || defined __USE_UNIX98
extern int snprintf(char *__restrict __place, size_t __size, const char *__restrict __format, ...) __THROWNL
    __attribute__((__format__(__printf__, 3, 4)));
extern int vsnprintf(char *__restrict __place, size_t __size, const char *__restrict __format,
                     __gnuc_va_list __list) __THROWNL __attribute__((__format__(__printf__, 3, 0)));
#endif
#if defined __USE_XOPEN2K24 || __GLIBC_USE(LIB_EXT2)
extern int vasprintf(char **__restrict __place, const char *__restrict __format, __gnuc_va_list __list) __THROWNL
    __attribute__((__format__(__printf__, 2, 0))) __wur;
extern int __asprintf(char **__restrict __place, const char *__restrict __format, ...) __THROWNL
    __attribute__((__format__(__printf__, 2, 3))) __wur;
extern int asprintf(char **__restrict __place, const char *__restrict __format, ...) __THROWNL
    __attribute__((__format__(__printf__, 2, 3))) __wur;
#endif
#ifdef __USE_XOPEN2K8
extern int vdprintf(int __fd, const char *__restrict __format, __gnuc_va_list __list)
    __attribute__((__format__(__printf__, 2, 0)));
extern int dprintf(int __fd, const char *__restrict __format, ...) __attribute__((__format__(__printf__, 2, 3)));
#endif

/* Formatted input. */
extern int fscanf(FILE *__restrict __stream, const char *__restrict __format, ...)
    __attribute__((__format__(__scanf__, 2, 3))) __wur;
extern int scanf(const char *__restrict __format, ...) __attribute__((__format__(__scanf__, 1, 2))) __wur;
extern int sscanf(const char *__restrict __text, const char *__restrict __format, ...) __THROW
    __attribute__((__format__(__scanf__, 2, 3)));
#ifdef __USE_ISOC99
extern int vfscanf(FILE *__restrict __stream, const char *__restrict __format, __gnuc_va_list __list)
    __attribute__((__format__(__scanf__, 2, 0))) __wur;
extern int vscanf(const char *__restrict __format, __gnuc_va_list __list)
    __attribute__((__format__(__scanf__, 1, 0))) __wur;
extern int vsscanf(const char *__restrict __text, const char *__restrict __format, __gnuc_va_list __list) __THROW
    __attribute__((__format__(__scanf__, 2, 0)));
#endif

/* Bytes. */
extern int fgetc(FILE *__stream);
extern int getc(FILE *__stream);
extern int getchar(void);
extern int fputc(int __byte, FILE *__stream);
extern int putc(int __byte, FILE *__stream);
extern int putchar(int __byte);
extern int ungetc(int __byte, FILE *__stream);
#ifdef __USE_POSIX199309
extern int getc_unlocked(FILE *__stream);
extern int getchar_unlocked(void);
extern int putc_unlocked(int __byte, FILE *__stream);
extern int putchar_unlocked(int __byte);
#endif
#ifdef __USE_MISC
extern int fgetc_unlocked(FILE *__stream);
extern int fputc_unlocked(int __byte, FILE *__stream);
#endif
#if defined __USE_MISC || (defined __USE_XOPEN && !defined __USE_XOPEN2K)
extern int getw(FILE *__stream);
extern int putw(int __word, FILE *__stream);
#endif
extern int __uflow(FILE *__stream);
extern int __overflow(FILE *__stream, int __byte);

/* Strings and lines. */
extern char *fgets(char *__restrict __place, int __size, FILE *__restrict __stream) __wur
    __fortified_attr_access(__write_only__, 1, 2);
#if __GLIBC_USE(DEPRECATED_GETS)
extern char *gets(char *__place) __wur __attribute_deprecated__;
#endif
#ifdef __USE_GNU
extern char *fgets_unlocked(char *__restrict __place, int __size, FILE *__restrict __stream) __wur
    __fortified_attr_access(__write_only__, 1, 2);
extern int fputs_unlocked(const char *__restrict __text, FILE *__restrict __stream);
#endif
#if defined __USE_XOPEN2K8 || __GLIBC_USE(LIB_EXT2)
extern __ssize_t __getdelim(char **__restrict __line, size_t *__restrict __size, int __delimiter,
                            FILE *__restrict __stream) __wur;
extern __ssize_t getdelim(char **__restrict __line, size_t *__restrict __size, int __delimiter,
                          FILE *__restrict __stream) __wur;
extern __ssize_t getline(char **__restrict __line, size_t *__restrict __size, FILE *__restrict __stream) __wur;
#endif
extern int fputs(const char *__restrict __text, FILE *__restrict __stream);
extern int puts(const char *__text);

/* Blocks. */
extern size_t fread(void *__restrict __place, size_t __size, size_t __count, FILE *__restrict __stream) __wur;
extern size_t fwrite(const void *__restrict __data, size_t __size, size_t __count, FILE *__restrict __stream);
#ifdef __USE_MISC
extern size_t fread_unlocked(void *__restrict __place, size_t __size, size_t __count, FILE *__restrict __stream)
    __wur;
extern size_t fwrite_unlocked(const void *__restrict __data, size_t __size, size_t __count,
                              FILE *__restrict __stream);
#endif

/* Positions. */
extern int fseek(FILE *__stream, long int __offset, int __whence);
extern long int ftell(FILE *__stream) __wur;
extern void rewind(FILE *__stream);
#if defined __USE_LARGEFILE || defined __USE_XOPEN2K
extern int fseeko(FILE *__stream, __off_t __offset, int __whence);
extern __off_t ftello(FILE *__stream) __wur;
#endif
extern int fgetpos(FILE *__restrict __stream, fpos_t *__restrict __position);
extern int fsetpos(FILE *__stream, const fpos_t *__position);
#ifdef __USE_LARGEFILE64
extern int fseeko64(FILE *__stream, __off64_t __offset, int __whence);
extern __off64_t ftello64(FILE *__stream) __wur;
extern int fgetpos64(FILE *__restrict __stream, fpos64_t *__restrict __position);
extern int fsetpos64(FILE *__stream, const fpos64_t *__position);
#endif

/* Errors and state. */
extern void clearerr(FILE *__stream) __THROW;
extern int feof(FILE *__stream) __THROW __wur;
extern int ferror(FILE *__stream) __THROW __wur;
extern void perror(const char *__text);
#ifdef __USE_MISC
extern void clearerr_unlocked(FILE *__stream) __THROW;
extern int feof_unlocked(FILE *__stream) __THROW __wur;
extern int ferror_unlocked(FILE *__stream) __THROW __wur;
#endif
#ifdef __USE_POSIX
extern int fileno(FILE *__stream) __THROW __wur;
#endif
#ifdef __USE_MISC
extern int fileno_unlocked(FILE *__stream) __THROW __wur;
#endif

/* Processes and terminals. */
#ifdef __USE_POSIX2
extern int pclose(FILE *__stream);
extern FILE *popen(const char *__command, const char *__modes) __attribute_malloc__ __attr_dealloc(pclose, 1) __wur;
#endif
#ifdef __USE_POSIX
extern char *ctermid(char *__place) __THROW;
#endif
#if (defined __USE_XOPEN && !defined __USE_XOPEN2K) || defined __USE_GNU
extern char *cuserid(char *__place);
#endif

/* Locks. */
#ifdef __USE_POSIX199309
extern void flockfile(FILE *__stream) __THROW;
extern int ftrylockfile(FILE *__stream) __THROW __wur;
extern void funlockfile(FILE *__stream) __THROW;
#endif

#ifdef __USE_EXTERN_INLINES
# ifdef __USE_POSIX199309
__extern_inline int getc_unlocked(FILE *__stream)
{
    return __getc_unlocked_body(__stream);
}
__extern_inline int getchar_unlocked(void)
{
    return __getc_unlocked_body(stdin);
}
__extern_inline int putc_unlocked(int __byte, FILE *__stream)
{
    return __putc_unlocked_body(__byte, __stream);
}
__extern_inline int putchar_unlocked(int __byte)
{
    return __putc_unlocked_body(__byte, stdout);
}
# endif
# ifdef __USE_MISC
__extern_inline int fgetc_unlocked(FILE *__stream)
{
    return __getc_unlocked_body(__stream);
}
__extern_inline int fputc_unlocked(int __byte, FILE *__stream)
{
    return __putc_unlocked_body(__byte, __stream);
}
__extern_inline int __NTH(feof_unlocked(FILE *__stream))
{
    return __feof_unlocked_body(__stream);
}
__extern_inline int __NTH(ferror_unlocked(FILE *__stream))
{
    return __ferror_unlocked_body(__stream);
}
# endif
#endif

#if __USE_FORTIFY_LEVEL > 0 && defined __fortify_function
# include <bits/stdio2.h>
#endif

__END_DECLS

#endif
