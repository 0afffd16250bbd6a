/* What the bindings of all protocols share. */
#ifndef VMWIRE_BINDINGS_1
#define VMWIRE_BINDINGS_1

enum vmwire_error {
  VMWIRE_OK = 0,
  /* The tag names no variant, or the variant never travels. */
  VMWIRE_INVALID_TYPE,
  /* The packet has not the size of the message. */
  VMWIRE_BAD_SIZE,
  /* A descriptor is missing. */
  VMWIRE_EXPECT_FD,
  /* There are more descriptors than the variant takes. */
  VMWIRE_UNEXPECTED_FD,
  /* A value does not fit into its member. */
  VMWIRE_FIELD_VALUE
};

/* How severe a receiver is with a packet that is not exactly what its protocol says. */
enum vmwire_policy {
  /* A packet that is too long, or carries too many descriptors, is refused. */
  VMWIRE_STRICT,
  /* As crosvm in January 2018: it is accepted, and what is too much is left over. */
  VMWIRE_CROSVM2018
};

/* An integer, an array of integers or a descriptor. */
struct vmwire_member {
  const char *name;
  bool is_descriptor;
  /* A descriptor that may be absent, which is negative then. */
  bool optional;
  bool is_signed;
  bool big_endian;
  /* An errno: 4 bytes in a packet, and an int64_t in the struct. */
  bool is_errno;
  /* Bytes of one element in a packet; of a descriptor, 0. */
  size_t size;
  /* The number of elements; 0 if it is no array. */
  size_t count;
  /* Where it is in a packet. A descriptor, and a member of a variant that never travels, is not in it. */
  size_t wire_offset;
  /* Where it is in the struct of the message. Of the tag, where `variant` is. */
  size_t struct_offset;
};

struct vmwire_variant {
  const char *name;
  /* A variant that is executed locally has no tag, and never travels. */
  bool is_local;
  uint64_t tag;
  const struct vmwire_member *members;
  size_t member_count;
  /* The fewest and the most descriptors that it takes. */
  size_t min_fds;
  size_t max_fds;
  /* The variant of the response that answers it, or NULL if the protocol does not say. */
  const char *response;
};

struct vmwire_message {
  const char *name;
  /* Bytes in a packet, and of the struct. */
  size_t wire_size;
  size_t struct_size;
  struct vmwire_member tag;
  /* variants[i] is the one whose `variant` is i + 1. */
  const struct vmwire_variant *variants;
  size_t variant_count;
  /* The functions of the message, given its struct. */
  enum vmwire_error (*encode)(const void *message, uint8_t *bytes, int *fds, size_t *fd_count);
  enum vmwire_error (*decode)(
      void *message, const uint8_t *bytes, size_t length, int *fds, size_t *fd_count,
      enum vmwire_policy policy);
};

struct vmwire_protocol {
  const char *name;
  bool seqpacket;
  size_t max_fds;
  /* Which message answers which, and with which variant if it failed; NULL if none does. */
  const char *request;
  const char *response;
  const char *error;
  const struct vmwire_message *messages;
  size_t message_count;
};

#endif
