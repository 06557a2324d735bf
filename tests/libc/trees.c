/* <ftw.h> and <fts.h>: walks over trees of files. test-flags: -D_GNU_SOURCE */
#include "check.h"
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char seen[4096];
static char root[64];

/* What was visited, sorted: the order within a folder is the system's. */
static int by_text(const void *left, const void *right)
{
    return strcmp(*(char *const *) left, *(char *const *) right);
}

static const char *sorted(void)
{
    static char text[4096];
    static char copy[4096];
    char *words[200];
    size_t count = 0;
    strcpy(copy, seen);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        words[count++] = word;
    qsort(words, count, sizeof *words, by_text);
    text[0] = 0;
    for (size_t i = 0; i < count; i++) {
        strcat(text, words[i]);
        strcat(text, " ");
    }
    return text;
}

static void note(const char *path, char kind, int level)
{
    char line[300];
    snprintf(line, sizeof line, "%s:%c%d ", path[0] == '/' ? path + strlen(root) : path, kind, level);
    strcat(seen, line);
}

static int visit(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) status;
    note(path, "FDUNLPS"[kind], place->level);
    return 0;
}

static int visit_plain(const char *path, const struct stat *status, int kind)
{
    note(path, "FDUNLPS"[kind], S_ISDIR(status->st_mode) ? 1 : 0);
    return 0;
}

static int stop_at_f2(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) status;
    (void) kind;
    return strcmp(path + place->base, "f2") ? 0 : 42;
}

static int base_is_name(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    struct stat here;
    /* With FTW_CHDIR the name alone leads to the file. Of a folder after its files glibc speaks while it is still in it. */
    if (kind == FTW_DP)
        return 0;
    if (lstat(path + place->base, &here) || here.st_ino != status->st_ino)
        return 7;
    return 0;
}

static int skip_below_a(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    visit(path, status, kind, place);
    return strcmp(path + place->base, "a") ? FTW_CONTINUE : FTW_SKIP_SUBTREE;
}

static int count_visits;
static int skip_siblings(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) path;
    (void) status;
    (void) kind;
    count_visits++;
    return place->level ? FTW_SKIP_SIBLINGS : FTW_CONTINUE;
}

static char *in(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void make_file(const char *name)
{
    close(open(in(name), O_CREAT | O_WRONLY, 0644));
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

static void fts_walk(int options)
{
    char *arguments[] = {root, NULL};
    FTS *tree = fts_open(arguments, options, by_name);
    FTSENT *entry;
    seen[0] = 0;
    while ((entry = fts_read(tree))) {
        char line[300];
        snprintf(line, sizeof line, "%s:%d,%d ", entry->fts_path + strlen(root), entry->fts_info, entry->fts_level);
        strcat(seen, line);
    }
    fts_close(tree);
}

int main(void)
{
    snprintf(root, sizeof root, "/tmp/trees.%d", (int) getpid());
    mkdir(root, 0755);
    mkdir(in("a"), 0755);
    mkdir(in("a/b"), 0755);
    make_file("f1");
    make_file("a/f2");
    make_file("a/b/f3");
    symlink("f1", in("link"));
    symlink("nowhere", in("dangling"));
    symlink("..", in("a/up"));

    TEST("nftw_visits_each_file_before_what_lies_below") {
        seen[0] = 0;
        EQUAL(nftw(root, visit, 4, FTW_PHYS), 0);
        CHECK(!strcmp(sorted(), "/a/b/f3:F3 /a/b:D2 /a/f2:F2 /a/up:L2 /a:D1 /dangling:L1 /f1:F1 /link:L1 :D0 "));
        CHECK(!strncmp(seen, ":D0 ", 4));
        CHECK(strstr(seen, "/a:D1") < strstr(seen, "/a/b:D2"));
    }
    TEST("nftw_with_depth_visits_folders_after_their_files") {
        seen[0] = 0;
        EQUAL(nftw(root, visit, 1, FTW_PHYS | FTW_DEPTH), 0);
        CHECK(!strcmp(sorted(), "/a/b/f3:F3 /a/b:P2 /a/f2:F2 /a/up:L2 /a:P1 /dangling:L1 /f1:F1 /link:L1 :P0 "));
        CHECK(strstr(seen, "/a/b:P2") < strstr(seen, "/a:P1"));
        CHECK(!strcmp(seen + strlen(seen) - 4, ":P0 "));
    }
    TEST("nftw_follows_links_and_visits_no_folder_twice") {
        seen[0] = 0;
        EQUAL(nftw(root, visit, 10, 0), 0);
        CHECK(!strcmp(sorted(), "/a/b/f3:F3 /a/b:D2 /a/f2:F2 /a:D1 /dangling:S1 /f1:F1 /link:F1 :D0 "));
    }
    TEST("ftw_knows_no_links") {
        seen[0] = 0;
        EQUAL(ftw(root, visit_plain, 10), 0);
        CHECK(!strcmp(sorted(), "/a/b/f3:F0 /a/b:D1 /a/f2:F0 /a:D1 /dangling:N0 /f1:F0 /link:F0 :D1 "));
    }
    TEST("nftw_ends_with_the_functions_result") {
        EQUAL(nftw(root, stop_at_f2, 10, FTW_PHYS), 42);
    }
    TEST("nftw_with_chdir_stands_in_the_files_folder_and_comes_back") {
        char before[300], after[300];
        chdir("/tmp");
        getcwd(before, sizeof before);
        EQUAL(nftw(root, base_is_name, 10, FTW_PHYS | FTW_CHDIR), 0);
        EQUAL(nftw(root, base_is_name, 10, FTW_PHYS | FTW_CHDIR | FTW_DEPTH), 0);
        EQUAL(nftw(root + 5, base_is_name, 10, FTW_PHYS | FTW_CHDIR), 0);
        getcwd(after, sizeof after);
        CHECK(!strcmp(before, after));
    }
    TEST("nftw_skips_subtrees_and_siblings_when_asked") {
        seen[0] = 0;
        EQUAL(nftw(root, skip_below_a, 10, FTW_PHYS | FTW_ACTIONRETVAL), 0);
        CHECK(!strcmp(sorted(), "/a:D1 /dangling:L1 /f1:F1 /link:L1 :D0 "));
        EQUAL(nftw(root, skip_siblings, 10, FTW_PHYS | FTW_ACTIONRETVAL), 0);
        EQUAL(count_visits, 2);
    }
    TEST("nftw_of_a_file_a_link_and_nothing") {
        seen[0] = 0;
        EQUAL(nftw(in("f1"), visit, 10, FTW_PHYS), 0);
        EQUAL(nftw(in("link"), visit, 10, FTW_PHYS), 0);
        EQUAL(nftw(in("dangling"), visit, 10, 0), 0);
        CHECK(!strcmp(seen, "/f1:F0 /link:L0 /dangling:S0 "));
        errno = 0;
        EQUAL(nftw(in("nothing"), visit, 10, 0), -1);
        EQUAL(errno, ENOENT);
        EQUAL(nftw("", visit, 10, 0), -1);
        EQUAL(errno, ENOENT);
        EQUAL(nftw(root, visit, 10, 1 << 20), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("nftw_names_a_folder_that_cannot_be_read") {
        if (getuid() != 0) {
            chmod(in("a/b"), 0);
            seen[0] = 0;
            EQUAL(nftw(root, visit, 10, FTW_PHYS), 0);
            CHECK(strstr(seen, "/a/b:U2 ") != NULL);
            chmod(in("a/b"), 0755);
        }
    }
    TEST("fts_walks_in_the_order_of_the_function") {
        fts_walk(FTS_PHYSICAL | FTS_NOCHDIR);
        CHECK(!strcmp(seen, ":1,0 /a:1,1 /a/b:1,2 /a/b/f3:8,3 /a/b:6,2 /a/f2:8,2 /a/up:12,2 /a:6,1 /dangling:12,1 "
                            "/f1:8,1 /link:12,1 :6,0 "));
    }
    TEST("fts_follows_links_and_names_cycles") {
        fts_walk(FTS_LOGICAL);
        CHECK(!strcmp(seen, ":1,0 /a:1,1 /a/b:1,2 /a/b/f3:8,3 /a/b:6,2 /a/f2:8,2 /a/up:2,2 /a:6,1 /dangling:13,1 "
                            "/f1:8,1 /link:8,1 :6,0 "));
    }
    TEST("fts_shows_dots_when_asked") {
        fts_walk(FTS_PHYSICAL | FTS_NOCHDIR | FTS_SEEDOT);
        CHECK(strstr(seen, "/a/.:5,2 /a/..:5,2 ") != NULL);
    }
    TEST("fts_follows_instructions") {
        char *arguments[] = {root, NULL};
        FTS *tree = fts_open(arguments, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
        FTSENT *entry = fts_read(tree);
        EQUAL(entry->fts_info, FTS_D);
        entry = fts_read(tree);
        CHECK(!strcmp(entry->fts_name, "a"));
        EQUAL(fts_set(tree, entry, FTS_SKIP), 0);
        entry = fts_read(tree);
        EQUAL(entry->fts_info, FTS_DP);
        entry = fts_read(tree);
        CHECK(!strcmp(entry->fts_name, "dangling"));
        fts_set(tree, entry, FTS_FOLLOW);
        entry = fts_read(tree);
        EQUAL(entry->fts_info, FTS_SLNONE);
        entry = fts_read(tree);
        CHECK(!strcmp(entry->fts_name, "f1"));
        EQUAL(entry->fts_statp->st_size, 0);
        fts_set(tree, entry, FTS_AGAIN);
        CHECK(fts_read(tree) == entry);
        EQUAL(fts_set(tree, entry, 99), 1);
        EQUAL(errno, EINVAL);
        EQUAL(fts_close(tree), 0);
    }
    TEST("fts_children_lists_a_folder") {
        char *arguments[] = {root, in("f1"), NULL};
        FTS *tree = fts_open(arguments, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
        FTSENT *entry = fts_children(tree, 0);
        int count = 0;
        for (FTSENT *each = entry; each; each = each->fts_link)
            count++;
        EQUAL(count, 2);
        /* The arguments are sorted too: f1 comes before the folder. */
        do
            entry = fts_read(tree);
        while (entry->fts_info != FTS_D);
        count = 0;
        for (FTSENT *each = fts_children(tree, FTS_NAMEONLY); each; each = each->fts_link)
            count++;
        EQUAL(count, 4);
        CHECK(!strcmp(fts_children(tree, 0)->fts_name, "a"));
        CHECK(!strcmp(fts_read(tree)->fts_name, "a"));
        EQUAL(fts_close(tree), 0);
    }
    TEST("fts_open_refuses_wrong_arguments") {
        char *empty[] = {(char *) "", NULL};
        char *missing[] = {in("nothing"), NULL};
        FTS *tree;
        CHECK(!fts_open(empty, FTS_PHYSICAL, NULL));
        EQUAL(errno, ENOENT);
        CHECK(!fts_open(missing, 0x8000, NULL));
        EQUAL(errno, EINVAL);
        tree = fts_open(missing, FTS_PHYSICAL, NULL);
        FTSENT *entry = fts_read(tree);
        EQUAL(entry->fts_info, FTS_NS);
        EQUAL(entry->fts_errno, ENOENT);
        CHECK(!fts_read(tree));
        EQUAL(errno, 0);
        fts_close(tree);
    }
    unlink(in("a/b/f3"));
    unlink(in("a/f2"));
    unlink(in("a/up"));
    unlink(in("f1"));
    unlink(in("link"));
    unlink(in("dangling"));
    rmdir(in("a/b"));
    rmdir(in("a"));
    rmdir(root);
    DONE();
}
