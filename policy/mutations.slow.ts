import type { Manifest } from '../lib/manifests';
import { calledOf } from '../lib/kubernetes/identity';
import type { Node, Rule } from './check';
import { objectsIn } from './dist';
import { type Mutation, type Objects, servedObjects } from './mutation';
import { objectMutations } from './mutations-objects';
import { podMutations } from './mutations-pods';
import { ruleMutations } from './mutations-rules';
import { workloadMutations } from './mutations-workloads';
import { rules } from './rules';
import { schemaFaults, schemaKinds } from '../ops/check/schema';
import { checks } from './table';

const all: readonly Rule[] = [...checks, ...rules];
const mutations: readonly Mutation[] = [
  ...podMutations,
  ...workloadMutations,
  ...objectMutations,
  ...ruleMutations,
];

const base = servedObjects();

/** What every check finds, in one line each. */
function report(objects: Objects): string[] {
  return all.flatMap(({ name, check }) =>
    check(objects).map(({ object, problem }) => `${name}: ${object} ${problem}`),
  );
}

/** Most bad cases begin from it. */
const reportOfBase = report(base);

const cases = mutations.map(
  (mutation, index) => [`${index + 1} ${mutation.check}`, mutation] as const,
);

test.each(cases)('%s fails on its bad case, and nothing else does', (_, { check, mend, spoil }) => {
  const objects = structuredClone(base);
  mend?.(objects);
  const before = mend === undefined ? reportOfBase : report(objects);
  spoil(objects);
  const found = report(objects).filter((line) => !before.includes(line));
  expect(found).not.toEqual([]);
  expect(found.filter((line) => !line.startsWith(`${check}: `))).toEqual([]);
});

test('every check and rule has a bad case', () => {
  const covered = new Set(mutations.map(({ check }) => check));
  expect(all.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
  expect([...covered].filter((name) => !all.some((rule) => rule.name === name))).toEqual([]);
});

test('every object in dist/argocd is what its schema allows, as those of the environments are by the policy', () => {
  expect(
    objectsIn('argocd').flatMap((object) =>
      schemaFaults(object).map((fault) => `${calledOf(object)}: ${fault}`),
    ),
  ).toEqual([]);
});

/** A copy of an object of production, spoilt. */
function spoilt(kind: string, spoil: (object: Node) => void): Manifest {
  const object = structuredClone(base.find((candidate) => candidate.kind === kind)!);
  spoil(object);
  return object;
}

describe('schemaFaults', () => {
  test.each<[string, string, (object: Node) => void, string]>([
    [
      'a value of the wrong type',
      'Deployment',
      ({ spec }) => (spec.replicas = '3'),
      'spec.replicas must be integer',
    ],
    [
      'a missing field',
      'Deployment',
      ({ spec }) => delete spec.selector,
      'spec.selector is missing',
    ],
    [
      'a value that is not in a list',
      'ExternalSecret',
      ({ spec }) => (spec.target.creationPolicy = 'Owned'),
      'spec.target.creationPolicy is "Owned", expected Owner, Orphan, Merge, None',
    ],
    [
      'an unknown field at the top',
      'ServiceAccount',
      (object) => (object.automountToken = false),
      'automountToken is not a field of v1 ServiceAccount',
    ],
    [
      'a label outside of labels',
      'Service',
      ({ metadata }) => (metadata.app = 'seda-api'),
      'metadata.app is not a field of v1 Service',
    ],
    [
      'an unknown field of a spec',
      'PodDisruptionBudget',
      ({ spec }) => (spec.evictionPolicy = 'Always'),
      'spec.evictionPolicy is not a field of policy/v1',
    ],
    [
      'an unknown field in a list',
      'Deployment',
      ({ spec }) => (spec.template.spec.containers[0].ready = {}),
      'spec.containers.0.ready is not a field',
    ],
    [
      'an unknown field of a custom resource',
      'ServiceMonitor',
      ({ spec }) => (spec.endpoints[0].portName = 'http'),
      'spec.endpoints.0.portName is not',
    ],
    [
      'a kind in another API version',
      'ServiceMonitor',
      (object) => (object.apiVersion = 'v1'),
      'v1 ServiceMonitor has no schema here',
    ],
    [
      'a version that is no longer served',
      'ExternalSecret',
      (object) => (object.apiVersion = 'external-secrets.io/v1beta1'),
      'has no schema here',
    ],
  ])('reports %s', (_, kind, spoil, message) => {
    expect(schemaFaults(spoilt(kind, spoil)).join('\n')).toContain(message);
  });

  test('refuses what the oldest Kubernetes that is promised does not know, and says which', () => {
    const newer = spoilt(
      'Deployment',
      ({ spec }) => (spec.template.spec.resources = { limits: { memory: '1Gi' } }),
    );
    expect(schemaFaults(newer)).toEqual([
      'spec.template.spec.resources is not a field of apps/v1 Deployment in Kubernetes 1.30.14',
    ]);
  });

  test('lets maps have any key', () => {
    const labelled = spoilt(
      'ConfigMap',
      (object) =>
        Object.assign(object.metadata.labels, { anything: 'goes' }) &&
        (object.data.ANYTHING = 'goes'),
    );
    expect(schemaFaults(labelled)).toEqual([]);
  });

  test('knows fields that are newer than the generated types', () => {
    const slow = spoilt(
      'Deployment',
      ({ spec }) =>
        (spec.template.spec.containers[0].lifecycle = { preStop: { sleep: { seconds: 40 } } }),
    );
    expect(schemaFaults(slow)).toEqual([]);
  });

  test('has a schema for kinds that are rendered by an input alone', () => {
    expect(schemaKinds).toEqual(
      expect.arrayContaining([
        'autoscaling/v2 HorizontalPodAutoscaler',
        'gateway.networking.k8s.io/v1 HTTPRoute',
        'gateway.networking.k8s.io/v1 ReferenceGrant',
        'gateway.envoyproxy.io/v1alpha1 BackendTrafficPolicy',
      ]),
    );
  });
});
