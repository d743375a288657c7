import { Command, Option } from 'commander';
import type { DeployOptions } from '../deploy';
import { withoutSecretsIn } from '../deploy/events';
import { allowOption } from './allow';
import { contextOption } from './context';
import type { Session } from './session';
import { numberFrom } from './numbers';

/** Adds the verbs that change a cluster: `deploy`, `rollback`. */
export function addDeploy(seda: Command, session: Session): void {
  const command = (verb: string, what: string) =>
    seda
      .command(verb)
      .description(what)
      .argument('<env>', 'the environment')
      .addOption(contextOption())
      .option('--yes', 'do not ask')
      .option('--dry-run', 'show what would be done, and change nothing')
      .option('--json', 'one event a line, for programs')
      .addOption(allowOption())
      .addOption(
        new Option('--timeout <seconds>', 'time that one wave may take')
          .argParser(numberFrom(1, 86400, 'whole seconds'))
          .default(900),
      );
  command('deploy', 'apply dist/ to the cluster, wave by wave, and stop at the first failure')
    .option('--prune', 'delete everything of the environment that is no longer rendered')
    .addHelpText(
      'after',
      '\nExamples:\n  seda deploy qa --context qa-cluster\n  seda deploy production --context prod --yes',
    )
    .action(async (name: string, options: DeployOptions) => {
      const { deploy } = await import('../deploy');
      await session.exitWithResult(options.json, () => deploy(session.io, name, options), failed);
    });
  command('rollback', 'move the traffic back: record, commit and cluster in one command')
    .addHelpText('after', '\nExample:\n  seda rollback production --context prod')
    .action(async (name: string, options: DeployOptions) => {
      const { rollback } = await import('../deploy/rollback');
      await session.exitWithResult(options.json, () => rollback(session.io, name, options), failed);
    });
}

/** An error before the deploy begins, as its event. */
function failed(message: string): string {
  return JSON.stringify(withoutSecretsIn({ type: 'failed', message, details: [] }));
}
