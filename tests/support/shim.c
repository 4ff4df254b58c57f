/* A disk that fails when it is told to, for LD_PRELOAD.
 *
 * While the file $CONFIDANT_SHIM.full is there, nothing more is written to a file;
 * while $CONFIDANT_SHIM.sync is there, nothing can be flushed to the disk. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int told(const char *what) {
    const char *path = getenv("CONFIDANT_SHIM");
    char name[4096];
    if (!path) return 0;
    snprintf(name, sizeof name, "%s.%s", path, what);
    return access(name, F_OK) == 0;
}

static int refuses(int fd, const char *what, int error) {
    struct stat found;
    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode) || !told(what)) return 0;
    errno = error;
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    return refuses(fd, "full", ENOSPC) ? -1 : syscall(SYS_write, fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return refuses(fd, "full", ENOSPC) ? -1 : syscall(SYS_pwrite64, fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    return refuses(fd, "full", ENOSPC) ? -1 : syscall(SYS_pwrite64, fd, bytes, count, at);
}

int fsync(int fd) {
    return refuses(fd, "sync", EIO) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    return refuses(fd, "sync", EIO) ? -1 : (int)syscall(SYS_fdatasync, fd);
}
