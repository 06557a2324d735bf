/* Checked forms of functions of <unistd.h>. */
#ifndef _BITS_UNISTD2_H
#define _BITS_UNISTD2_H 1

extern ssize_t __read_chk(int fd, void *buffer, size_t length, size_t size) __wur;
extern ssize_t __REDIRECT(__read_alias, (int fd, void *buffer, size_t length), read) __wur;
__fortify_function ssize_t read(int fd, void *buffer, size_t length)
{
    if (__bos0(buffer) != (size_t)-1 && !(__builtin_constant_p(length) && (size_t)(length) <= __bos0(buffer)))
        return __read_chk(fd, buffer, length, __bos0(buffer));
    return __read_alias(fd, buffer, length);
}
extern ssize_t __pread_chk(int fd, void *buffer, size_t length, __off_t offset, size_t size) __wur;
extern ssize_t __REDIRECT(__pread_alias, (int fd, void *buffer, size_t length, __off_t offset), pread) __wur;
__fortify_function ssize_t pread(int fd, void *buffer, size_t length, __off_t offset)
{
    if (__bos0(buffer) != (size_t)-1 && !(__builtin_constant_p(length) && (size_t)(length) <= __bos0(buffer)))
        return __pread_chk(fd, buffer, length, offset, __bos0(buffer));
    return __pread_alias(fd, buffer, length, offset);
}
extern ssize_t __readlink_chk(const char *__restrict path, char *__restrict buffer, size_t length, size_t size) __THROW __nonnull((1, 2)) __wur;
extern ssize_t __REDIRECT_NTH(__readlink_alias, (const char *__restrict path, char *__restrict buffer, size_t length), readlink) __nonnull((1, 2)) __wur;
__fortify_function ssize_t readlink(const char *__restrict path, char *__restrict buffer, size_t length)
{
    if (__bos0(buffer) != (size_t)-1 && !(__builtin_constant_p(length) && (size_t)(length) <= __bos0(buffer)))
        return __readlink_chk(path, buffer, length, __bos0(buffer));
    return __readlink_alias(path, buffer, length);
}
extern char * __getcwd_chk(char *buffer, size_t length, size_t size) __THROW __wur;
extern char * __REDIRECT_NTH(__getcwd_alias, (char *buffer, size_t length), getcwd) __wur;
__fortify_function char * getcwd(char *buffer, size_t length)
{
    if (__bos0(buffer) != (size_t)-1 && !(__builtin_constant_p(length) && (size_t)(length) <= __bos0(buffer)))
        return __getcwd_chk(buffer, length, __bos0(buffer));
    return __getcwd_alias(buffer, length);
}

#endif
