/* What is in a FILE. Programs use the functions; the macros below, gnulib and libstdc++ read these fields, whose
   values are live: while a stream is read, _IO_read_ptr to _IO_read_end was read ahead; while it is written,
   _IO_write_base to _IO_write_ptr is pending. */
#ifndef __struct_FILE_defined
#define __struct_FILE_defined 1

#include <bits/types.h>
#include <stddef.h>

struct _IO_FILE;
struct _IO_marker;
struct _IO_codecvt;
struct _IO_wide_data;
typedef void _IO_lock_t;

struct _IO_FILE {
    int _flags;
    char *_IO_read_ptr;
    char *_IO_read_end;
    char *_IO_read_base;
    char *_IO_write_base;
    char *_IO_write_ptr;
    char *_IO_write_end;
    char *_IO_buf_base;
    char *_IO_buf_end;
    char *_IO_save_base;
    char *_IO_backup_base;
    char *_IO_save_end;
    struct _IO_marker *_markers;
    struct _IO_FILE *_chain;
    int _fileno;
    int _flags2;
    __off_t _old_offset;
    unsigned short _cur_column;
    signed char _vtable_offset;
    char _shortbuf[1];
    _IO_lock_t *_lock;
    __off64_t _offset;
    struct _IO_codecvt *_codecvt;
    struct _IO_wide_data *_wide_data;
    struct _IO_FILE *_freeres_list;
    void *_freeres_buf;
    size_t __pad5;
    int _mode;
    char _unused2[20];
};

/* Bits of _flags. */
#define _IO_EOF_SEEN 0x0010
#define _IO_ERR_SEEN 0x0020
#define _IO_USER_LOCK 0x8000

#define __getc_unlocked_body(stream) \
    (__glibc_unlikely((stream)->_IO_read_ptr >= (stream)->_IO_read_end) \
         ? __uflow(stream) : *(unsigned char *)(stream)->_IO_read_ptr++)
#define __putc_unlocked_body(byte, stream) \
    (__glibc_unlikely((stream)->_IO_write_ptr >= (stream)->_IO_write_end) \
         ? __overflow(stream, (unsigned char)(byte)) \
         : (unsigned char)(*(stream)->_IO_write_ptr++ = (char)(byte)))
#define __feof_unlocked_body(stream) (((stream)->_flags & _IO_EOF_SEEN) != 0)
#define __ferror_unlocked_body(stream) (((stream)->_flags & _IO_ERR_SEEN) != 0)

#endif
