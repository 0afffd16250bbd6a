/* A FUSE file system with one file, on which every call but open blocks for ever. Usage: blocking-fuse DIRECTORY */
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char request[1 << 20];

static void reply(int fuse, unsigned long long unique, int error, const void *body, size_t size) {
  char answer[sizeof(struct fuse_out_header) + 256];
  struct fuse_out_header header = {.len = sizeof header + size, .error = error, .unique = unique};
  memcpy(answer, &header, sizeof header);
  if (size > 0) memcpy(answer + sizeof header, body, size);
  if (write(fuse, answer, header.len) < 0) perror("reply");
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (fuse < 0) return perror("/dev/fuse"), 1;
  char options[128];
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fuse);
  if (mount("vmwire-test", arguments[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
    return perror("mount"), 1;
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (read(fuse, request, sizeof request) <= 0) return 0;
    const struct fuse_in_header *header = (const struct fuse_in_header *)request;
    if (header->opcode == FUSE_INIT) {
      struct fuse_init_out init = {.major = 7, .minor = 31, .max_write = 4096};
      reply(fuse, header->unique, 0, &init, sizeof init);
    } else if (header->opcode == FUSE_LOOKUP) {
      struct fuse_entry_out entry = {.nodeid = 2, .entry_valid = 3600, .attr_valid = 0};
      entry.attr.ino = 2;
      entry.attr.mode = S_IFREG | 0666;
      entry.attr.nlink = 1;
      entry.attr.size = 8192;
      reply(fuse, header->unique, 0, &entry, sizeof entry);
    } else if (header->opcode == FUSE_OPEN) {
      struct fuse_open_out opened = {.fh = 1};
      reply(fuse, header->unique, 0, &opened, sizeof opened);
    }
    /* Everything else waits: getattr, statfs, flush … */
  }
}
