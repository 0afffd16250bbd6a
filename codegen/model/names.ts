/** How a schema's snake_case names are written in the languages that we generate. */

function words(snake: string): readonly string[] {
  return snake.split('_').filter((word) => word !== '');
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `register_memory` → `registerMemory`. */
export function camelCase(snake: string): string {
  const [first = '', ...rest] = words(snake);
  return first + rest.map(capitalized).join('');
}

/** `register_memory` → `RegisterMemory`. */
export function pascalCase(snake: string): string {
  return words(snake).map(capitalized).join('');
}

/** `register_memory` → `REGISTER_MEMORY`. */
export function screamingCase(snake: string): string {
  return words(snake).join('_').toUpperCase();
}
