import { Command, CommanderError } from 'commander';
import { synth } from './synth';

/** Exit codes of every verb. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

function program(): Command {
  const seda = new Command('seda').description('Renders and operates what seda.fm runs on Kubernetes.').exitOverride();
  seda
    .command('synth')
    .description('render the environments into dist/, which changes only when all of them are good')
    .option('--check', 'change nothing; exit with 1 when dist/ is not what the sources say')
    .addHelpText('after', '\nExamples:\n  seda synth\n  seda synth --check')
    .action((options: { check?: boolean }) => {
      process.exitCode = synth(process.cwd(), { check: options.check ?? false, print: console.log }) ? EXIT.done : EXIT.failed;
    });
  return seda;
}

/** Runs one command line. Errors become one message on standard error and an exit code. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    } else {
      console.error((error as Error).message);
      process.exitCode = EXIT.failed;
    }
  }
}
