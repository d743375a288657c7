// Local development: node ops/run.cjs ops/dev/index.ts up|down
/* eslint-disable no-restricted-globals -- an entrance of its own, as ops/seda.cjs is */

import { Command } from 'commander';
import { execa } from 'execa';
import { projectRoot } from '../project';
import { Machine, type Run } from './machine';
import { down, up } from './stack';

const run: Run = async (program, args, { env, show } = {}) => {
  const stdio = ['ignore', show === 'all' ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'] as const;
  const {
    code,
    exitCode = 1,
    stdout,
    stderr,
  } = await execa(program, args, { env, extendEnv: env === undefined, reject: false, stdio });
  return {
    code: code === 'ENOENT' ? undefined : exitCode,
    stdout: String(stdout ?? ''),
    stderr: String(stderr ?? ''),
  };
};

const machine = () => new Machine(projectRoot(process.cwd()), process.env, run);

const dev = new Command('dev').description(
  'Runs the API on this machine, with PostgreSQL, Redis and Supabase.',
);
dev
  .command('up')
  .description('start everything and wait until it is healthy')
  .action(() => up(machine(), console.log));
dev
  .command('down')
  .description('end everything')
  .option('--volumes', 'and delete its data')
  .action(({ volumes = false }: { volumes?: boolean }) => down(machine(), volumes, console.log));
dev.parseAsync(process.argv.slice(3), { from: 'user' }).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
