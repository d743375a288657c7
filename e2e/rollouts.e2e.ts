import { sayUnavailable, testsOn } from './fixture';
import type { Build } from './node/images';
import { failuresOf } from './node/production';
import { Rollouts } from './node/rollouts';
import { type Started, startProduction } from './node/start';

/*
 * Argo Rollouts' blue-green on the node and under the load of node.e2e.ts, with pods of the same API. `npm run evidence` has more
 * releases of it.
 */

const ABRUPT: Build = { tag: '3.0.0-exits-at-once', env: { E2E_SIGTERM: 'exit' } };
const BUILDS: readonly Build[] = [{ tag: '1.0.0' }, { tag: '1.1.0' }, ABRUPT];

let started: Started | undefined;
let rollouts: Rollouts;
const onNode = testsOn('real node with Argo Rollouts', () => started);

beforeAll(async () => {
  const ground = await startProduction(BUILDS, '1.0.0').catch(sayUnavailable);
  if (!ground) return;
  const { production } = ground;
  // Its pods are described like those of the colour, whose room on the node they take.
  await production.deploy();
  await production.kubectl(
    ...['scale', `deployment/seda-api-${await production.active()}`, '--replicas=0'],
  );
  const controller = await Rollouts.start(production).catch(sayUnavailable);
  if (!controller) return ground.stop();
  rollouts = controller;
  started = ground;
});

afterAll(() => started?.stop());

const released = (tags: readonly string[]) =>
  started!.production.measured(
    async (load) => {
      for (const tag of tags) {
        load.event(tag);
        await rollouts.release(tag);
      }
    },
    { namespace: rollouts.namespace, service: rollouts.service },
  );

describe('a Rollout with strategy.blueGreen', () => {
  onNode('has no failures with the pod settings that are rendered here', async () => {
    await rollouts.create('1.0.0', 'ours');
    const report = await released(['1.1.0', '1.0.0']);
    expect(failuresOf(report)).toEqual({ new: {}, kept: {}, post: {}, slow: {}, 'slow-kept': {} });
    expect(Object.keys(report.streams.new!.versions).sort()).toEqual(['1.0.0', '1.1.0']);
    await rollouts.remove();
  });

  onNode('loses requests with its defaults, where the API exits at SIGTERM', async () => {
    await rollouts.create(ABRUPT.tag, 'plain');
    const report = await released(['1.0.0']);
    const failed = Object.values(report.streams).reduce((sum, stream) => sum + stream.failed, 0);
    expect(failed).toBeGreaterThanOrEqual(1);
    await rollouts.remove();
  });
});
