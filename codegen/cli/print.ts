/** How the command line writes: colours on a terminal, one JSON object for machines. */
import { styleText } from 'node:util';
import { type Diagnostic, formatDiagnostic } from '../report/diagnostics.js';
import type { CompilerFailure } from '../report/failure.js';

type Style = Parameters<typeof styleText>[0];

/** Text in a colour, if the stream is a terminal and the user hasn't set NO_COLOR. */
export function paint(stream: NodeJS.WriteStream, style: Style, text: string): string {
  const colours = stream.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  return colours ? styleText(style, text) : text;
}

/** Whoever reads may stop to (`| head`): the program ends without a word. A full disk is told. */
export function watchStreams(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      if (stream !== process.stderr) process.stderr.write(`vmwire-codegen: ${error.message}\n`);
      process.exit(2);
    });
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** What is wrong with schemas, on stderr. */
export function printDiagnostics(diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) {
    const style = diagnostic.severity === 'error' ? 'red' : 'yellow';
    const [first = '', ...rest] = formatDiagnostic(diagnostic).split('\n');
    const lines = rest.map((line) =>
      /^ *\| *\^+$/.test(line) ? paint(process.stderr, style, line) : line,
    );
    process.stderr.write(
      `${[paint(process.stderr, [style, 'bold'], first), ...lines].join('\n')}\n`,
    );
  }
}

/** What is wrong outside the schemas. */
export function printFailure(failure: CompilerFailure, json: boolean): void {
  const { code, subject, message, cure } = failure;
  if (json) {
    printJson({ ok: false, failure: { code, subject, message, cure } });
    return;
  }
  process.stderr.write(`${paint(process.stderr, ['red', 'bold'], 'vmwire-codegen:')} ${message}\n`);
  if (cure !== undefined) process.stderr.write(`  ${cure}\n`);
}
