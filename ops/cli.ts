import { Command, CommanderError } from 'commander';
import { addDeploy } from './commands/deploy';
import { addDiagnosis } from './commands/diagnosis';
import { EXIT } from './commands/exit';
import { addGraph } from './commands/graph';
import { addPreview } from './commands/preview';
import { addRelease } from './commands/release';
import { addRendering } from './commands/render';
import { addSecrets } from './commands/secrets';

function program(): Command {
  const seda = new Command('seda')
    .description('Renders and operates what seda.fm runs on Kubernetes.')
    .exitOverride();
  seda.addHelpText(
    'after',
    '\nExamples:\n  seda synth\n  seda release stage production --from sandbox\n  seda release promote production\n  seda check --base origin/main\n  seda diff production --format markdown',
  );
  addRendering(seda);
  addDeploy(seda);
  addDiagnosis(seda);
  addPreview(seda);
  addRelease(seda);
  addSecrets(seda);
  addGraph(seda);
  return seda;
}

/** Runs one command line. Errors become one message on standard error and an exit code. */
export async function run(args: readonly string[]): Promise<void> {
  // A reader such as head may have enough; the work goes on.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') throw new Error(`standard output: ${code}`);
  });
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
