import * as fs from 'node:fs';
import * as path from 'node:path';
import { compare, cpu, type Plan, type Row, rounds, run, scratch } from './measure';
import { COPY, copyRepository } from './repository';

const seda = (...args: string[]): string[] => ['node', 'ops/seda.cjs', ...args];
const verb = (args: readonly string[]): string[] => seda('release', ...args);

function stage(name: string, version: string): string[] {
  const digest = version.replace(/\D/g, '').padEnd(64, 'a');
  const image = `ghcr.io/seda-fm/seda-api:${version}@sha256:${digest}`;
  const comesFromElsewhere = name === 'sandbox' || name === 'production';
  const skip = comesFromElsewhere ? ['--skip-order', 'benchmark'] : [];
  return ['stage', name, '--image', image, ...skip];
}

/** Every verb from the state in which it has something to do, beside a synth of the same tree. */
export async function release(plan: Plan): Promise<Row[]> {
  await copyRepository();
  const folders = ['environments', 'dist'];
  const state = (name: string, folder: string): string =>
    path.join(scratch, 'states', name, folder);
  const save = (name: string): void => {
    for (const folder of folders)
      fs.cpSync(path.join(COPY, folder), state(name, folder), { recursive: true });
  };
  const restore = (name: string): void => {
    // A colour that was staged has a file that one before it has not.
    for (const folder of folders) fs.rmSync(path.join(COPY, folder), { recursive: true });
    for (const folder of folders)
      fs.cpSync(state(name, folder), path.join(COPY, folder), { recursive: true });
  };

  save('committed');
  const history: readonly (readonly [string, string[][]])[] = [
    ['served', [stage('production', '1.4.2'), ['promote', 'production']]],
    ['staged', [stage('production', '1.5.0')]],
    ['promoted', [['promote', 'production']]],
  ];
  for (const [name, steps] of history) {
    for (const step of steps) await run(verb(step), COPY);
    save(name);
  }
  const verbs: readonly (readonly [string, string[]])[] = [
    ...['development', 'qa', 'sandbox', 'production'].map(
      (name) => ['served', stage(name, '1.5.0')] as const,
    ),
    ['staged', ['promote', 'production']],
    ['staged', ['abort', 'production']],
    ['promoted', ['rollback', 'production']],
    ['promoted', ['retire', 'production']],
    ['promoted', ['status']],
  ];
  const commands = Object.fromEntries(
    verbs.map(([from, args]) => [
      `release ${args.slice(0, 2).join(' ')}`,
      () => (restore(from), cpu(verb(args), COPY)),
    ]),
  );
  const samples: Record<string, number[]> = await rounds(plan, {
    synth: () => (restore('served'), cpu(seda('synth'), COPY)),
    ...commands,
  });
  restore('committed');
  return Object.keys(commands).map((name) =>
    compare(name, samples[name]!, 'seda synth', samples.synth!, 2),
  );
}
