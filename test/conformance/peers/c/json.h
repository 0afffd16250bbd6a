/* As much JSON as one line of orders needs. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>

enum json_kind { JSON_WORD, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
  enum json_kind kind;
  /* The key in its object, or NULL. */
  char *key;
  /* A string without its escapes, a number or a word as it stands, or NULL. */
  char *text;
  struct json *first_child;
  struct json *next;
};

/* Reads one value; NULL if the text is not JSON. Ended with json_free. */
struct json *json_parse(const char *text);
void json_free(struct json *value);

/* The value of a key, or NULL. `object` may be NULL. */
const struct json *json_get(const struct json *object, const char *key);

/* The text of a string or number, or "" if there is none. */
const char *json_text(const struct json *object, const char *key);

/* The number of elements; 0 if there is no array. */
unsigned json_length(const struct json *array);

#endif
