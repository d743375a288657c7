import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { CheckOptions } from './check';
import type { DeployOptions } from './deploy';
import type { Format } from './diff';
import type { DoctorOptions } from './doctor';
import type { ReleaseOptions, Verb } from './release';
import { synth } from './synth';

/** Exit codes of every verb. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

function program(): Command {
  const seda = new Command('seda').description('Renders and operates what seda.fm runs on Kubernetes.').exitOverride();
  seda.addHelpText(
    'after',
    '\nExamples:\n  seda synth\n  seda release stage production --from sandbox\n  seda release promote production\n  seda check --base origin/main\n  seda diff production --format markdown',
  );
  seda
    .command('synth')
    .description('render the environments into dist/, which changes only when all of them are good')
    .option('--check', 'change nothing; exit with 1 when dist/ is not what the sources say')
    .addHelpText('after', '\nExamples:\n  seda synth\n  seda synth --check')
    .action((options: { check?: boolean }) => {
      process.exitCode = synth(process.cwd(), { check: options.check ?? false, print: console.log }) ? EXIT.done : EXIT.failed;
    });
  seda
    .command('check')
    .description('judge the step from the dist/ of a commit to the one here, and refuse what is unsafe')
    .requiredOption('--base <ref>', 'what runs now, e.g. origin/main')
    .option('--allow-in-place <env...>', 'the serving colour of these environments may change in place')
    .option('--one-commit <env...>', 'stage and promote of these environments may come in one commit')
    .option('--allow-removal <env...>', 'these environments may disappear')
    .option('--json', 'for programs')
    .addHelpText('after', '\nExamples:\n  seda check --base origin/main\n  seda check --base HEAD --allow-in-place production')
    .action(async ({ json, ...options }: CheckOptions & { json?: boolean }) => {
      const { check, checkText } = await import('./check');
      const result = check(process.cwd(), options);
      console.log(json ? JSON.stringify(result, null, 2) : checkText(result));
      process.exitCode = result.verdicts.some(({ refusals }) => refusals.length > 0) ? EXIT.failed : EXIT.done;
    });
  seda
    .command('diff')
    .description('show what changes between the dist/ of a commit and the one here, and what that does')
    .argument('[env]', 'one environment')
    .option('--base <ref>', 'what runs now', 'HEAD')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'markdown', 'json']).default('text'))
    .addHelpText('after', '\nExamples:\n  seda diff production\n  seda diff --base origin/main --format markdown')
    .action(async (name: string | undefined, options: { base: string; format: Format }) => {
      const { diff, format } = await import('./diff');
      console.log(format(diff(process.cwd(), options.base, name), options.format));
    });
  addDeploy(seda);
  addDiagnosis(seda);
  addRelease(seda.command('release').description('change what an environment runs, as a commit'));
  return seda;
}

function addDeploy(seda: Command): void {
  const command = (verb: string, what: string) =>
    seda
      .command(verb)
      .description(what)
      .argument('<env>', 'the environment')
      .option('--context <name>', 'context of the kubeconfig (default: that of the environment; the current one is never used)')
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
      const { deploy } = await import('./deploy');
      process.exitCode = (await deploy(process.cwd(), name, options)) ? EXIT.done : EXIT.failed;
    });
  command('rollback', 'move the traffic back: record, commit and cluster in one command')
    .addHelpText('after', '\nExample:\n  seda rollback production --context prod')
    .action(async (name: string, options: DeployOptions) => {
      const { rollback } = await import('./deploy/rollback');
      process.exitCode = (await rollback(process.cwd(), name, options)) ? EXIT.done : EXIT.failed;
    });
}

function addDiagnosis(seda: Command): void {
  seda
    .command('doctor')
    .description('look for what is wrong in the cluster, why, and what mends it; changes nothing')
    .argument('<env>', 'the environment')
    .option('--context <name>', 'context of the kubeconfig (default: that of the environment; the current one is never used)')
    .option('--json', 'for programs')
    .addHelpText('after', '\nExamples:\n  seda doctor production --context prod\n  seda doctor qa --context qa-cluster --json')
    .action(async (name: string, options: DoctorOptions) => {
      const { doctor } = await import('./doctor');
      process.exitCode = (await doctor(process.cwd(), name, options, console.log)) ? EXIT.done : EXIT.failed;
    });
  seda
    .command('health')
    .description('ask an environment for its health, the way its users reach it')
    .argument('<env>', 'the environment')
    .option('--url <url>', 'what to ask (default: its public address)')
    .option('--attempts <n>', 'requests until the answer is no', Number, 10)
    .option('--interval <seconds>', 'seconds between two of them', Number, 10)
    .option('--timeout <seconds>', 'seconds that one of them may take', Number, 5)
    .option('--json', 'for programs')
    .addHelpText('after', '\nExamples:\n  seda health production\n  seda health qa --url http://localhost:8080 --attempts 1')
    .action(async (name: string, { json, url, attempts, interval, timeout }: { json?: boolean; url?: string; attempts: number; interval: number; timeout: number }) => {
      const { health, healthVerdict } = await import('./health');
      // With --json, standard output is the result alone.
      const result = await health(process.cwd(), name, { url, attempts, intervalSeconds: interval, timeoutSeconds: timeout }, json ? console.error : console.log);
      console.log(json ? JSON.stringify(result, null, 2) : healthVerdict(result));
      process.exitCode = result.healthy ? EXIT.done : EXIT.failed;
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 86400) throw new InvalidArgumentError('expected whole seconds from 1 to 86400.');
  return value;
}

const STEPS = {
  promote: 'move the traffic to the colour that was staged',
  rollback: 'move the traffic back, or bring back the previous image',
  retire: 'take the pods of the colour that served before',
  abort: 'drop a release that was staged and not promoted',
} as const;

function addRelease(release: Command): void {
  // Loaded when it is asked for: a synth must not wait for what it does not use.
  const run = async (verb: Verb, name: string, options: ReleaseOptions) => {
    const { Releases } = await import('./release');
    process.exitCode = new Releases(process.cwd()).run(verb, name, options, console.log) ? EXIT.done : EXIT.failed;
  };
  release
    .command('status')
    .description('show what runs, what is staged, and what waits to be staged')
    .argument('[env]', 'one environment')
    .option('--json', 'for programs')
    .addHelpText('after', '\nExamples:\n  seda release status\n  seda release status production --json')
    .action(async (name: string | undefined, { json }: { json?: boolean }) => {
      const [{ Releases }, { statusOf, statusText }] = await Promise.all([import('./release'), import('./status')]);
      const releases = new Releases(process.cwd());
      const statuses = (name === undefined ? releases.names() : [name]).map((one) => statusOf(releases, one));
      console.log(json ? JSON.stringify(statuses, null, 2) : statusText(statuses));
    });
  release
    .command('stage')
    .description('give the idle colour, or a rolling environment, an image')
    .argument('<env>', 'the environment')
    .addOption(new Option('--image <ref>', 'REPOSITORY:TAG@sha256:DIGEST').conflicts('from'))
    .option('--from <env>', 'the image that another environment runs')
    .option('--version <version>', 'what people call it (default: the tag of the image)')
    .addOption(new Option('--migration <kind>', 'what its migration does to the schema').choices(['expand', 'contract', 'none']).default('expand'))
    .option('--skip-order <reason>', 'take an image that did not come the usual way; the reason is recorded')
    .option('--promote', 'promote in the same commit')
    .option('--dry-run', 'change nothing')
    .addHelpText('after', '\nExamples:\n  seda release stage qa --image ghcr.io/seda-fm/seda-api:1.5.0@sha256:...\n  seda release stage production --from sandbox')
    .action((name: string, options: ReleaseOptions) => run('stage', name, options));
  for (const step of Object.keys(STEPS) as (keyof typeof STEPS)[]) {
    release
      .command(step)
      .description(STEPS[step])
      .argument('<env>', 'the environment')
      .option('--dry-run', 'change nothing')
      .addHelpText('after', `\nExample:\n  seda release ${step} production`)
      .action((name: string, options: ReleaseOptions) => run(step, name, options));
  }
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
