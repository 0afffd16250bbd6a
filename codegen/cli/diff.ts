/** `vmwire-codegen diff`. */
import { compareProtocols } from '../formats/compare.js';
import type { Direction, Finding, Report, Verdict, Verdicts } from '../diff/report.js';
import type { Location } from '../model/protocol.js';
import { readProtocol } from '../read/index.js';
import type { ExitCode } from './exit-code.js';
import { paint, printDiagnostics, printJson } from './print.js';

export async function diffCommand(
  before: string,
  after: string,
  options: { readonly json?: true },
): Promise<ExitCode> {
  const old = await readProtocol(before, { kaitai: false });
  const now = await readProtocol(after, { kaitai: false });
  const diagnostics = [...old.diagnostics, ...now.diagnostics];
  if (old.protocol === undefined || now.protocol === undefined) {
    if (options.json) printJson({ ok: false, diagnostics });
    else printDiagnostics(diagnostics);
    return 1;
  }
  const report = compareProtocols(old.protocol, now.protocol);
  const ok = report.verdict !== 'breaking';
  if (options.json) printJson({ ok, diagnostics, ...report });
  else {
    printDiagnostics(diagnostics);
    process.stdout.write(formatReport(report));
  }
  return ok ? 0 : 1;
}

const styles = { identical: 'green', additive: 'yellow', breaking: 'red' } as const;

function formatReport(report: Report): string {
  const lines = [`${report.old.file} → ${report.new.file}: ${verdictText(report.verdict)}`];
  for (const found of report.protocol.findings) lines.push('', ...formatFinding(found, '  '));
  for (const { client, server, directions, ...verdicts } of report.pairings) {
    lines.push('', `The ${client} client with the ${server} server: ${bothVerdicts(verdicts)}`);
    for (const direction of directions) lines.push(...formatDirection(direction));
  }
  return `${lines.join('\n')}\n`;
}

function formatDirection(direction: Direction): string[] {
  const { packets, oldName, newName, sender } = direction;
  const name = oldName === newName ? oldName : `${oldName ?? '(none)'} → ${newName ?? '(none)'}`;
  const from = packets === 'messages' ? ` sent by the ${sender} side` : '';
  return [
    `  ${packets} (${name})${from}: ${bothVerdicts(direction)}`,
    ...direction.findings.flatMap((found) => formatFinding(found, '    ')),
  ];
}

function formatFinding(found: Finding, indent: string): string[] {
  const places = [found.old, found.new].map(placeText).join(' → ');
  return [
    `${indent}- ${found.subject}: ${bothVerdicts(found)}`,
    `${indent}  ${found.reason}`,
    `${indent}  ${paint(process.stdout, 'dim', places)}`,
  ];
}

function placeText(location: Location | undefined): string {
  return location === undefined
    ? '(nowhere)'
    : `${location.file}:${location.line}:${location.column}`;
}

function bothVerdicts({ strict, crosvm2018 }: Verdicts): string {
  return strict === crosvm2018
    ? verdictText(strict)
    : `${verdictText(strict)}; for receivers of 2018 ${verdictText(crosvm2018)}`;
}

function verdictText(verdict: Verdict): string {
  return paint(process.stdout, styles[verdict], verdict);
}
