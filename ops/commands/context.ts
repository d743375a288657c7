import { InvalidArgumentError, Option } from 'commander';

/** Every verb that talks to a cluster takes it: the current context may be another's cluster. */
export function contextOption(
  description = 'context of the kubeconfig (default: that of the environment; the current one is never used)',
): Option {
  return new Option('--context <name>', description).argParser(contextName);
}

/** The option that comes next, where the name was left out, is none. */
function contextName(text: string): string {
  if (text === '' || text.startsWith('-'))
    throw new InvalidArgumentError('expected the name of a context.');
  return text;
}
