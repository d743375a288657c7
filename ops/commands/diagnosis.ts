import type { Command } from 'commander';
import type { DoctorOptions } from '../doctor';
import { printTo } from '../io';
import { contextOption } from './context';
import { errorOf, type Session } from './session';
import { numberFrom } from './numbers';

/** Adds the verbs that look and change nothing: `doctor`, `health`. */
export function addDiagnosis(seda: Command, session: Session): void {
  seda
    .command('doctor')
    .description('look for what is wrong in the cluster, why, and what mends it; changes nothing')
    .argument('<env>', 'the environment')
    .addOption(contextOption())
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  seda doctor production --context prod\n  seda doctor qa --context qa-cluster --json',
    )
    .action(async (name: string, options: DoctorOptions) => {
      const { doctor } = await import('../doctor');
      await session.exitWithResult(
        options.json,
        () => doctor(session.io, name, options),
        errorOf(name),
      );
    });
  seda
    .command('health')
    .description('ask an environment for its health, the way its users reach it')
    .argument('<env>', 'the environment')
    .option('--url <url>', 'what to ask (default: its public address)')
    .option(
      '--address <address>',
      'HOST_OR_IP[:PORT] to connect to, with SNI and Host as they are: proves a new way in before DNS leads there (default: where DNS leads)',
    )
    .option(
      '--attempts <n>',
      'requests until the answer is no',
      numberFrom(1, 1000, 'a whole number'),
      10,
    )
    .option(
      '--interval <seconds>',
      'seconds between two of them',
      numberFrom(0, 3600, 'seconds'),
      10,
    )
    .option(
      '--timeout <seconds>',
      'seconds that one of them may take',
      numberFrom(0.1, 300, 'seconds'),
      5,
    )
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  seda health production\n  seda health qa --url http://localhost:8080 --attempts 1\n  seda health production --address 203.0.113.7',
    )
    .action(
      async (
        name: string,
        {
          json,
          url,
          address,
          attempts,
          interval,
          timeout,
        }: {
          json?: boolean;
          url?: string;
          address?: string;
          attempts: number;
          interval: number;
          timeout: number;
        },
        command: Command,
      ) => {
        const [{ health, healthVerdict, urlFaults }, { addressFaults }] = await Promise.all([
          import('../health'),
          import('../health-request'),
        ]);
        // Not while the option is read: that would print the address, with the credentials that it may hold.
        const faults = [...urlFaults(url), ...addressFaults(address)];
        if (faults.length > 0) command.error(faults.join('\n'));
        await session.exitWithResult(
          json,
          async () => {
            // With --json, standard output is the result alone.
            const result = await health(
              session.io,
              name,
              { url, address, attempts, intervalSeconds: interval, timeoutSeconds: timeout },
              printTo(json ? session.io.stderr : session.io.stdout),
            );
            session.print(json ? JSON.stringify(result, null, 2) : healthVerdict(result));
            return result.healthy;
          },
          errorOf(name),
        );
      },
    );
}
