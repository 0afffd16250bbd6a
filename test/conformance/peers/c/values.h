/* Messages of any protocol as JSON, by the tables of its bindings. */
#ifndef VALUES_H
#define VALUES_H

/* BINDING is the header of the bindings, as a string; PROTOCOL is what its names begin with. */
#include BINDING

#include <stdio.h>

#include "json.h"

#define JOIN_NAMES(a, b) a##b
#define PROTOCOL_OF(name) JOIN_NAMES(name, _protocol)
#define protocol PROTOCOL_OF(PROTOCOL)

/* The most descriptors that one packet can carry. */
#define ROOM_FOR_FDS 253

/* NULL if there is none of that name. */
const struct vmwire_message *find_message(const char *name);
const struct vmwire_variant *find_variant(const struct vmwire_message *message, const char *name);
const struct vmwire_variant *variant_of(const struct vmwire_message *message, const void *value);

/*
 * Fills the struct of a message: its integers from JSON, its descriptors from a list. Optional ones
 * that the list does not reach are absent, and so are needed ones, which the encoder refuses.
 *
 * Returns NULL, or what is wrong: "bad_order" if an integer is missing or is none, "field_value" if
 * one does not fit.
 */
const char *message_from_json(
    const struct vmwire_message *message, const struct vmwire_variant *variant,
    const struct json *fields, const int *fds, size_t fd_count, void *value);

/* Prints `"variant":"…","fields":{…}`. */
void print_message(FILE *out, const struct vmwire_message *message, const void *value);

/* The descriptors that the message holds, in the order of its members. */
size_t fds_of(const struct vmwire_message *message, const void *value, int *fds);

/* The name of an error that all languages share. */
const char *error_name(enum vmwire_error error);

#endif
