/*
 * Faults on purpose, each of which the suite must name. Without --sabotage these functions do
 * nothing. sabotage.py tells where each fault shows.
 */
#ifndef SABOTAGE_H
#define SABOTAGE_H

#include "transport.h"
#include "values.h"

/* Turns on the faults of a list with commas; false if one is unknown. */
bool sabotage(const char *names);

/* After the encoder: changes the bytes that will be sent. */
void sabotage_encoded(const struct vmwire_message *message, uint8_t *bytes);

/* What to receive with, given the flags of an honest peer. */
int sabotage_flags(int flags);

/* Before the decoder: changes what it sees of the packet, or takes its place with an error. */
enum vmwire_error sabotage_arrived(const struct vmwire_message *message, struct packet *packet);

/* Before the descriptors of a packet are closed: how many of the first to leave open. */
size_t sabotage_leaked(size_t fd_count);

#endif
