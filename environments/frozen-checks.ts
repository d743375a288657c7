import type { Colour, Manifest } from '../lib';
import { fault } from '../lib/checks';
import { API } from './api';
import type { ColourRelease, SedaEnvironment } from './environment';
import { groupOf } from '../lib/kubernetes/identity';
import { listOf } from '../lib/kubernetes/pods';
import type { Read } from '../lib/kubernetes/reads';
import { bundleReads, type Node } from './bundle-pods';
import { recordFaults } from './frozen-record';

/** What is wrong with a frozen bundle, and where: which object, and which value in it. */
export interface FrozenFault {
  readonly index: number;
  readonly keys: readonly PropertyKey[];
  readonly message: string;
}

/** Kinds that belong to a colour, and the group of each. */
const KINDS: { readonly [kind: string]: string } = {
  ConfigMap: '',
  Deployment: 'apps',
  ExternalSecret: 'external-secrets.io',
  HorizontalPodAutoscaler: 'autoscaling',
  Job: 'batch',
  NetworkPolicy: 'networking.k8s.io',
  PodDisruptionBudget: 'policy',
};

const RESTORE = 'restore the file from git';

/** Everything that is wrong with the objects of a frozen bundle, as they were read. */
export function frozenFaults(
  values: readonly unknown[],
  environment: SedaEnvironment,
  held: ColourRelease,
  colour: Colour,
): FrozenFault[] {
  const shape = values.flatMap((value, index) => shapeFaults(value, index, environment));
  // Every object has the namespace, and it is one mistake.
  if (shape.length > 0) return [...new Map(shape.map((one) => [one.message, one])).values()];
  const objects = values as readonly Manifest[];
  const identity = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
  const twice = objects.flatMap((object, index) =>
    objects.findIndex((other) => identity(other) === identity(object)) === index
      ? []
      : [at(index, ['metadata', 'name'], identity(object), 'is there twice', 'each once')],
  );
  const name = `${environment.workload}-${colour}`;
  const deployment = objects.find(
    (object) => object.kind === 'Deployment' && object.metadata.name === name,
  );
  if (deployment === undefined) return [...twice, missing(name)];
  const foreign = objects.flatMap((object, index) =>
    ownFaults(object, index, deployment, objects, colour),
  );
  if (twice.length + foreign.length > 0) return [...twice, ...foreign];
  return recordFaults(objects, deployment, held).map(({ object, keys, message }) => ({
    index: objects.indexOf(object),
    keys,
    message,
  }));
}

function at(
  index: number,
  keys: readonly PropertyKey[],
  got: unknown,
  problem: string,
  expected: string,
): FrozenFault {
  return { index, keys, message: fault(keys.join('.'), problem, got, expected, RESTORE).trim() };
}

function missing(name: string): FrozenFault {
  const remedy = 'restore the file, or workload, from git: what serves keeps its name';
  const message = fault(`Deployment ${name}`, 'is missing', 'none', 'the pods', remedy);
  return { index: 0, keys: [], message };
}

function shapeFaults(value: unknown, index: number, environment: SedaEnvironment): FrozenFault[] {
  const object = (value ?? {}) as Node;
  const { apiVersion, kind, metadata } = object;
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind))
    return [
      at(
        index,
        ['kind'],
        kind,
        'is no kind that belongs to a colour',
        Object.keys(KINDS).join(', '),
      ),
    ];
  const group = groupOf(String(apiVersion));
  if (group !== KINDS[kind])
    return [
      at(
        index,
        ['apiVersion'],
        apiVersion,
        `is no version of ${kind}`,
        `the group ${KINDS[kind] || 'of the core, v1'}`,
      ),
    ];
  if (typeof metadata?.name !== 'string')
    return [at(index, ['metadata', 'name'], metadata?.name, 'is no name', 'a text')];
  if (metadata.namespace !== environment.namespace)
    return [
      {
        index,
        keys: ['metadata', 'namespace'],
        message: fault(
          'metadata.namespace',
          'is not that of the environment',
          metadata.namespace,
          environment.namespace,
          'what serves cannot move: restore the file, or namespace, from git; another namespace is another environment',
        ),
      },
    ];
  return [];
}

/** An object that is not of the colour could take anything away from what serves. */
function ownFaults(
  object: Manifest,
  index: number,
  deployment: Manifest,
  objects: readonly Manifest[],
  colour: Colour,
): FrozenFault[] {
  const { kind, metadata } = object;
  const spec: Node = object.spec ?? {};
  const wrong = (keys: readonly PropertyKey[], got: unknown, expected: string) => [
    at(index, keys, got, `of ${kind} ${metadata.name} is not of ${colour}`, expected),
  ];
  const sameName = () =>
    metadata.name === deployment.metadata.name
      ? []
      : wrong(['metadata', 'name'], metadata.name, deployment.metadata.name);
  const prefixed = () =>
    metadata.name.startsWith(`${API.name}-`)
      ? []
      : wrong(['metadata', 'name'], metadata.name, `a name that begins with ${API.name}-`);
  const isRead = (wanted: Read['kind'], name: unknown): boolean =>
    bundleReads(objects).some((read) => read.kind === wanted && read.name === name);
  switch (kind) {
    case 'Deployment': {
      const labels = spec.selector?.matchLabels ?? {};
      const right = labels.app === API.name && labels.version === colour;
      return right
        ? sameName()
        : wrong(
            ['spec', 'selector', 'matchLabels'],
            labels,
            `app: ${API.name} and version: ${colour}`,
          );
    }
    case 'HorizontalPodAutoscaler': {
      const target = spec.scaleTargetRef?.name;
      return target === deployment.metadata.name
        ? sameName()
        : wrong(['spec', 'scaleTargetRef', 'name'], target, deployment.metadata.name);
    }
    case 'PodDisruptionBudget': {
      const version = spec.selector?.matchLabels?.version;
      return version === colour
        ? sameName()
        : wrong(['spec', 'selector', 'matchLabels', 'version'], version, colour);
    }
    case 'Job': {
      const version = spec.template?.metadata?.labels?.version;
      return version === colour
        ? prefixed()
        : wrong(['spec', 'template', 'metadata', 'labels', 'version'], version, colour);
    }
    case 'NetworkPolicy': {
      const selected = versionsSelected(spec.podSelector);
      return selected.length === 1 && selected[0] === colour
        ? prefixed()
        : wrong(['spec', 'podSelector'], spec.podSelector, `pods of version ${colour} alone`);
    }
    case 'ConfigMap':
      return isRead('ConfigMap', metadata.name)
        ? []
        : wrong(['metadata', 'name'], metadata.name, 'a ConfigMap that its pods read');
    default: {
      const target = spec.target?.name;
      return target === metadata.name && isRead('Secret', target)
        ? []
        : wrong(
            ['metadata', 'name'],
            metadata.name,
            'an ExternalSecret of a Secret that its pods read',
          );
    }
  }
}

function versionsSelected(selector: Node): string[] {
  const version = selector?.matchLabels?.version;
  return [
    ...(version === undefined ? [] : [version]),
    ...listOf<Node>(selector?.matchExpressions)
      .filter(({ key, operator }) => key === 'version' && operator === 'In')
      .flatMap(({ values }) => listOf<Node>(values)),
  ];
}
