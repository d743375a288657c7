import { type Command, Option } from 'commander';
import type { SecretsCheckOptions, SecretsTemplateOptions } from '../secrets';
import { contextOption } from './context';
import { errorOf, type Session } from './session';

/** Adds `secrets` and its verbs, neither of which ever sees a value. */
export function addSecrets(seda: Command, session: Session): void {
  const secrets = seda
    .command('secrets')
    .description('what the pods need of Secrets; no value is ever read or printed');
  secrets
    .command('check')
    .description(
      'list every key that the pods need, where it comes from and whether the cluster has it',
    )
    .argument('<env>', 'the environment')
    .addOption(contextOption())
    .addOption(new Option('--offline', 'ask no cluster').conflicts('context'))
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  seda secrets check production --context prod\n  seda secrets check production --offline',
    )
    .action(async (name: string, options: SecretsCheckOptions) => {
      const { checkSecrets } = await import('../secrets');
      await session.exitWithResult(
        options.json,
        () => checkSecrets(session.io, name, options),
        errorOf(name),
      );
    });
  secrets
    .command('template')
    .description(
      'print what a person must create: entries of the secret store, or the command that makes a Secret from standard input',
    )
    .argument('<env>', 'the environment')
    .option('--kubectl', 'the command, also where an ExternalSecret is rendered')
    .addOption(contextOption('context in the command; no cluster is asked'))
    .addHelpText(
      'after',
      '\nExamples:\n  seda secrets template production\n  seda secrets template qa --kubectl --context qa-cluster',
    )
    .action(async (name: string, options: SecretsTemplateOptions) => {
      const { secretsTemplate } = await import('../secrets');
      session.print(secretsTemplate(session.io.cwd, name, options));
    });
}
