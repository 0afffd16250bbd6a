/* Messages of any protocol as JSON, by the tables of its bindings. */
#include "values.h"

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

static void store_element(const struct vmwire_member *member, char *at, const char *text)
{
  uint64_t bits = text[0] == '-' ? (uint64_t)strtoll(text, NULL, 10) : strtoull(text, NULL, 10);
  uint32_t four = (uint32_t)bits;
  uint16_t two = (uint16_t)bits;
  uint8_t one = (uint8_t)bits;
  switch (element_size(member)) {
  case 8:
    memcpy(at, &bits, 8);
    break;
  case 4:
    memcpy(at, &four, 4);
    break;
  case 2:
    memcpy(at, &two, 2);
    break;
  default:
    memcpy(at, &one, 1);
  }
}

static void print_element(FILE *out, const struct vmwire_member *member, const char *at)
{
  /* As it lies in this machine's memory, which is little-endian. */
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

void message_from_json(
    const struct vmwire_message *message, const struct vmwire_variant *variant,
    const struct json *fields, const int *fds, size_t fd_count, void *value)
{
  int number = (int)(variant - message->variants) + 1;
  size_t used = 0;
  memcpy((char *)value + message->tag.struct_offset, &number, sizeof number);
  for (size_t i = 0; i < variant->member_count; i++) {
    const struct vmwire_member *member = &variant->members[i];
    char *at = (char *)value + member->struct_offset;
    if (member->is_descriptor) {
      int fd = used < fd_count ? fds[used++] : -1;
      memcpy(at, &fd, sizeof fd);
    } else if (member->count == 0) {
      store_element(member, at, json_text(fields, member->name));
    } else {
      const struct json *list = json_get(fields, member->name);
      const struct json *element = list == NULL ? NULL : list->first_child;
      for (size_t j = 0; j < member->count && element != NULL; j++, element = element->next)
        store_element(member, at + j * element_size(member), element->text ? element->text : "");
    }
  }
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
