/* As much JSON as one line of orders needs. */
#define _GNU_SOURCE
#include "json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Orders nest three deep. Deeper text is not read, so that none can use up the stack. */
#define MOST_LEVELS 16

static struct json *parse_value(const char **at, int level);

static void skip_space(const char **at)
{
  while (isspace((unsigned char)**at))
    *at += 1;
}

static bool skip_char(const char **at, char expected)
{
  skip_space(at);
  if (**at != expected)
    return false;
  *at += 1;
  return true;
}

/*
 * A string behind its opening quote. Names and numbers need no escapes: \n, \u0041 and the like are
 * not read.
 */
static char *parse_string(const char **at)
{
  char *text = malloc(strlen(*at) + 1);
  size_t length = 0;
  while (text != NULL && **at != '"') {
    bool escaped = **at == '\\';
    *at += escaped;
    if (**at == '\0' || (escaped && strchr("\"\\/", **at) == NULL)) {
      free(text);
      return NULL;
    }
    text[length++] = *(*at)++;
  }
  if (text == NULL)
    return NULL;
  text[length] = '\0';
  *at += 1;
  return text;
}

static bool parse_children(const char **at, struct json *parent, char end, int level)
{
  struct json **next = &parent->first_child;
  if (skip_char(at, end))
    return true;
  do {
    char *key = NULL;
    if (parent->kind == JSON_OBJECT) {
      if (!skip_char(at, '"') || (key = parse_string(at)) == NULL)
        return false;
      if (!skip_char(at, ':')) {
        free(key);
        return false;
      }
    }
    *next = parse_value(at, level + 1);
    if (*next == NULL) {
      free(key);
      return false;
    }
    (*next)->key = key;
    next = &(*next)->next;
  } while (skip_char(at, ','));
  return skip_char(at, end);
}

static struct json *parse_value(const char **at, int level)
{
  struct json *value = level < MOST_LEVELS ? calloc(1, sizeof *value) : NULL;
  bool good;
  if (value == NULL)
    return NULL;
  if (skip_char(at, '"')) {
    value->kind = JSON_STRING;
    value->text = parse_string(at);
    good = value->text != NULL;
  } else if (skip_char(at, '[')) {
    value->kind = JSON_ARRAY;
    good = parse_children(at, value, ']', level);
  } else if (skip_char(at, '{')) {
    value->kind = JSON_OBJECT;
    good = parse_children(at, value, '}', level);
  } else {
    size_t length = strspn(*at, "+-.0123456789abcdefghijklmnopqrstuvwxyzE");
    value->kind = isalpha((unsigned char)**at) ? JSON_WORD : JSON_NUMBER;
    value->text = strndup(*at, length);
    *at += length;
    good = length > 0 && value->text != NULL;
  }
  if (good)
    return value;
  json_free(value);
  return NULL;
}

struct json *json_parse(const char *text)
{
  struct json *value = parse_value(&text, 0);
  skip_space(&text);
  if (value != NULL && *text != '\0') {
    json_free(value);
    return NULL;
  }
  return value;
}

void json_free(struct json *value)
{
  while (value != NULL) {
    struct json *next = value->next;
    json_free(value->first_child);
    free(value->key);
    free(value->text);
    free(value);
    value = next;
  }
}

const struct json *json_get(const struct json *object, const char *key)
{
  if (object == NULL)
    return NULL;
  for (const struct json *child = object->first_child; child != NULL; child = child->next)
    if (child->key != NULL && strcmp(child->key, key) == 0)
      return child;
  return NULL;
}

const char *json_text(const struct json *object, const char *key)
{
  const struct json *value = json_get(object, key);
  return value == NULL || value->text == NULL ? "" : value->text;
}

unsigned json_length(const struct json *array)
{
  unsigned length = 0;
  if (array != NULL)
    for (const struct json *child = array->first_child; child != NULL; child = child->next)
      length++;
  return length;
}
