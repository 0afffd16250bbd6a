/* Faults on purpose, each of which the suite must name. */
#define _GNU_SOURCE
#include "sabotage.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum fault { OFFSET, TAG, PADDING, LEAK, WRONG_END, CUT, SURPLUS, ORDER, CLOEXEC, FAULTS };

static const char *const names_of_faults[FAULTS] = {
  [OFFSET] = "offset", [TAG] = "tag", [PADDING] = "padding",
  [LEAK] = "leak", [WRONG_END] = "wrong-end", [CUT] = "cut",
  [SURPLUS] = "surplus", [ORDER] = "order", [CLOEXEC] = "cloexec",
};

static bool on[FAULTS];

bool sabotage(const char *names)
{
  while (*names != '\0') {
    size_t length = strcspn(names, ",");
    int fault = 0;
    while (fault < FAULTS && (strlen(names_of_faults[fault]) != length ||
                              strncmp(names_of_faults[fault], names, length) != 0))
      fault++;
    if (fault == FAULTS)
      return false;
    on[fault] = true;
    names += length + (names[length] == ',');
  }
  return true;
}

/* The variant that the packet's tag names, or NULL. */
static const struct vmwire_variant *tagged(const struct vmwire_message *message, const uint8_t *bytes)
{
  const struct vmwire_member *member = &message->tag;
  uint64_t tag = 0;
  for (size_t i = 0; i < member->size; i++)
    tag = tag << 8 | bytes[member->wire_offset + (member->big_endian ? i : member->size - 1 - i)];
  for (size_t i = 0; i < message->variant_count; i++)
    if (!message->variants[i].is_local && message->variants[i].tag == tag)
      return &message->variants[i];
  return NULL;
}

static size_t size_of(const struct vmwire_member *member)
{
  return member->size * (member->count == 0 ? 1 : member->count);
}

/* The variant's first integer, and where it is if it's one byte off; NULL if it has none. */
static const struct vmwire_member *shifted(
    const struct vmwire_message *message, const struct vmwire_variant *variant, size_t *off)
{
  for (size_t i = 0; variant != NULL && i < variant->member_count; i++) {
    const struct vmwire_member *member = &variant->members[i];
    if (member->is_descriptor)
      continue;
    bool last = member->wire_offset + size_of(member) == message->wire_size;
    *off = last ? member->wire_offset - 1 : member->wire_offset + 1;
    return member;
  }
  return NULL;
}

/* The first byte that the variant does not use; NULL if it uses all. */
static uint8_t *unused(
    const struct vmwire_message *message, const struct vmwire_variant *variant, uint8_t *bytes)
{
  for (size_t at = 0; variant != NULL && at < message->wire_size; at++) {
    bool used = at - message->tag.wire_offset < message->tag.size;
    for (size_t i = 0; i < variant->member_count && !used; i++)
      used = at - variant->members[i].wire_offset < size_of(&variant->members[i]);
    if (!used)
      return bytes + at;
  }
  return NULL;
}

void sabotage_encoded(const struct vmwire_message *message, uint8_t *bytes)
{
  const struct vmwire_variant *variant = tagged(message, bytes);
  size_t off;
  const struct vmwire_member *member = shifted(message, variant, &off);
  if (on[OFFSET] && member != NULL)
    memmove(bytes + off, bytes + member->wire_offset, size_of(member));
  uint8_t *byte = unused(message, variant, bytes);
  if (on[PADDING] && byte != NULL)
    *byte = 0xa5;
  if (on[TAG])
    bytes[message->tag.wire_offset + (message->tag.big_endian ? message->tag.size - 1 : 0)]++;
}

int sabotage_flags(int flags)
{
  return on[CLOEXEC] ? flags & ~MSG_CMSG_CLOEXEC : flags;
}

enum vmwire_error sabotage_arrived(const struct vmwire_message *message, struct packet *packet)
{
  const struct vmwire_variant *variant = tagged(message, packet->bytes);
  size_t off;
  const struct vmwire_member *member = shifted(message, variant, &off);
  if (on[ORDER] && variant == NULL)
    return VMWIRE_INVALID_TYPE;
  if (on[CUT] && packet->length > message->wire_size)
    packet->length = message->wire_size;
  if (on[SURPLUS] && variant != NULL && packet->fd_count > variant->max_fds)
    packet->fd_count = variant->max_fds;
  if (on[OFFSET] && member != NULL)
    memmove(packet->bytes + member->wire_offset, packet->bytes + off, size_of(member));
  for (size_t i = 0; on[WRONG_END] && i < packet->fd_count / 2; i++) {
    int *other = &packet->fds[packet->fd_count - 1 - i];
    int fd = packet->fds[i];
    packet->fds[i] = *other;
    *other = fd;
  }
  return VMWIRE_OK;
}

size_t sabotage_leaked(size_t fd_count)
{
  return on[LEAK] && fd_count > 0 ? 1 : 0;
}
