import type { Manifest } from '../lib';
import { fault } from '../lib/checks';
import { secretName } from '../lib/pod-props';
import {
  MIGRATION_ANNOTATION,
  RELEASE_ANNOTATION,
  SKIPPED_ORDER_ANNOTATION,
} from '../lib/release-annotations';
import { revisionVersion } from '../lib/revision';
import { API } from './api';
import { listOf } from '../lib/kubernetes/pods';
import { bundleReads, type Node } from './bundle-pods';
import type { ColourRelease } from './environment';

/** A value of a frozen bundle that is not what the record says. */
interface Disagreement {
  readonly object: Manifest;
  readonly keys: readonly PropertyKey[];
  readonly message: string;
}

const REMEDY =
  '"seda release" writes record and file together: restore from git the one that was edited';

/** What the record of a colour says, and its frozen bundle says otherwise. */
export function recordFaults(
  objects: readonly Manifest[],
  deployment: Manifest,
  held: ColourRelease,
): Disagreement[] {
  const same = (
    object: Manifest,
    keys: readonly PropertyKey[],
    expected: unknown,
  ): Disagreement[] => {
    const got = keys.reduce<Node>((node, key) => node?.[key], object);
    if (got === expected) return [];
    const what = `${object.kind} ${object.metadata.name} ${keys.join('.')}`;
    return [
      {
        object,
        keys,
        message: fault(what, 'is not what the record says', got, show(expected), REMEDY),
      },
    ];
  };
  const containers = listOf<Node>(deployment.spec?.template?.spec?.containers);
  const main = containers.findIndex(({ name }) => name === API.name);
  const container = ['spec', 'template', 'spec', 'containers', main];
  const annotation = (name: string) => ['metadata', 'annotations', name];
  const scaled = held.autoscaling !== undefined;
  return [
    ...same(deployment, [...container, 'image'], held.image),
    ...objects
      .filter(({ kind }) => kind === 'Job')
      .flatMap((job) =>
        same(job, ['spec', 'template', 'spec', 'containers', 0, 'image'], held.image),
      ),
    ...same(deployment, ['metadata', 'labels', 'app.kubernetes.io/version'], revisionVersion(held)),
    ...same(deployment, annotation(RELEASE_ANNOTATION), String(held.release)),
    ...same(deployment, annotation(SKIPPED_ORDER_ANNOTATION), held.skippedOrder),
    ...same(deployment, ['spec', 'replicas'], scaled ? undefined : held.replicas),
    ...autoscalerFaults(objects, deployment, held, same),
    ...migrationFaults(objects, deployment, held, same),
    ...configFaults(objects, deployment, containers[main], held, same),
    ...(['requests', 'limits'] as const).flatMap((side) =>
      Object.entries(held.resources[side] ?? {}).flatMap(([resource, quantity]) =>
        same(deployment, [...container, 'resources', side, resource], quantity),
      ),
    ),
    ...(held.imagePullPolicy === undefined
      ? []
      : same(deployment, [...container, 'imagePullPolicy'], held.imagePullPolicy)),
    ...secretFaults(objects, deployment, held),
  ];
}

type Same = (object: Manifest, keys: readonly PropertyKey[], expected: unknown) => Disagreement[];

function show(expected: unknown): string {
  return expected === undefined ? 'none' : JSON.stringify(expected);
}

function presence(deployment: Manifest, what: string, got: string, expected: string): Disagreement {
  return {
    object: deployment,
    keys: [],
    message: fault(what, 'is not what the record says', got, expected, REMEDY),
  };
}

function autoscalerFaults(
  objects: readonly Manifest[],
  deployment: Manifest,
  { autoscaling }: ColourRelease,
  same: Same,
): Disagreement[] {
  const scaler = objects.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
  if (autoscaling === undefined)
    return scaler === undefined
      ? []
      : [presence(scaler, 'HorizontalPodAutoscaler', 'one', 'none: a fixed number of replicas')];
  if (scaler === undefined)
    return [presence(deployment, 'HorizontalPodAutoscaler', 'none', show(autoscaling))];
  return [
    ...same(scaler, ['spec', 'minReplicas'], autoscaling.minReplicas),
    ...same(scaler, ['spec', 'maxReplicas'], autoscaling.maxReplicas),
  ];
}

function migrationFaults(
  objects: readonly Manifest[],
  deployment: Manifest,
  { migration = 'expand' }: ColourRelease,
  same: Same,
): Disagreement[] {
  const jobs = objects.filter(
    ({ metadata }) => metadata.annotations?.[MIGRATION_ANNOTATION] !== undefined,
  );
  const [job] = jobs;
  if (migration === 'none')
    return job === undefined ? [] : [presence(job, 'migration', 'a Job', 'none')];
  if (job === undefined) return [presence(deployment, 'migration', 'no Job', migration)];
  return same(job, ['metadata', 'annotations', MIGRATION_ANNOTATION], migration);
}

/** The variables of the record are those of the ConfigMap that the API's container takes as a whole. */
function configFaults(
  objects: readonly Manifest[],
  deployment: Manifest,
  container: Node,
  { config }: ColourRelease,
  same: Same,
): Disagreement[] {
  const names = listOf<Node>(container?.envFrom).map(({ configMapRef }) => configMapRef?.name);
  const map = objects.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && names.includes(metadata.name),
  );
  if (map === undefined)
    return [presence(deployment, 'config', 'no ConfigMap that the API reads', 'one')];
  const variables = new Set([...Object.keys(config), ...Object.keys((map.data as Node) ?? {})]);
  return [...variables].flatMap((variable) => same(map, ['data', variable], config[variable]));
}

function secretFaults(
  objects: readonly Manifest[],
  deployment: Manifest,
  { secretVersion }: ColourRelease,
): Disagreement[] {
  const expected = secretName(API.secret.name, secretVersion);
  const versions = new Set(
    bundleReads(objects)
      .filter(
        ({ kind, name }) => kind === 'Secret' && name.replace(/-v\d+$/, '') === API.secret.name,
      )
      .map(({ name }) => name),
  );
  return versions.size === 1 && versions.has(expected)
    ? []
    : [presence(deployment, 'secretVersion', [...versions].join(', ') || 'no Secret', expected)];
}
