/** What a name must look like, so that every target language and file system can take it. */
import type { Reporter } from '../report/diagnostics.js';
import type { Text } from './values.js';

const identifier = /^[a-z][a-z0-9_]*$/;
const maxLength = 64;

function repaired(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '');
}

/** Reports a name that can't be one; whatever follows may use it all the same. */
export function checkName(name: Text, what: string, report: Reporter): void {
  const { text, location } = name;
  if (text.length > maxLength) {
    const hint = 'generated names and file names are made of it';
    const message = `the name of ${what} has more than ${maxLength} characters`;
    report.error('VW020', location, message, hint);
    return;
  }
  if (identifier.test(text)) return;
  const better = repaired(text);
  const hint =
    identifier.test(better) && !/^[0-9]/.test(text)
      ? `write it as \`${better}\``
      : 'a name is of small letters, digits and `_`, and begins with a letter';
  report.error('VW020', location, `\`${text}\` can't be the name of ${what}`, hint);
}

/** Reports names of one scope that are given twice. */
export function checkTwice(names: readonly Text[], what: string, report: Reporter): void {
  const seen = new Map<string, Text>();
  for (const name of names) {
    const first = seen.get(name.text);
    if (first === undefined) {
      seen.set(name.text, name);
      continue;
    }
    const hint = `the first is in line ${first.location.line}; rename one of them`;
    report.error('VW022', name.location, `there are two ${what} \`${name.text}\``, hint);
  }
}
