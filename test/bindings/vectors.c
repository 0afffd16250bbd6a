/* Runs golden vectors on the C bindings: one vector a line in, its result a line out. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "../conformance/peers/c/values.h"

static void print_hex(const uint8_t *bytes, size_t size)
{
  for (size_t i = 0; i < size; i++)
    printf("%02x", bytes[i]);
}

static void read_hex(const char *text, uint8_t *bytes)
{
  for (; text[0] != '\0' && text[1] != '\0'; text += 2)
    *bytes++ = (uint8_t)strtoul((char[]){text[0], text[1], '\0'}, NULL, 16);
}

static void print_list(const char *name, const int *list, size_t count)
{
  printf(",\"%s\":[", name);
  for (size_t i = 0; i < count; i++)
    printf("%s%d", i == 0 ? "" : ",", list[i]);
  printf("]");
}

static void encode(const struct vmwire_message *message, const struct json *vector, int *fds)
{
  const struct json *value = json_get(vector, "value");
  const struct vmwire_variant *variant = find_variant(message, json_text(value, "variant"));
  size_t given = strtoul(json_text(value, "fds"), NULL, 10);
  size_t count = 0;
  void *any = calloc(1, message->struct_size);
  uint8_t *bytes = malloc(message->wire_size);
  /* Not zero, so that a byte that is not written shows. */
  memset(bytes, 0xa5, message->wire_size);
  const char *wrong =
      message_from_json(message, variant, json_get(value, "fields"), fds, given, any);
  int sent[ROOM_FOR_FDS];
  enum vmwire_error error = message->encode(any, bytes, sent, &count);
  if (wrong != NULL) {
    printf("{\"error\":\"%s\"}\n", wrong);
  } else if (error == VMWIRE_OK) {
    printf("{\"bytes\":\"");
    print_hex(bytes, message->wire_size);
    printf("\"");
    print_list("fds", sent, count);
    printf("}\n");
  } else {
    printf("{\"error\":\"%s\"}\n", error_name(error));
  }
  free(bytes);
  free(any);
}

static void decode(const struct vmwire_message *message, const struct json *vector, int *fds)
{
  const char *hex = json_text(vector, "bytes");
  size_t length = strtoul(json_text(vector, "length"), NULL, 10);
  size_t count = strtoul(json_text(vector, "fds"), NULL, 10);
  bool lenient = strcmp(json_text(vector, "policy"), "crosvm2018") == 0;
  /* Exactly as long as the packet, so that a tool that checks memory sees a read beyond it. */
  uint8_t *bytes = calloc(1, length > strlen(hex) / 2 ? length : strlen(hex) / 2 + 1);
  void *any = calloc(1, message->struct_size);
  read_hex(hex, bytes);
  enum vmwire_error error = message->decode(
      any, bytes, length, fds, &count, lenient ? VMWIRE_CROSVM2018 : VMWIRE_STRICT);
  if (error == VMWIRE_OK) {
    int kept[ROOM_FOR_FDS];
    printf("{");
    print_message(stdout, message, any);
    print_list("kept", kept, fds_of(message, any, kept));
  } else {
    printf("{\"error\":\"%s\"", error_name(error));
  }
  print_list("left", fds, count);
  printf("}\n");
  free(bytes);
  free(any);
}

int main(void)
{
  char *line = NULL;
  size_t capacity = 0;
  while (getline(&line, &capacity, stdin) > 0) {
    struct json *vector = json_parse(line);
    const struct vmwire_message *message = find_message(json_text(vector, "message"));
    int fds[ROOM_FOR_FDS];
    for (int i = 0; i < ROOM_FOR_FDS; i++)
      fds[i] = i;
    if (message == NULL)
      printf("{\"error\":\"unknown message\"}\n");
    else if (strcmp(json_text(vector, "op"), "encode") == 0)
      encode(message, vector, fds);
    else
      decode(message, vector, fds);
    json_free(vector);
  }
  free(line);
  return 0;
}
