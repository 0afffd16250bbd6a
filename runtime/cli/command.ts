/** Commands: what one is, how its arguments are read, and how its help looks. */
import { parseArgs } from 'node:util';
import { UsageError } from './failure.js';
import { didYouMean } from './nearest.js';

/** One option. */
export interface Option {
  /** What its value stands for (`PATH`); undefined for a flag. */
  readonly value?: string;
  readonly short?: string;
  /** Whether it may be given several times. */
  readonly multiple?: boolean;
  readonly help: string;
}

/** Arguments that fit the command's options. */
export interface Arguments {
  readonly positionals: readonly string[];
  flag(name: string): boolean;
  /** The value of an option, the last one if it was given several times. */
  text(name: string): string | undefined;
  all(name: string): readonly string[];
}

/** One command of `vmwire`. */
export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Its positional arguments: `SOCKET SLOT`. Those in brackets may be left out, and repeated after `…`. */
  readonly positionals: string;
  readonly options: Readonly<Record<string, Option>>;
  /** More help, below the options. */
  readonly details?: string;
  /** @returns the exit status */
  readonly run: (args: Arguments) => number | Promise<number>;
}

/** Options of every command. */
const common: Readonly<Record<string, Option>> = {
  json: { help: 'print JSON, also of what goes wrong' },
  help: { short: 'h', help: 'print this help' },
};

const isNumber = (arg: string): boolean => /^-\d/.test(arg);

/**
 * Negative numbers look like options to parseArgs: the value of an option is joined to it, and the others
 * go behind the `--` that ends them.
 */
function numbersLast({ options }: Command, args: readonly string[]): readonly string[] {
  const takers = new Map<string, string>(
    Object.entries(options)
      .filter(([, { value }]) => value !== undefined)
      .flatMap(([name, { short = name }]): [string, string][] => [
        [`--${name}`, name],
        [`-${short}`, name],
      ]),
  );
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const others: string[] = [];
  const numbers: string[] = [];
  for (const arg of args.slice(0, end)) {
    const taker = takers.get(others.at(-1) ?? '');
    if (!isNumber(arg)) others.push(arg);
    else if (taker === undefined) numbers.push(arg);
    else others.splice(-1, 1, `--${taker}=${arg}`);
  }
  return numbers.length === 0
    ? [...others, ...args.slice(end)]
    : [...others, '--', ...numbers, ...args.slice(end + 1)];
}

function parse(
  command: Command,
  args: readonly string[],
): { values: Map<string, readonly (string | boolean)[]>; positionals: string[] } {
  const options = Object.entries({ ...command.options, ...common }).map(
    ([name, { value, short }]) => {
      const type: 'string' | 'boolean' = value === undefined ? 'boolean' : 'string';
      return [name, { type, multiple: true, ...(short === undefined ? {} : { short }) }] as const;
    },
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...numbersLast(command, args)],
      options: Object.fromEntries(options),
      allowPositionals: true,
    });
    const lists = Object.entries(values).map(([name, value]): [string, (string | boolean)[]] => [
      name,
      [value ?? []].flat(),
    ]);
    return { values: new Map(lists), positionals };
  } catch (error) {
    throw parseFailure(error, command);
  }
}

/** Node says what is wrong in sentences of its own, with codes that are coarser. */
function parseFailure(error: unknown, command: Command): unknown {
  if (!(error instanceof TypeError)) return error;
  const { message } = error;
  const [, option = '', name = ''] = /'(?:-\w, )?(--?([^\s'=]+))/.exec(message) ?? [];
  if (message.startsWith('Unknown option')) {
    const known = Object.keys({ ...command.options, ...common });
    const hint = didYouMean(name, known).replace(/(?<=mean |are |, )/g, '--');
    return new UsageError(`${command.name} has no option ${option}`, hint);
  }
  const value = command.options[name]?.value;
  const complaint = value === undefined ? 'takes no value' : `needs ${value}`;
  return new UsageError(`${option} ${complaint}`);
}

/** Reads a command's arguments, or `help` if that was asked for. @throws UsageError */
export function readArguments(command: Command, args: readonly string[]): Arguments | 'help' {
  const { values, positionals } = parse(command, args);
  if (values.has('help')) return 'help';
  checkCount(command, positionals);
  checkRepeats(command, values);
  const all = (name: string): string[] => (values.get(name) ?? []).map(String);
  return {
    positionals,
    flag: (name) => values.has(name),
    text: (name) => all(name).at(-1),
    all,
  };
}

function checkCount(command: Command, given: readonly string[]): void {
  const wanted = command.positionals.split(' ').filter((name) => name !== '');
  const needed = wanted.filter((name) => !name.startsWith('['));
  const missing = needed[given.length];
  const usage = `usage: vmwire ${command.name} ${command.positionals}`.trimEnd();
  if (missing !== undefined) throw new UsageError(`${command.name} needs ${missing}`, usage);
  const surplus = given[wanted.length];
  if (surplus !== undefined && !command.positionals.endsWith('…]')) {
    throw new UsageError(`${command.name} does not take ${JSON.stringify(surplus)}`, usage);
  }
}

function checkRepeats(
  command: Command,
  values: ReadonlyMap<string, readonly (string | boolean)[]>,
): void {
  for (const [name, { multiple, value }] of Object.entries(command.options)) {
    if (value !== undefined && multiple !== true && (values.get(name)?.length ?? 0) > 1) {
      throw new UsageError(`--${name} is given more than once`);
    }
  }
}

/** Two columns. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join('\n');
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const { name, positionals, summary, details } = command;
  const rows = Object.entries({ ...command.options, ...common }).map(
    ([option, { value, short, help }]): [string, string] => [
      `${short === undefined ? '    ' : `-${short}, `}--${option}${value === undefined ? '' : ` ${value}`}`,
      help,
    ],
  );
  const usage = ['vmwire', name, positionals, '[options]'].filter((word) => word !== '').join(' ');
  const more = details === undefined ? '' : `\n${details}\n`;
  return `${summary}\n\nUsage: ${usage}\n\nOptions:\n${table(rows)}\n${more}`;
}
