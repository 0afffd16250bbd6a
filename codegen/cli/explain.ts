/** `vmwire-codegen explain`. */
import { codes, isCode } from '../codes/index.js';
import { CompilerFailure } from '../report/failure.js';
import type { ExitCode } from './exit-code.js';
import { paint, printJson } from './print.js';

export function explainCommand(
  name: string | undefined,
  options: { readonly json?: true },
): ExitCode {
  if (name === undefined) {
    if (options.json) printJson(codes);
    else
      for (const [code, { title }] of Object.entries(codes))
        process.stdout.write(`${paint(process.stdout, 'bold', code)}  ${title}\n`);
    return 0;
  }
  const code = name.toUpperCase();
  if (!isCode(code))
    throw new CompilerFailure(
      'UNKNOWN_CODE',
      name,
      `there is no diagnostic ${name}`,
      'vmwire-codegen explain lists them all',
    );
  const { title, explanation, example } = codes[code];
  if (options.json) {
    printJson({ code, title, explanation, example });
    return 0;
  }
  const text =
    'words' in example
      ? [example.words]
      : [
          paint(process.stdout, 'red', 'Wrong:'),
          indent(example.bad),
          '',
          paint(process.stdout, 'green', 'Right:'),
          indent(example.good),
        ];
  process.stdout.write(
    `${[`${paint(process.stdout, 'bold', code)}  ${title}`, '', explanation, '', ...text].join('\n')}\n`,
  );
  return 0;
}

function indent(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, '  ');
}
