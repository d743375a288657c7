import { OVERRIDABLE } from '../check/rules';
import { ARGOCD_FOLDER } from '../../environments/layout';
import { Argument, type Command, type Option } from 'commander';
import { openProject } from '../project';
import type { Session } from './session';

/** Each script hands the words up to the cursor to `seda complete`, so that all shells offer the same. */
const SCRIPTS = {
  bash: `_seda() {
  local IFS=$'\\n'
  COMPREPLY=($(seda complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -F _seda seda
`,
  zsh: `_seda() {
  compadd -- \${(f)"$(seda complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"}
}
compdef _seda seda
`,
  fish: `complete --command seda --no-files --arguments '(seda complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
} as const;

/** Adds `completion`, and `complete`, which its scripts call. */
export function addCompletion(seda: Command, session: Session): void {
  seda
    .command('completion')
    .description('print what makes a shell complete commands, options and environments')
    .addArgument(new Argument('<shell>').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      '\nExamples:\n  eval "$(seda completion bash)"\n  eval "$(seda completion zsh)"\n  seda completion fish | source',
    )
    .action((shell: keyof typeof SCRIPTS) => void session.io.stdout.write(SCRIPTS[shell]));
  seda
    .command('complete', { hidden: true })
    .argument('[words...]', 'up to the cursor; the last one may be empty')
    .action(async (words: string[]) => {
      const { filesHere } = await import('../rendering/files');
      const environments = () => {
        try {
          return [...filesHere(openProject(session.io.cwd)).keys()].filter(
            (name) => name !== ARGOCD_FOLDER,
          );
        } catch {
          // Outside of a project there are none.
          return [];
        }
      };
      for (const word of completions(seda, words, environments)) session.print(word);
    });
}

/** Values of an option that names environments, or rules in them. */
function valuesOf({ flags }: Option, typed: string, environments: () => string[]): string[] {
  if (flags.includes('<env')) return environments();
  if (!flags.includes('<rule=env')) return [];
  const [rule, environment] = typed.split('=');
  return environment === undefined
    ? OVERRIDABLE.map((name) => `${name}=`)
    : environments().map((name) => `${rule}=${name}`);
}

/** What the last of the words may become. */
function completions(
  seda: Command,
  words: readonly string[],
  environments: () => string[],
): string[] {
  let command = seda;
  let position = 0;
  let option: Option | undefined;
  for (const word of words.slice(0, -1)) {
    if (word.startsWith('-')) {
      const found = command.options.find(({ short, long }) => [short, long].includes(word));
      option = found && !found.isBoolean() ? found : undefined;
    } else if (option) {
      if (!option.variadic) option = undefined;
    } else {
      const next = command.commands.find((candidate) => candidate.name() === word);
      position = next ? 0 : position + 1;
      command = next ?? command;
    }
  }
  const typed = words.at(-1) ?? '';
  const argument = command.registeredArguments[position];
  const help = command.createHelp();
  const found = typed.startsWith('-')
    ? help.visibleOptions(command).map(({ long }) => long!)
    : option
      ? (option.argChoices ?? valuesOf(option, typed, environments))
      : [
          ...(position > 0 ? [] : help.visibleCommands(command).map((next) => next.name())),
          ...(argument?.argChoices ?? (argument?.name() === 'env' ? environments() : [])),
        ];
  return found.filter((word) => word.startsWith(typed));
}
