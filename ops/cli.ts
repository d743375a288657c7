import { Command, CommanderError } from 'commander';
import { addCompletion } from './commands/completion';
import { addDeploy } from './commands/deploy';
import { addDiagnosis } from './commands/diagnosis';
import { addGraph } from './commands/graph';
import { addPreview } from './commands/preview';
import { addRelease } from './commands/release';
import { addRendering } from './commands/render';
import { addSecrets } from './commands/secrets';
import { EXIT, exitCodeOf, Session } from './commands/session';
import { errorHighlighter } from './highlight';
import type { Io, Output } from './io';
import { loader } from './project';

export { type Clock, type Io, ioOf, systemClock } from './io';

const EXAMPLES = `
Examples:
  seda synth
  seda release stage production --from sandbox
  seda release promote production
  seda check --base origin/main
  seda diff production --format markdown`;

const EXIT_CODES = `
Exit codes:
  0  done, and what was asked for is good
  1  failed, refused, or not good
  2  wrong usage: a word, value or environment that seda does not know, or one that is missing`;

const VARIABLES = `
Environment variables:
  NO_COLOR     no colours
  FORCE_COLOR  colours also where the output is no terminal; 0 for none`;

function program(session: Session): Command {
  const { stdout, stderr } = session.io;
  const width = ({ isTTY, columns }: Output) => (isTTY && columns ? columns : 80);
  const seda = new Command('seda')
    .description('Renders and operates what seda.fm runs on Kubernetes.')
    // Before the verb alone: `release stage` has a --version of its own.
    .enablePositionalOptions()
    .version(loader().version, '--version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(errorHighlighter(stderr, session.io.env)(text)),
      getOutHelpWidth: () => width(stdout),
      getErrHelpWidth: () => width(stderr),
    });
  seda.addHelpText('after', `${EXAMPLES}\n${EXIT_CODES}\n${VARIABLES}`);
  addRendering(seda, session);
  addDeploy(seda, session);
  addDiagnosis(seda, session);
  addPreview(seda, session);
  addRelease(seda, session);
  addSecrets(seda, session);
  addGraph(seda, session);
  addCompletion(seda, session);
  return seda;
}

/**
 * Runs one command line. Errors become one message on standard error.
 *
 * @returns the exit code
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const session = new Session(io);
  try {
    await program(session).parseAsync([...args], { from: 'user' });
    return session.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    session.printError(isOfProgram(error) ? loader().sourceStack(error) : (error as Error).message);
    return exitCodeOf(error);
  }
}

/** An error that JavaScript itself throws is one of the program, and needs its stack; ours are for the person who gave the command. */
function isOfProgram(error: unknown): error is Error {
  return ['TypeError', 'ReferenceError', 'RangeError'].includes((error as Error)?.name);
}
