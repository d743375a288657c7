import { Command, Option } from 'commander';
import { printTo } from '../io';
import type { ReleaseOptions, Verb } from '../release';
import { numberFrom } from './numbers';
import type { Session } from './session';

const STEPS = {
  promote: 'move the traffic to the colour that was staged',
  rollback: 'move the traffic back, or bring back the previous image',
  retire: 'take the pods of the colour that served before',
  abort: 'drop a release that was staged and not promoted',
} as const;

/** Adds `release` and its verbs, each of which is one commit. */
export function addRelease(seda: Command, session: Session): void {
  const release = seda
    .command('release')
    .description('change what an environment runs, as a commit');
  // Loaded when it is asked for: a synth must not wait for what it does not use.
  const run = async (verb: Verb, name: string, options: ReleaseOptions) => {
    const [{ Releases }, { drawAgain }] = await Promise.all([
      import('../release'),
      import('../picture'),
    ]);
    const releases = new Releases(session.io.cwd);
    const { done, next } = releases.run(verb, name, options, session.printText);
    if (next !== undefined) {
      const drawn = await drawAgain(releases.root, name);
      if (drawn !== undefined) session.printText(drawn);
      session.print(`next: ${next}`);
    }
    session.exitWith(done);
  };
  release
    .command('status')
    .description('show what runs, what is staged, and what waits to be staged')
    .argument('[env]', 'one environment')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  seda release status\n  seda release status production --json',
    )
    .action(async (name: string | undefined, { json }: { json?: boolean }) => {
      const [{ Releases }, { statusOf, statusText }] = await Promise.all([
        import('../release'),
        import('../status'),
      ]);
      const releases = new Releases(session.io.cwd);
      const statuses = (name === undefined ? releases.names() : [name]).map((one) =>
        statusOf(releases, one),
      );
      session.print(json ? JSON.stringify(statuses, null, 2) : statusText(statuses));
    });
  release
    .command('history')
    .description('show the releases of an environment, newest first, as git has them')
    .argument('<env>', 'the environment')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  seda release history production\n  seda release history qa --json',
    )
    .action(async (name: string, { json }: { json?: boolean }) => {
      const { historyOf, historyText } = await import('../history');
      const entries = historyOf(session.io, name, printTo(session.io.stderr));
      session.print(json ? JSON.stringify(entries, null, 2) : historyText(name, entries));
    });
  release
    .command('stage')
    .description('give the idle colour, or a rolling environment, an image')
    .argument('<env>', 'the environment')
    .addOption(new Option('--image <ref>', 'REPOSITORY:TAG@sha256:DIGEST').conflicts('from'))
    .option('--from <env>', 'the image that another environment runs, and what its migration does')
    .option('--version <version>', 'what people call it (default: the tag of the image)')
    .addOption(
      new Option(
        '--migration <kind>',
        'what its migration does to the schema (default: what --from says it does, or expand)',
      ).choices(['expand', 'contract', 'none']),
    )
    .option(
      '--skip-order <reason>',
      'take an image that did not come the usual way; the reason is recorded',
    )
    .option('--promote', 'promote in the same commit')
    .option('--dry-run', 'change nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  seda release stage qa --image ghcr.io/seda-fm/seda-api:1.5.0@sha256:...\n  seda release stage production --from sandbox',
    )
    .action((name: string, options: ReleaseOptions) => run('stage', name, options));
  release
    .command('shift')
    .description('give the release that was staged a share of the requests, behind a Gateway')
    .argument('<env>', 'the environment')
    .argument(
      '<percent>',
      'of the requests: 1 to 99; promote is 100, rollback is 0',
      numberFrom(1, 99, 'a whole number'),
    )
    .option('--again', 'also a version that was rolled back')
    .option('--dry-run', 'change nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  seda release shift production 5\n  seda release shift production 25',
    )
    .action((name: string, percent: number, options: ReleaseOptions) =>
      run('shift', name, { ...options, percent }),
    );
  for (const step of Object.keys(STEPS) as (keyof typeof STEPS)[]) {
    const command = release
      .command(step)
      .description(STEPS[step])
      .argument('<env>', 'the environment')
      .option('--dry-run', 'change nothing')
      .addHelpText('after', `\nExample:\n  seda release ${step} production`)
      .action((name: string, options: ReleaseOptions) => run(step, name, options));
    if (step === 'promote') command.option('--again', 'also a version that was rolled back');
  }
}
