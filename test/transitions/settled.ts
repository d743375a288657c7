import { type Safe, ofKind } from './transition';
import { policiesOf, type Thing, type Tree, objectsOf } from './tree';
import { decides, rerenders } from './world';

/** An edit of the source: refused, or the colours that have pods keep what they had. */
export interface Settled extends Safe {
  /** What the serving pods lose by it. */
  readonly hurts: (base: Tree, next: Tree) => string[];
}

const COLOURS = ['blue', 'green'];

/** Ports that the policies of a colour let its pods call. */
const reach = (tree: Tree, version: string): number[] =>
  policiesOf(tree, 'production', { app: 'seda-api', version }).flatMap(({ spec }) =>
    (spec.egress ?? []).flatMap(({ ports }: Thing) => (ports ?? []).map(({ port }: Thing) => port)),
  );

/** A colour without pods calls nobody. */
const hasPods = (tree: Tree, version: string): boolean =>
  objectsOf(tree, 'production', 'Deployment').some(
    ({ metadata, spec }) => metadata.name === `seda-api-${version}` && spec.replicas !== 0,
  );

const lostPorts = (base: Tree, next: Tree): string[] =>
  COLOURS.filter((colour) => hasPods(base, colour)).flatMap((colour) => {
    const after = reach(next, colour);
    return reach(base, colour)
      .filter((port) => !after.includes(port))
      .map((port) => `${colour} may not call port ${port}`);
  });

/** Objects of a kind that are gone or say something else. */
const changed =
  (kind: string, fields: (object: Thing) => unknown) =>
  (base: Tree, next: Tree): string[] => {
    const after = objectsOf(next, 'production', kind);
    return objectsOf(base, 'production', kind)
      .filter((object) => {
        const now = after.find(({ metadata }) => metadata.name === object.metadata.name);
        return JSON.stringify(now && fields(now)) !== JSON.stringify(fields(object));
      })
      .map(({ metadata }) => `${kind} ${metadata.name}`);
  };

const otherPaths = changed('ExternalSecret', ({ spec }) => spec);
const otherPods = changed('Deployment', ({ spec }) => spec);
const otherAccounts = changed('ServiceAccount', (object) => object.metadata.annotations);

const edit = (
  name: string,
  from: string,
  change: Parameters<typeof decides>[1],
  hurts: Settled['hurts'],
): Omit<Settled, 'kind'> => ({
  name,
  from,
  change: rerenders(decides('production', change)),
  hurts,
});

export const SETTLED = ofKind<Settled>('production.ts', [
  edit('Redis is dropped', 'rich: promoted', { redis: undefined }, lostPorts),
  edit(
    'Redis is dropped while a release is staged',
    'rich: staged',
    { redis: undefined },
    lostPorts,
  ),
  edit(
    'Redis moves to another port',
    'rich: retired',
    { redis: { kind: 'managed', host: 'cache.example.com', port: 6381 } },
    lostPorts,
  ),
  edit('it is watched less closely', 'promoted', { monitoring: 'full' }, lostPorts),
  edit('fewer replicas', 'promoted', { replicas: 2 }, otherPods),
  edit(
    'more memory',
    'promoted',
    { resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } },
    otherPods,
  ),
  edit('no autoscaler', 'autoscaled: promoted', { autoscaling: undefined }, otherPods),
  edit(
    'another path of the secrets',
    'promoted',
    { secrets: { store: 'seda-secret-store', path: 'seda/prod' } },
    otherPaths,
  ),
  edit(
    'another instance of the database',
    'promoted',
    { database: { kind: 'managed', instance: 'prod-like', poolSize: 10, maxConnections: 200 } },
    otherPaths,
  ),
  edit('a key of the Secret is dropped', 'rich: promoted', { secretKeys: {} }, otherPaths),
  edit(
    'a key of the Secret is added',
    'promoted',
    { secretKeys: { STRIPE_KEY: 'stripe-key' } },
    otherPaths,
  ),
  edit('another version of the secrets', 'promoted', { secretVersion: 2 }, otherPaths),
  edit('no settings of the pods', 'rich: promoted', { pod: undefined }, otherPods),
  edit(
    'another identity in the cloud',
    'rich: promoted',
    { serviceAccountAnnotations: {} },
    otherAccounts,
  ),
  edit('another name of the Deployments', 'promoted', { workload: 'seda' }, otherPods),
  edit('images come from anywhere', 'promoted', { imageFrom: undefined }, otherPods),
]);
