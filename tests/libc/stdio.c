/* Streams: buffering, positions, memory, functions of the program, the fields that macros read. */
#define _GNU_SOURCE 1
#include "check_functions.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

static void files_keep_what_is_written(void)
{
    char name[] = "/tmp/stdio-test-XXXXXX";
    int fd = mkstemp(name);
    CHECK(fd >= 0);
    FILE *stream = fdopen(fd, "w+");
    for (int i = 0; i < 10000; i++)
        CHECK(fprintf(stream, "line %d\n", i) > 0);
    CHECK(ftell(stream) == 98890);
    CHECK(fseek(stream, 7, SEEK_SET) == 0);
    char line[32];
    CHECK(fgets(line, sizeof line, stream) && strcmp(line, "line 1\n") == 0);
    CHECK(fclose(stream) == 0);
    stream = fopen(name, "a");
    CHECK(fputs("tail", stream) >= 0);
    CHECK(ftell(stream) == 98894);
    fclose(stream);
    stream = fopen(name, "r");
    CHECK(fseek(stream, -4, SEEK_END) == 0);
    CHECK(fread(line, 1, 4, stream) == 4 && memcmp(line, "tail", 4) == 0);
    CHECK(getc(stream) == EOF && feof(stream) && !ferror(stream));
    fclose(stream);
    CHECK(remove(name) == 0);
    errno = 0;
    CHECK(fopen(name, "r") == NULL && errno == ENOENT);
}

static void macros_and_functions_share_the_buffer(void)
{
    FILE *stream = tmpfile();
    for (int i = 0; i < 20000; i++)
        CHECK(putc_unlocked('a' + i % 26, stream) == 'a' + i % 26);
    rewind(stream);
    int wrong = 0;
    for (int i = 0; i < 20000; i++)
        wrong += (i % 2 ? getc_unlocked(stream) : getc(stream)) != 'a' + i % 26;
    CHECK(wrong == 0);
    CHECK(getc_unlocked(stream) == EOF && feof_unlocked(stream));
    fclose(stream);
}

static void pushed_back_bytes_come_first(void)
{
    FILE *stream = tmpfile();
    fputs("bc", stream);
    rewind(stream);
    CHECK(ungetc('a', stream) == 'a');
    CHECK(getc(stream) == 'a' && getc(stream) == 'b');
    CHECK(ungetc('x', stream) == 'x' && ftell(stream) == 0);
    CHECK(getc(stream) == 'x' && getc(stream) == 'c' && getc(stream) == EOF);
    fclose(stream);
}

static void memory_is_a_stream(void)
{
    char *place;
    size_t size;
    FILE *stream = open_memstream(&place, &size);
    fprintf(stream, "%d", 12345);
    fflush(stream);
    CHECK(size == 5 && strcmp(place, "12345") == 0);
    fputs(" more", stream);
    fclose(stream);
    CHECK(size == 10 && strcmp(place, "12345 more") == 0);
    free(place);
    char memory[8];
    stream = fmemopen(memory, sizeof memory, "w");
    fputs("abc", stream);
    fclose(stream);
    CHECK(strcmp(memory, "abc") == 0);
}

static ssize_t give_letters(void *cookie, char *place, size_t length)
{
    int *left = cookie;
    size_t count = (size_t)*left < length ? (size_t)*left : length;
    memset(place, 'q', count);
    *left -= (int)count;
    return (ssize_t)count;
}

static int close_count;
static int note_close(void *cookie)
{
    (void)cookie;
    close_count++;
    return 0;
}

static void functions_of_the_program_are_a_stream(void)
{
    int left = 5;
    cookie_io_functions_t functions = {.read = give_letters, .close = note_close};
    FILE *stream = fopencookie(&left, "r", functions);
    char line[16];
    CHECK(fgets(line, sizeof line, stream) && strcmp(line, "qqqqq") == 0);
    CHECK(fclose(stream) == 0 && close_count == 1);
}

static void lines_of_any_length_are_read(void)
{
    FILE *stream = tmpfile();
    for (int i = 0; i < 30000; i++)
        putc('z', stream);
    fputs("\nlast", stream);
    rewind(stream);
    char *line = NULL;
    size_t size = 0;
    CHECK(getline(&line, &size, stream) == 30001 && size > 30001);
    CHECK(getline(&line, &size, stream) == 4 && strcmp(line, "last") == 0);
    CHECK(getline(&line, &size, stream) == -1);
    free(line);
    fclose(stream);
}

static void flushing_gives_back_what_was_read_ahead(void)
{
    char name[] = "/tmp/stdio-test-XXXXXX";
    int fd = mkstemp(name);
    CHECK(write(fd, "one\ntwo\n", 8) == 8);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    FILE *stream = fdopen(dup(fd), "r");
    char line[16];
    CHECK(fgets(line, sizeof line, stream) != NULL);
    fflush(stream);
    CHECK(lseek(fd, 0, SEEK_CUR) == 4);
    fclose(stream);
    close(fd);
    remove(name);
}

static void buffering_is_what_was_asked_for(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    FILE *stream = fdopen(ends[1], "w");
    char seen[16];
    CHECK(setvbuf(stream, NULL, _IOLBF, 0) == 0);
    fputs("ab", stream);
    CHECK(read(ends[0], seen, sizeof seen) == -1 && __fpending(stream) == 2);
    fputs("c\nd", stream);
    CHECK(read(ends[0], seen, sizeof seen) == 4 && __fpending(stream) == 1);
    CHECK(fflush(stream) == 0 && read(ends[0], seen, sizeof seen) == 1);
    CHECK(__fwriting(stream) && !__freading(stream));
    CHECK(__fsetlocking(stream, FSETLOCKING_BYCALLER) == FSETLOCKING_INTERNAL);
    CHECK(__fsetlocking(stream, FSETLOCKING_QUERY) == FSETLOCKING_BYCALLER);
    fclose(stream);
    close(ends[0]);
}

static void fields_are_those_of_glibc(void)
{
    FILE *stream = tmpfile();
    fputs("hello", stream);
    CHECK(stream->_IO_write_ptr - stream->_IO_write_base == 5);
    rewind(stream);
    CHECK(getc(stream) == 'h');
    CHECK(stream->_IO_read_end - stream->_IO_read_ptr == 4 && *stream->_IO_read_ptr == 'e');
    CHECK(!(stream->_flags & 0x10));
    while (getc(stream) != EOF)
        ;
    CHECK(stream->_flags & 0x10);
    CHECK(stream->_fileno == fileno(stream));
    fclose(stream);
}

static void wide_streams_convert(void)
{
    FILE *stream = tmpfile();
    CHECK(fwide(stream, 0) == 0);
    CHECK(fputws(L"wide\n", stream) >= 0 && fwide(stream, 0) > 0);
    CHECK(fwprintf(stream, L"%d", 7) == 1);
    rewind(stream);
    wchar_t line[16];
    CHECK(fgetws(line, 16, stream) && wcscmp(line, L"wide\n") == 0);
    CHECK(ungetwc(L'x', stream) == L'x' && getwc(stream) == L'x' && getwc(stream) == L'7');
    CHECK(getwc(stream) == WEOF && feof(stream));
    fclose(stream);
}

static void reopening_keeps_the_stream(void)
{
    char name[] = "/tmp/stdio-test-XXXXXX";
    close(mkstemp(name));
    FILE *stream = fopen(name, "w");
    int fd = fileno(stream);
    fputs("text", stream);
    CHECK(freopen(name, "r", stream) == stream && fileno(stream) == fd);
    CHECK(getc(stream) == 't');
    fclose(stream);
    remove(name);
}

static void locks_are_recursive(void)
{
    flockfile(stdout);
    flockfile(stdout);
    CHECK(ftrylockfile(stdout) == 0);
    funlockfile(stdout);
    funlockfile(stdout);
    funlockfile(stdout);
}

int main(void)
{
    RUN(files_keep_what_is_written);
    RUN(macros_and_functions_share_the_buffer);
    RUN(pushed_back_bytes_come_first);
    RUN(memory_is_a_stream);
    RUN(functions_of_the_program_are_a_stream);
    RUN(lines_of_any_length_are_read);
    RUN(flushing_gives_back_what_was_read_ahead);
    RUN(buffering_is_what_was_asked_for);
    RUN(fields_are_those_of_glibc);
    RUN(wide_streams_convert);
    RUN(reopening_keeps_the_stream);
    RUN(locks_are_recursive);
    DONE();
}
