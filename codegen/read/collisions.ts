/** Names that are different in the schema and the same in what is generated from it. */
import type { Reporter } from '../report/diagnostics.js';
import { camelCase, pascalCase } from '../model/names.js';
import type { Message, Node, Protocol } from '../model/protocol.js';
import { allVariants } from '../model/queries.js';

/** What a name in the schema names, for messages. */
type Kind = 'protocol' | 'message' | 'member' | 'variant' | 'enum' | 'value';

interface Owner {
  readonly kind: Kind;
  readonly node: Node;
}

/** The names of one scope, and who brought each of them in. */
class Scope {
  readonly #names = new Map<string, Owner>();
  readonly #reported: Set<Node>;
  readonly #report: Reporter;

  /** Each node of `reported` has been told about once, and that is enough. */
  constructor(reported: Set<Node>, report: Reporter) {
    this.#reported = reported;
    this.#report = report;
  }

  add(name: string, kind: Kind, node: Node): void {
    // A name that is none has been reported.
    if (camelCase(node.name) === '') return;
    const first = this.#names.get(name);
    if (first === undefined) {
      this.#names.set(name, { kind, node });
      return;
    }
    // Two of a kind with one name are another mistake, which has been reported.
    const twins = first.kind === kind && first.node.name === node.name;
    if (twins || this.#reported.has(node)) return;
    this.#reported.add(node);
    const other = `the ${first.kind} \`${first.node.name}\``;
    const message = `the ${kind} \`${node.name}\` and ${other} are both \`${name}\` in TypeScript`;
    const hint = `${other} is in line ${first.node.location.line}; rename one of them`;
    this.#report.error('VW021', node.location, message, hint);
  }
}

function addMessage(message: Message, exports: Scope): void {
  const pascal = pascalCase(message.name);
  const camel = camelCase(message.name);
  for (const name of [
    pascal,
    camel,
    `encode${pascal}`,
    `decode${pascal}`,
    `format${pascal}`,
    `${camel}Size`,
    `${camel}Offsets`,
    `${camel}Codec`,
  ]) {
    exports.add(name, 'message', message);
  }
  for (const variant of allVariants(message)) {
    exports.add(`${pascal}${pascalCase(variant.name)}`, 'variant', variant);
  }
}

/** Names that a schema's own names would hide in the generated TypeScript. */
export function checkCollisions(protocol: Protocol, report: Reporter): void {
  const reported = new Set<Node>();
  /** Properties of one object: `num_pages` and `num__pages` would both be `numPages`. */
  const checkProperties = (kind: Kind, nodes: readonly Node[]): void => {
    const scope = new Scope(reported, report);
    for (const node of nodes) scope.add(camelCase(node.name), kind, node);
  };
  for (const message of protocol.messages) {
    checkProperties('member', [message.tag, ...message.members]);
    checkProperties('variant', allVariants(message));
    for (const local of message.locals) checkProperties('member', local.members);
  }
  for (const open of protocol.enums) checkProperties('value', open.values);

  const exports = new Scope(reported, report);
  exports.add(camelCase(protocol.name), 'protocol', protocol);
  exports.add(`${pascalCase(protocol.name)}Error`, 'protocol', protocol);
  if (protocol.exchange) {
    const { response } = protocol.exchange;
    exports.add(`${pascalCase(response.name)}ByRequest`, 'message', response);
  }
  for (const message of protocol.messages) addMessage(message, exports);
  for (const open of protocol.enums) exports.add(pascalCase(open.name), 'enum', open);
}
