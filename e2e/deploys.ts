import { type Fixture, NAMESPACES, testsOn } from './fixture';
import { servingColour, TrafficWatcher } from './traffic';

/** Pods that production's colours have; fewer never serve. */
const FLOOR = 3;

/** Tests of what holds on each Kubernetes that the README claims: it takes every environment, and a release never falls below the floor. */
export function testDeploys(getFixture: () => Fixture | undefined): void {
  const onCluster = testsOn('control plane', getFixture);
  const environments = Object.entries(NAMESPACES);

  describe('an empty cluster', () => {
    onCluster(
      'takes every environment at the first try from plain kubectl, twice, without drift',
      async ({ cluster, project }) => {
        const kubectl = (...args: string[]) => cluster.run(args);
        for (const [name, namespace] of environments) {
          const folder = `--filename=${project.folder}/dist/${name}/`;
          const first = await kubectl('apply', folder);
          expect(first).not.toContain('unchanged');
          const second = await kubectl('apply', folder);
          // kubectl sends the selector of a budget each time, and says so; the server finds it unchanged.
          expect(
            second
              .trim()
              .split('\n')
              .filter(
                (line) =>
                  !line.endsWith('unchanged') &&
                  !/^poddisruptionbudget\.policy\/\S+ configured$/.test(line),
              ),
          ).toEqual([]);
          await kubectl('diff', folder);
          // Pod Security admission refuses at the ReplicaSet, silently: the Deployment must reach its size.
          await kubectl(
            ...['wait', '--for=condition=Available', 'deployment', '--all', '--timeout=120s'],
            `--namespace=${namespace}`,
          );
        }
        for (const [, namespace] of environments)
          await kubectl('delete', 'namespace', namespace, '--wait=false');
        for (const [, namespace] of environments)
          await kubectl('wait', '--for=delete', `namespace/${namespace}`, '--timeout=120s');
      },
    );

    onCluster(
      'takes every environment from seda deploy, and a second deploy changes nothing',
      async ({ project }) => {
        for (const [name] of environments) {
          const first = await project.deploy(name);
          expect([name, first.code, first.code === 0 ? '' : first.output]).toEqual([name, 0, '']);
          const second = await project.deploy(name);
          expect(second.output).toContain('nothing changes\n');
          expect(second.output).not.toMatch(/ applied|deleted/);
          expect(second.code).toBe(0);
        }
      },
    );
  });

  describe('production, a full cycle', () => {
    onCluster('never falls below the floor', async ({ cluster, project }) => {
      const watcher = await new TrafficWatcher(cluster, NAMESPACES.production).start();
      const deploy = async (expected: string) => {
        const outcome = await project.deploy('production');
        expect(outcome.code === 0 ? '' : outcome.output).toBe('');
        expect(await servingColour(cluster)).toBe(expected);
      };
      try {
        const first = await servingColour(cluster);
        const other = first === 'blue' ? 'green' : 'blue';
        await project.stageInProduction('1.1.0');
        await deploy(first);
        await project.release('promote', 'production');
        await deploy(other);
        await project.release('rollback', 'production');
        await deploy(first);
        await project.release('promote', 'production', '--again');
        await deploy(other);
        await project.release('retire', 'production');
        await deploy(other);
        await project.stageInProduction('1.2.0');
        await deploy(other);
      } finally {
        watcher.stop();
      }
      console.log(`full cycle: ${watcher.summary()}`);
      expect(watcher.moments.length).toBeGreaterThanOrEqual(4);
      expect(watcher.least >= FLOOR ? [] : watcher.timeline()).toEqual([]);
    });
  });
}
