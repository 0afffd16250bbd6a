/*
 * A peer of the conformance suite: orders on standard input, packets on descriptor 3.
 *
 * c-peer [--policy strict|crosvm2018] [--sabotage NAME[,NAME...]]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sabotage.h"
#include "transport.h"
#include "values.h"

#define SOCKET 3

static enum vmwire_policy policy = VMWIRE_STRICT;
static bool done = false;

static void fail(const char *error)
{
  printf("{\"ok\":false,\"error\":\"%s\"}\n", error);
}

static void fail_with(const char *error, const char *detail, size_t number)
{
  printf("{\"ok\":false,\"error\":\"%s\",\"%s\":%zu}\n", error, detail, number);
}

static void *allocate(size_t size)
{
  void *memory = calloc(1, size);
  if (memory == NULL)
    abort();
  return memory;
}

/* What the suite compares, to see that what arrives is what was sent. */
static void print_fds(const int *fds, size_t count)
{
  printf("\"fds\":[");
  for (size_t i = 0; i < count; i++) {
    struct stat status = {0};
    fstat(fds[i], &status);
    printf("%s{\"size\":\"%jd\",", i == 0 ? "" : ",", (intmax_t)status.st_size);
    printf("\"ino\":\"%ju\"}", (uintmax_t)status.st_ino);
  }
  printf("]");
}

/* A number of descriptors or bytes, written as a number or a string; negative if it is none. */
static int64_t natural(const char *text)
{
  errno = 0;
  int64_t number = strtoll(text, NULL, 10);
  return text[0] == '\0' || text[strspn(text, "0123456789")] != '\0' || errno != 0 ? -1 : number;
}

static void hello(const struct json *order)
{
  (void)order;
  printf("{\"ok\":true,\"peer\":\"c\",\"protocol\":\"%s\",", protocol.name);
  printf("\"policy\":\"%s\",", policy == VMWIRE_STRICT ? "strict" : "crosvm2018");
  printf("\"ops\":[\"send\",\"recv\",\"descriptors\"]}\n");
}

/* Makes the memfds that the order lists; 0, or the errno of the failure. */
static int make_fds(const struct json *wanted, int *fds, size_t *count)
{
  int failure = 0;
  *count = 0;
  for (; wanted != NULL && failure == 0; wanted = wanted->next) {
    failure = make_memfd(natural(json_text(wanted, "memfd")), &fds[*count]);
    *count += failure == 0;
  }
  return failure;
}

static void encode_and_send(
    const struct vmwire_message *message, const struct vmwire_variant *variant,
    const struct json *fields, const int *fds, size_t fd_count)
{
  void *value = allocate(message->struct_size);
  uint8_t *bytes = allocate(message->wire_size);
  int sent[MOST_FDS];
  size_t sent_count = 0;
  const char *wrong = message_from_json(message, variant, fields, fds, fd_count, value);
  enum vmwire_error error = message->encode(value, bytes, sent, &sent_count);
  if (wrong != NULL) {
    fail(wrong);
  } else if (error != VMWIRE_OK) {
    fail(error_name(error));
  } else {
    sabotage_encoded(message, bytes);
    int failure = send_packet(SOCKET, bytes, message->wire_size, sent, sent_count);
    if (failure != 0) {
      fail_with("send", "errno", (size_t)failure);
    } else {
      printf("{\"ok\":true,");
      print_fds(sent, sent_count);
      printf("}\n");
    }
  }
  free(bytes);
  free(value);
}

static bool are_memfds(const struct json *list)
{
  if (list == NULL)
    return true;
  if (list->kind != JSON_ARRAY)
    return false;
  for (const struct json *each = list->first_child; each != NULL; each = each->next)
    if (natural(json_text(each, "memfd")) < 0)
      return false;
  return true;
}

static void send_message(const struct json *order)
{
  const struct vmwire_message *message = find_message(json_text(order, "message"));
  const struct vmwire_variant *variant =
      message == NULL ? NULL : find_variant(message, json_text(order, "variant"));
  const struct json *wanted = json_get(order, "fds");
  if (variant == NULL || !are_memfds(wanted)) {
    fail("bad_order");
  } else if (variant->is_local) {
    fail("invalid_type");
  } else if (json_length(wanted) < variant->min_fds) {
    fail("expect_fd");
  } else if (json_length(wanted) > variant->max_fds) {
    fail("unexpected_fd");
  } else {
    int fds[MOST_FDS];
    size_t count = 0;
    int failure = make_fds(wanted == NULL ? NULL : wanted->first_child, fds, &count);
    if (failure != 0)
      fail_with("send", "errno", (size_t)failure);
    else
      encode_and_send(message, variant, json_get(order, "fields"), fds, count);
    close_all(fds, count);
  }
}

/* What the decoder makes of a packet. It takes descriptors out of its copy of their list. */
static void decode(const struct vmwire_message *message, struct packet packet)
{
  void *value = allocate(message->struct_size);
  enum vmwire_error error = sabotage_arrived(message, &packet);
  if (error == VMWIRE_OK)
    error = message->decode(
        value, packet.bytes, packet.length, packet.fds, &packet.fd_count, policy);
  if (error == VMWIRE_BAD_SIZE) {
    fail_with("bad_size", "size", packet.length);
  } else if (error != VMWIRE_OK) {
    fail(error_name(error));
  } else {
    int kept[MOST_FDS];
    size_t count = fds_of(message, value, kept);
    printf("{\"ok\":true,");
    print_message(stdout, message, value);
    printf(",");
    print_fds(kept, count);
    printf("}\n");
  }
  free(value);
}

static void receive_message(const struct json *order)
{
  const struct vmwire_message *message = find_message(json_text(order, "message"));
  const struct json *wanted = json_get(order, "max_fds");
  int64_t room = wanted == NULL ? (int64_t)protocol.max_fds : natural(json_text(order, "max_fds"));
  if (message == NULL || room < 0) {
    fail("bad_order");
    return;
  }
  /* crosvm gives room for so many and no more. Who is strict sees all that a packet carries. */
  if (room > MOST_FDS || policy == VMWIRE_STRICT)
    room = MOST_FDS;
  uint8_t *bytes = allocate(message->wire_size);
  struct packet packet;
  int flags = sabotage_flags(MSG_CMSG_CLOEXEC);
  int failure = receive_packet(SOCKET, bytes, message->wire_size, (size_t)room, flags, &packet);
  if (failure != 0) {
    fail_with("recv", "errno", (size_t)failure);
  } else {
    decode(message, packet);
    /* What the message holds, and what was too much. */
    size_t leaked = sabotage_leaked(packet.fd_count);
    close_all(packet.fds + leaked, packet.fd_count - leaked);
  }
  free(bytes);
}

static void count_descriptors(const struct json *order)
{
  (void)order;
  printf("{\"ok\":true,\"count\":%zu}\n", count_open());
}

static void quit(const struct json *order)
{
  (void)order;
  printf("{\"ok\":true}\n");
  done = true;
}

static const struct {
  const char *op;
  void (*carry_out)(const struct json *order);
} orders[] = {
  {"hello", hello},
  {"send", send_message},
  {"recv", receive_message},
  {"descriptors", count_descriptors},
  {"quit", quit},
};

static void answer(const char *line)
{
  struct json *order = json_parse(line);
  const char *op = json_text(order, "op");
  size_t i = 0;
  while (i < sizeof orders / sizeof orders[0] && strcmp(orders[i].op, op) != 0)
    i++;
  if (order == NULL || order->kind != JSON_OBJECT)
    fail("bad_order");
  else if (i == sizeof orders / sizeof orders[0])
    fail("unsupported");
  else
    orders[i].carry_out(order);
  json_free(order);
  fflush(stdout);
}

static bool set_option(const char *name, const char *value)
{
  if (strcmp(name, "--sabotage") == 0)
    return sabotage(value);
  policy = strcmp(value, "strict") == 0 ? VMWIRE_STRICT : VMWIRE_CROSVM2018;
  return strcmp(name, "--policy") == 0 &&
         (policy == VMWIRE_STRICT || strcmp(value, "crosvm2018") == 0);
}

int main(int argc, char **argv)
{
  char *line = NULL;
  size_t capacity = 0;
  for (int i = 1; i < argc; i += 2)
    if (i + 1 == argc || !set_option(argv[i], argv[i + 1])) {
      fprintf(stderr, "%s: don't know %s %s\n", argv[0], argv[i], i + 1 == argc ? "" : argv[i + 1]);
      return 2;
    }
  while (!done && getline(&line, &capacity, stdin) > 0)
    answer(line);
  free(line);
  return 0;
}
