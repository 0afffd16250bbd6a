/** Small faults planted one at a time in a JavaScript program: what a good test of it must notice. */
import ts from 'typescript-6';

export interface Mutant {
  /** The function, the line and what was done to it. */
  readonly name: string;
  readonly text: string;
}

interface Edit {
  readonly node: ts.Node;
  readonly replacement: string;
}

const operators: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    '<': ['<=', '>='],
    '<=': ['<', '>'],
    '>': ['>=', '<='],
    '>=': ['>', '<'],
    '===': ['!=='],
    '!==': ['==='],
    '&&': ['||'],
    '||': ['&&'],
    '+': ['-'],
    '-': ['+'],
    '*': ['+'],
    '<<': ['>>'],
    '>>': ['<<'],
    '&': ['|'],
    '|': ['&'],
  }),
);

/** Another method of the same shape: another width, sign or end. */
const methods: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    getUint8: ['getInt8'],
    getInt8: ['getUint8'],
    getUint16: ['getInt16', 'getUint8'],
    getInt16: ['getUint16', 'getInt8'],
    getUint32: ['getInt32', 'getUint16'],
    getInt32: ['getUint32', 'getInt16'],
    getBigUint64: ['getBigInt64'],
    getBigInt64: ['getBigUint64'],
    setUint16: ['setUint8'],
    setInt16: ['setInt8'],
    setUint32: ['setUint16'],
    setInt32: ['setInt16'],
    pop: ['shift'],
    shift: ['pop'],
    push: ['unshift'],
  }),
);

/** Every mutant of the functions and tables of a CommonJS program, in the order of the text. */
export function mutants(program: string): Mutant[] {
  const source = ts.createSourceFile('program.js', program, ts.ScriptTarget.ES2022, true);
  const found: Mutant[] = [];
  const visit = (node: ts.Node, owner: string): void => {
    const inside = nameOf(node) ?? owner;
    for (const { node: place, replacement } of edits(node)) {
      const start = place.getStart(source);
      const before = program.slice(start, place.end);
      const { line } = source.getLineAndCharacterOfPosition(start);
      found.push({
        name: `${inside}: ${lineText(program, line)}: ${short(before)} → ${short(replacement)}`,
        text: program.slice(0, start) + replacement + program.slice(place.end),
      });
    }
    node.forEachChild((child) => visit(child, inside));
  };
  for (const statement of source.statements) {
    if (!isModuleSyntax(statement, program)) visit(statement, '');
  }
  return found;
}

/** What TypeScript adds to make a CommonJS module. */
function isModuleSyntax(statement: ts.Statement, program: string): boolean {
  const text = program.slice(statement.getStart(), statement.end);
  return /^("use strict"|exports\.|Object\.defineProperty\(exports|const \w+ = require\()/.test(
    text,
  );
}

function nameOf(node: ts.Node): string | undefined {
  const named =
    ts.isFunctionDeclaration(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isMethodDeclaration(node);
  return named && node.name !== undefined ? node.name.getText() : undefined;
}

function edits(node: ts.Node): Edit[] {
  const replace = (replacements: readonly string[], place: ts.Node = node): Edit[] =>
    replacements.map((replacement) => ({ node: place, replacement }));
  // `(0, imported)()` is how CommonJS calls an import.
  const isFirstOfComma =
    ts.isBinaryExpression(node.parent) &&
    node.parent.operatorToken.kind === ts.SyntaxKind.CommaToken;
  if (isFirstOfComma) return [];
  if (ts.isNumericLiteral(node)) {
    const value = Number(node.text);
    return replace([String(value + 1), `(${value - 1})`]);
  }
  if (ts.isBigIntLiteral(node)) {
    const value = BigInt(node.text.slice(0, -1));
    return replace([`${value + 1n}n`, `(${value - 1n}n)`]);
  }
  if (ts.isStringLiteral(node)) return replace([JSON.stringify(`${node.text}~`)]);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return replace(['false']);
  if (node.kind === ts.SyntaxKind.FalseKeyword) return replace(['true']);
  if (ts.isBinaryExpression(node)) {
    return replace(operators.get(node.operatorToken.getText()) ?? [], node.operatorToken);
  }
  if (ts.isPropertyAccessExpression(node))
    return replace(methods.get(node.name.text) ?? [], node.name);
  if (ts.isPrefixUnaryExpression(node)) return replace([`(${node.operand.getText()})`]);
  if (ts.isConditionalExpression(node)) {
    return [...replace([node.whenTrue.getText()]), ...replace([node.whenFalse.getText()])];
  }
  if (ts.isIfStatement(node)) return replace(['true', 'false'], node.expression);
  if (ts.isExpressionStatement(node) || ts.isThrowStatement(node) || ts.isBreakStatement(node)) {
    return replace([';']);
  }
  return [];
}

function lineText(program: string, line: number): string {
  return short(program.split('\n')[line]?.trim() ?? '');
}

function short(text: string): string {
  const one = text.replace(/\s+/g, ' ');
  return one.length > 90 ? `${one.slice(0, 87)}...` : one;
}
