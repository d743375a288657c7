import { Command, Option } from 'commander';
import type { CheckOptions } from '../check';
import { UsageError } from '../usage-error';
import { allowOption } from './allow';
import type { Format } from '../diff';
import { synth } from '../synth';
import { printTo } from '../io';
import type { Session } from './session';

interface CheckOutput {
  readonly json?: boolean;
  readonly rules?: boolean;
}

/** Adds the verbs that a pull request is made and judged with: `synth`, `check`, `diff`. */
export function addRendering(seda: Command, session: Session): void {
  seda
    .command('synth')
    .description('render the environments into dist/, which changes only when all of them are good')
    .option('--check', 'change nothing; exit with 1 when dist/ is not what the sources say')
    .addHelpText('after', '\nExamples:\n  seda synth\n  seda synth --check')
    .action((options: { check?: boolean }) => {
      session.exitWith(
        synth(session.io.cwd, {
          check: options.check ?? false,
          env: session.io.env,
          print: session.printText,
          say: session.print,
          warn: printTo(session.io.stderr),
          fault: session.printError,
        }),
      );
    });
  seda
    .command('check')
    .description(
      'judge the step from the dist/ of a commit to the one here, and refuse what is unsafe',
    )
    .option('--base <ref>', 'what runs now, e.g. origin/main; it must be given')
    .addOption(allowOption())
    .option('--rules', 'list what it proves, and check nothing')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  seda check --base origin/main\n  seda check --base HEAD --allow colour-not-staged=production',
    )
    .action(async ({ json, rules, base, ...options }: Partial<CheckOptions> & CheckOutput) => {
      if (rules) {
        const { rulesTable } = await import('../check/rules/table');
        return session.print(rulesTable());
      }
      if (base === undefined)
        throw new UsageError(
          'check: there is nothing to compare with; name what runs now: --base origin/main',
        );
      const { check, checkText } = await import('../check');
      const { faultsInEveryVersion } = await import('../check/schema');
      const result = check(session.io, { base, ...options, schemaFaults: faultsInEveryVersion });
      if (json) session.print(JSON.stringify(result, null, 2));
      else session.printText(checkText(result));
      session.exitWith(result.verdicts.every(({ refusals }) => refusals.length === 0));
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
      const print = options.format === 'text' ? session.printText : session.print;
      print(format(diff(session.io, options.base, name), options.format));
    });
}
