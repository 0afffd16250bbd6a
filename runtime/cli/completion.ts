/** `vmwire completion`: prints a script that completes commands and options in a shell. */
import type { Arguments, Command } from './command.js';
import { UsageError } from './failure.js';
import { write } from './print.js';
import { status } from './status.js';

const shells = ['bash', 'zsh', 'fish'] as const;

/** What can stand behind `vmwire`: each command with its options. */
type Words = ReadonlyMap<string, readonly string[]>;

async function words(): Promise<Words> {
  // Not before it runs: the commands know this file.
  const { commands } = await import('./commands.js');
  const modules = await Promise.all(Object.values(commands).map(([, load]) => load()));
  return new Map(
    modules.map(({ command: { name, options } }) => [
      name,
      [...Object.keys(options), 'json', 'help'].map((option) => `--${option}`),
    ]),
  );
}

/** Files are completed where no option is begun: sockets, images and memory are files. */
function bash(all: Words): string {
  const cases = [...all].map(([name, options]) => `    ${name}) words='${options.join(' ')}' ;;`);
  return `_vmwire() {
  local words='${[...all.keys(), 'help', 'version'].join(' ')}'
  [ "$COMP_CWORD" -eq 1 ] || case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ] || [[ "\${COMP_WORDS[COMP_CWORD]}" == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -o default -F _vmwire vmwire
`;
}

function fish(all: Words): string {
  const lines = [...all].flatMap(([name, options]) => [
    `complete -c vmwire -n __fish_use_subcommand -a ${name}`,
    ...options.map(
      (option) =>
        `complete -c vmwire -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

async function run({ positionals: [shell = 'bash'] }: Arguments): Promise<number> {
  const all = await words();
  switch (shell) {
    case 'bash':
      write(process.stdout, bash(all));
      return status.done;
    case 'zsh':
      write(process.stdout, `autoload -U +X bashcompinit && bashcompinit\n${bash(all)}`);
      return status.done;
    case 'fish':
      write(process.stdout, fish(all));
      return status.done;
    default:
      throw new UsageError(`completion knows no shell ${JSON.stringify(shell)}`, shells.join(', '));
  }
}

export const command: Command = {
  name: 'completion',
  summary: 'Prints a script that completes commands and options in a shell.',
  positionals: '[SHELL]',
  options: {},
  details: `SHELL is bash (default), zsh or fish:

  source <(vmwire completion bash)`,
  run,
};
