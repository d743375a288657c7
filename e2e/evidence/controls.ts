import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from '../node/load';
import { other } from '../node/production';
import { ABRUPT, type Ground, HASTY } from './ground';
import { type Measured, Tally } from './result';

interface Control {
  readonly name: string;
  readonly what: string;
  readonly tag: string;
  readonly rounds: number;
  readonly act: (ground: Ground, load: Load) => Promise<void>;
}

const scale = ({ production }: Ground, colour: string, replicas: number) =>
  production.kubectl('scale', 'deployment', `seda-api-${colour}`, `--replicas=${replicas}`);

const ready = ({ production }: Ground, colour: string) =>
  production.kubectl('rollout', 'status', 'deployment', `seda-api-${colour}`, '--timeout=120s');

/** Gives the colour that serves nobody its pods, and returns the one that serves. */
const startOther = async (ground: Ground): Promise<string> => {
  const from = await ground.production.active();
  await scale(ground, other(from), 3);
  await ready(ground, other(from));
  return from;
};

/** The switch, and in the same moment the end of the colour before it. */
const hurried = async (ground: Ground, load: Load) => {
  const from = await startOther(ground);
  load.event('switch, and the end of the colour before');
  await Promise.all([ground.production.point(other(from)), scale(ground, from, 0)]);
  await ground.production.gone(from);
};

/** What must be seen to fail, or these figures show nothing. */
export const CONTROLS: readonly Control[] = [
  {
    name: 'a switch onto a colour without pods',
    what: 'the Service leads to no pod for three seconds',
    tag: HASTY,
    rounds: 1,
    act: async (ground, load) => {
      const from = await ground.production.active();
      load.event('switch onto nothing');
      await ground.production.point(other(from));
      await sleep(3000);
      await ground.production.point(from);
      await sleep(2000);
    },
  },
  {
    name: 'no preStop, and the old colour goes at the switch',
    what: 'pods without preStop whose API closes its connections at SIGTERM; the colour before loses its pods in the moment of the switch',
    tag: HASTY,
    rounds: 4,
    act: hurried,
  },
  {
    name: 'the same, and the API exits at SIGTERM',
    what: 'as before, with an API that ends in the middle of everything',
    tag: ABRUPT,
    rounds: 4,
    act: hurried,
  },
  {
    name: 'the script that ran before this project',
    what: 'start the other colour, wait for its rollout, patch the Service, wait 30 s, scale the old colour to nothing; pods as that document had them, without preStop, and an API that exits at SIGTERM',
    tag: ABRUPT,
    rounds: 4,
    act: async (ground, load) => {
      const from = await startOther(ground);
      load.event('switch');
      await ground.production.point(other(from));
      await sleep(30_000);
      load.event('the old colour goes');
      await scale(ground, from, 0);
      await ground.production.gone(from);
    },
  },
];

const ATTEMPTS = 3;

/** Changes both Deployments by hand, as nobody may, and lets the control fail. */
export async function control(
  ground: Ground,
  { name, what, tag, rounds, act }: Control,
  say: (text: string) => void,
): Promise<Measured> {
  await worsen(ground, tag);
  const tally = new Tally();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const run = await ground.underLoad(async (load) => {
      for (let round = 0; round < rounds; round++) await act(ground, load);
    });
    say([run.void, ...run.story].join('\n  '));
    if (tally.add(run, rounds)) break;
  }
  return tally.result(name, what, 'some fail');
}

async function worsen(ground: Ground, tag: string): Promise<void> {
  const { production, node } = ground;
  const active = await production.active();
  for (const colour of ['blue', 'green']) {
    const deployment = JSON.parse(
      await production.kubectl('get', 'deployment', `seda-api-${colour}`, '--output=json'),
    ) as { spec: { template: { spec: { containers: [{ lifecycle?: object }] } } } };
    const [{ lifecycle }] = deployment.spec.template.spec.containers;
    const at = '/spec/template/spec/containers/0';
    const patch = [
      ...(lifecycle === undefined ? [] : [{ op: 'remove', path: `${at}/lifecycle` }]),
      { op: 'replace', path: `${at}/image`, value: node.image(tag) },
    ];
    const text = JSON.stringify(patch);
    await production.kubectl(
      'patch',
      'deployment',
      `seda-api-${colour}`,
      '--type=json',
      `--patch=${text}`,
    );
  }
  await ready(ground, active);
  await sleep(20_000);
}
