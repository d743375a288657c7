import { Command, Option } from 'commander';
import type { CheckOptions } from '../check';
import type { Format } from '../diff';
import { synth } from '../synth';
import { exitWith } from './exit';

/** Adds the verbs that a pull request is made and judged with: `synth`, `check`, `diff`. */
export function addRendering(seda: Command): void {
  seda
    .command('synth')
    .description('render the environments into dist/, which changes only when all of them are good')
    .option('--check', 'change nothing; exit with 1 when dist/ is not what the sources say')
    .addHelpText('after', '\nExamples:\n  seda synth\n  seda synth --check')
    .action((options: { check?: boolean }) => {
      exitWith(synth(process.cwd(), { check: options.check ?? false, print: console.log }));
    });
  seda
    .command('check')
    .description(
      'judge the step from the dist/ of a commit to the one here, and refuse what is unsafe',
    )
    .requiredOption('--base <ref>', 'what runs now, e.g. origin/main')
    .option(
      '--allow-in-place <env...>',
      'the serving colour of these environments may change in place',
    )
    .option(
      '--one-commit <env...>',
      'stage and promote of these environments may come in one commit',
    )
    .option('--allow-removal <env...>', 'these environments may disappear')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  seda check --base origin/main\n  seda check --base HEAD --allow-in-place production',
    )
    .action(async ({ json, ...options }: CheckOptions & { json?: boolean }) => {
      const { check, checkText } = await import('../check');
      const result = check(process.cwd(), options);
      console.log(json ? JSON.stringify(result, null, 2) : checkText(result));
      exitWith(result.verdicts.every(({ refusals }) => refusals.length === 0));
    });
  seda
    .command('diff')
    .description(
      'show what changes between the dist/ of a commit and the one here, and what that does',
    )
    .argument('[env]', 'one environment')
    .option('--base <ref>', 'what runs now', 'HEAD')
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['text', 'markdown', 'json'])
        .default('text'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  seda diff production\n  seda diff --base origin/main --format markdown',
    )
    .action(async (name: string | undefined, options: { base: string; format: Format }) => {
      const { diff, format } = await import('../diff');
      console.log(format(diff(process.cwd(), options.base, name), options.format));
    });
}
