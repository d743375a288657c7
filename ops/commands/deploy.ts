import { Command, InvalidArgumentError, Option } from 'commander';
import type { DeployOptions } from '../deploy';
import { contextOption } from './context';
import { exitWith } from './exit';

/** Adds the verbs that change a cluster: `deploy`, `rollback`. */
export function addDeploy(seda: Command): void {
  const command = (verb: string, what: string) =>
    seda
      .command(verb)
      .description(what)
      .argument('<env>', 'the environment')
      .addOption(contextOption())
      .option('--yes', 'do not ask')
      .option('--dry-run', 'show what would be done, and change nothing')
      .option('--json', 'one event a line, for programs')
      .addOption(new Option('--timeout <seconds>', 'time that one wave may take').argParser(seconds).default(900));
  command('deploy', 'apply dist/ to the cluster, wave by wave, and stop at the first failure')
    .option('--prune', 'delete everything of the environment that is no longer rendered')
    .option('--allow-in-place', 'the serving colour may change in place')
    .option('--one-commit', 'stage and promote may come at once')
    .addHelpText('after', '\nExamples:\n  seda deploy qa --context qa-cluster\n  seda deploy production --context prod --yes')
    .action(async (name: string, options: DeployOptions) => {
      const { deploy } = await import('../deploy');
      exitWith(await deploy(process.cwd(), name, options));
    });
  command('rollback', 'move the traffic back: record, commit and cluster in one command')
    .addHelpText('after', '\nExample:\n  seda rollback production --context prod')
    .action(async (name: string, options: DeployOptions) => {
      const { rollback } = await import('../deploy/rollback');
      exitWith(await rollback(process.cwd(), name, options));
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 86400) throw new InvalidArgumentError('expected whole seconds from 1 to 86400.');
  return value;
}
