/* Messages of any protocol as JSON, by the tables of its bindings. */
#include "values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct vmwire_message *find_message(const char *name)
{
  for (size_t i = 0; i < protocol.message_count; i++)
    if (strcmp(protocol.messages[i].name, name) == 0)
      return &protocol.messages[i];
  return NULL;
}

const struct vmwire_variant *find_variant(const struct vmwire_message *message, const char *name)
{
  for (size_t i = 0; i < message->variant_count; i++)
    if (strcmp(message->variants[i].name, name) == 0)
      return &message->variants[i];
  return NULL;
}

const struct vmwire_variant *variant_of(const struct vmwire_message *message, const void *value)
{
  int variant;
  memcpy(&variant, (const char *)value + message->tag.struct_offset, sizeof variant);
  return &message->variants[variant - 1];
}

/* Bytes of one element in the struct. */
static size_t element_size(const struct vmwire_member *member)
{
  return member->is_errno ? sizeof(int64_t) : member->size;
}

/* Reads a decimal integer that fits into the member, as the bits that it has there. */
static const char *read_integer(const struct vmwire_member *member, const char *text, uint64_t *bits)
{
  bool negative = text[0] == '-';
  size_t digits = strspn(text + negative, "0123456789");
  unsigned unused = (unsigned)(64 - 8 * element_size(member));
  bool fits;
  if (digits == 0 || text[negative + digits] != '\0')
    return "bad_order";
  errno = 0;
  if (member->is_signed || member->is_errno) {
    int64_t value = strtoll(text, NULL, 10);
    int64_t most = INT64_MAX >> unused;
    fits = value <= most && value >= -most - 1;
    *bits = (uint64_t)value;
  } else {
    *bits = strtoull(text, NULL, 10);
    fits = !negative && *bits <= UINT64_MAX >> unused;
  }
  return fits && errno == 0 ? NULL : "field_value";
}

static const char *store_element(const struct vmwire_member *member, char *at, const char *text)
{
  uint64_t bits = 0;
  const char *wrong = read_integer(member, text, &bits);
  /* The lowest bytes, as they lie in this machine's memory, which is little-endian. */
  memcpy(at, &bits, element_size(member));
  return wrong;
}

static const char *store_array(
    const struct vmwire_member *member, char *at, const struct json *list)
{
  const char *wrong = NULL;
  if (list == NULL || list->kind != JSON_ARRAY)
    return "bad_order";
  if (json_length(list) != member->count)
    return "field_value";
  for (const struct json *each = list->first_child; each != NULL && wrong == NULL; each = each->next) {
    wrong = store_element(member, at, each->text == NULL ? "" : each->text);
    at += element_size(member);
  }
  return wrong;
}

static void print_element(FILE *out, const struct vmwire_member *member, const char *at)
{
  uint64_t bits = 0;
  size_t size = element_size(member);
  memcpy(&bits, at, size);
  const char *quote = member->size == 8 ? "\"" : "";
  if (member->is_signed || member->is_errno) {
    unsigned unused = (unsigned)(64 - 8 * size);
    fprintf(out, "%s%" PRId64 "%s", quote, (int64_t)(bits << unused) >> unused, quote);
  } else {
    fprintf(out, "%s%" PRIu64 "%s", quote, bits, quote);
  }
}

const char *message_from_json(
    const struct vmwire_message *message, const struct vmwire_variant *variant,
    const struct json *fields, const int *fds, size_t fd_count, void *value)
{
  int number = (int)(variant - message->variants) + 1;
  size_t used = 0;
  const char *wrong = NULL;
  memcpy((char *)value + message->tag.struct_offset, &number, sizeof number);
  for (size_t i = 0; i < variant->member_count && wrong == NULL; i++) {
    const struct vmwire_member *member = &variant->members[i];
    char *at = (char *)value + member->struct_offset;
    if (member->is_descriptor) {
      int fd = used < fd_count ? fds[used++] : -1;
      memcpy(at, &fd, sizeof fd);
    } else if (member->count == 0) {
      wrong = store_element(member, at, json_text(fields, member->name));
    } else {
      wrong = store_array(member, at, json_get(fields, member->name));
    }
  }
  return wrong;
}

void print_message(FILE *out, const struct vmwire_message *message, const void *value)
{
  const struct vmwire_variant *variant = variant_of(message, value);
  const char *separator = "";
  fprintf(out, "\"variant\":\"%s\",\"fields\":{", variant->name);
  for (size_t i = 0; i < variant->member_count; i++) {
    const struct vmwire_member *member = &variant->members[i];
    const char *at = (const char *)value + member->struct_offset;
    if (member->is_descriptor)
      continue;
    fprintf(out, "%s\"%s\":%s", separator, member->name, member->count == 0 ? "" : "[");
    for (size_t j = 0; j < (member->count == 0 ? 1 : member->count); j++) {
      fputs(j == 0 ? "" : ",", out);
      print_element(out, member, at + j * element_size(member));
    }
    fputs(member->count == 0 ? "" : "]", out);
    separator = ",";
  }
  fputc('}', out);
}

size_t fds_of(const struct vmwire_message *message, const void *value, int *fds)
{
  const struct vmwire_variant *variant = variant_of(message, value);
  size_t count = 0;
  for (size_t i = 0; i < variant->member_count; i++) {
    int fd;
    if (!variant->members[i].is_descriptor)
      continue;
    memcpy(&fd, (const char *)value + variant->members[i].struct_offset, sizeof fd);
    if (fd >= 0)
      fds[count++] = fd;
  }
  return count;
}

const char *error_name(enum vmwire_error error)
{
  switch (error) {
  case VMWIRE_OK:
    return "ok";
  case VMWIRE_INVALID_TYPE:
    return "invalid_type";
  case VMWIRE_BAD_SIZE:
    return "bad_size";
  case VMWIRE_EXPECT_FD:
    return "expect_fd";
  case VMWIRE_UNEXPECTED_FD:
    return "unexpected_fd";
  case VMWIRE_FIELD_VALUE:
    return "field_value";
  }
  return "unknown";
}
