import { checkWholeNumber, fault } from './checks';
import { checkConfig } from './config-checks';
import { imageFaults, imageVersion } from './image';
import type { PodSettings } from './pod-settings';
import { podSettingsFaults } from './pod-settings-checks';
import { writableVolumes } from './writable-folders';
import { checkResources, checkWritablePaths, heapFaults, type Resources } from './resources';

/** Horizontal scaling by CPU use, in the terms of `autoscaling/v2`. */
export interface Autoscaling {
  /** Pods that are always there; at least 2. */
  readonly minReplicas: number;
  /** More than `minReplicas`. */
  readonly maxReplicas: number;
  /**
   * Average CPU use that the controller aims at, in percent of the request.
   * @default 70
   */
  readonly targetCpuPercent?: number;
}

/** What a migration does to the schema: adds what the release needs, takes away what no release needs any more, or nothing. */
export type Migration = 'expand' | 'contract' | 'none';

/** Every kind of migration. */
export const MIGRATIONS: readonly Migration[] = ['expand', 'contract', 'none'];

/**
 * All that an environment contributes to the pods of one Deployment. In a blue-green pair each colour
 * has its own, so that what serves never changes by an edit made for what comes next.
 */
export interface ApiRevision {
  /** `REPOSITORY:TAG[@sha256:DIGEST]`; never `latest`. */
  readonly image: string;
  /**
   * What people call it, a label of everything that belongs to it.
   * @default - the tag of the image
   */
  readonly version?: string;
  /**
   * Counts up with every release; the colour with the higher number is the newer one. 0 is none.
   * @default - not counted
   */
  readonly release?: number;
  /**
   * What the migration of this release does; `none` renders no Job.
   * @default 'expand'
   */
  readonly migration?: Migration;
  /**
   * When the kubelet asks the registry.
   * @default - `IfNotPresent` for an image with a digest, which cannot change, and `Always` for a bare tag
   */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent';
  /** Number of pods; without effect while `autoscaling` governs them, except that 0 turns both off. */
  readonly replicas: number;
  /**
   * Scaling by load. The Deployment then has no `replicas`, so that no apply resets the live number.
   * @default - a fixed number of replicas
   */
  readonly autoscaling?: Autoscaling;
  /** Environment variables of the pods that may stand in git. */
  readonly config: { readonly [variable: string]: string };
  /**
   * Variables of `config` that look like a credential and are none, such as a key that is public.
   * @default - none: whatever looks like a credential is refused
   */
  readonly notCredentials?: readonly string[];
  /** Requests and limits of the API container. */
  readonly resources: Resources;
  /**
   * Folders that the pods may write to besides `/tmp`, and their size; everything else is read-only.
   * @default - none
   */
  readonly writablePaths?: { readonly [path: string]: string };
  /**
   * Version of the Secret that the pods read. Version n reads `<secret>-v<n>`; rotation is a new version.
   * @default - the Secret's plain name
   */
  readonly secretVersion?: number;
  /**
   * Variables that the pods take from the Secret besides `secret.env`, and the keys of their values. Part of a
   * revision, so that a new key reaches the pods that are staged with it and no others. An immutable version of the
   * Secret never gets a key more: where there is a `secretVersion`, a new key comes with a new one.
   * @default - `secret.env` of the workload alone
   */
  readonly secretKeys?: { readonly [variable: string]: string };
  /**
   * Where and how the pods run: nodes, volumes, sidecars, user and the like.
   * @default - anywhere, with the API's container alone
   */
  readonly pod?: PodSettings;
}

/** Upper bound of every replica count: far above any real API, far below a typing error. */
const MAX_REPLICAS = 1000;

/** What a revision is checked against. */
export interface RevisionRules {
  /** A digest beside the tag is required. */
  readonly requireDigest: boolean;
  /** A PodDisruptionBudget guards the pods, so that one pod is too few. */
  readonly disruptionBudget: boolean;
  /** The revision serves nobody and may have no pods. */
  readonly idle: boolean;
}

/** The version of a revision as a label value. */
export function revisionVersion({
  version,
  image,
}: Pick<ApiRevision, 'version' | 'image'>): string {
  return version ?? imageVersion(image);
}

/** The validation errors of a revision, each starting with `path`. */
export function revisionFaults(
  path: string,
  revision: ApiRevision,
  rules: RevisionRules,
): string[] {
  const at = (field: string) => (path === '' ? field : `${path}.${field}`);
  return [
    ...imageFaults(revision.image, rules.requireDigest).map(
      (problem) => `${at('image')} ${problem}`,
    ),
    ...(revision.version === undefined ? [] : versionFaults(at('version'), revision.version)),
    ...(revision.release === undefined
      ? []
      : checkWholeNumber(at('release'), revision.release, 0, 999999)),
    ...(revision.migration === undefined || MIGRATIONS.includes(revision.migration)
      ? []
      : [
          fault(
            at('migration'),
            'is unknown',
            revision.migration,
            MIGRATIONS.join(', '),
            'correct it',
          ),
        ]),
    ...replicaFaults(at('replicas'), revision, rules),
    ...autoscalingFaults(at('autoscaling'), revision),
    ...checkConfig(at('config'), revision.config, revision.notCredentials),
    ...notCredentialFaults(at('notCredentials'), revision),
    ...(revision.config?.PORT === undefined
      ? []
      : [
          fault(
            at('config.PORT'),
            'is set already',
            revision.config.PORT,
            'no such variable',
            'use the prop port',
          ),
        ]),
    ...checkResources(at('resources'), revision.resources),
    ...heapFaults(at('config.NODE_OPTIONS'), revision.config, revision.resources),
    ...checkWritablePaths(at('writablePaths'), revision.writablePaths ?? {}, revision.resources),
    ...(revision.secretVersion === undefined
      ? []
      : checkWholeNumber(at('secretVersion'), revision.secretVersion, 1, 9999)),
    ...(revision.pod === undefined ? [] : podFaults(at('pod'), revision, revision.pod)),
  ];
}

function notCredentialFaults(
  path: string,
  { notCredentials = [], config, pod = {} }: ApiRevision,
): string[] {
  const { sidecars = [], initContainers = [] } = pod;
  const variables = [config, ...[...sidecars, ...initContainers].map(({ env }) => env)];
  return notCredentials
    .filter((variable) => !variables.some((env) => Object.hasOwn(env ?? {}, variable)))
    .map((variable) =>
      fault(path, 'names no variable', variable, 'variables of config', 'correct or remove it'),
    );
}

function podFaults(path: string, revision: ApiRevision, pod: PodSettings): string[] {
  const { volumeMounts } = writableVolumes(revision);
  return podSettingsFaults(path, pod, {
    variables: ['PORT', 'NODE_OPTIONS', ...Object.keys(revision.config ?? {})],
    volumes: volumeMounts.map(({ name }) => name),
    paths: volumeMounts.map(({ mountPath }) => mountPath),
    autoscaled: revision.autoscaling !== undefined,
    resources: revision.resources,
    notCredentials: revision.notCredentials ?? [],
  });
}

/** What is wrong with a version: it must be good as a label value. */
export function versionFaults(path: string, version: unknown): string[] {
  if (
    typeof version === 'string' &&
    /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(version)
  )
    return [];
  return [
    fault(
      path,
      'is not a version',
      version,
      'at most 63 letters, digits, "_", "." and "-", such as 1.5.0',
      'correct it',
    ),
  ];
}

function replicaFaults(
  path: string,
  { replicas, autoscaling }: ApiRevision,
  rules: RevisionRules,
): string[] {
  const scaled = autoscaling !== undefined;
  const faults = checkWholeNumber(path, replicas, rules.idle ? 0 : 1, MAX_REPLICAS);
  if (faults.length === 0 && rules.disruptionBudget && !scaled && replicas === 1) {
    return [
      fault(
        path,
        'is too low for a disruption budget',
        replicas,
        'at least 2',
        'raise replicas or do without the budget',
      ),
    ];
  }
  return faults;
}

function autoscalingFaults(path: string, { autoscaling, resources }: ApiRevision): string[] {
  if (!autoscaling) return [];
  const { minReplicas, maxReplicas, targetCpuPercent = 70 } = autoscaling;
  const faults = [
    ...checkWholeNumber(`${path}.minReplicas`, minReplicas, 2, MAX_REPLICAS),
    ...checkWholeNumber(`${path}.maxReplicas`, maxReplicas, 2, MAX_REPLICAS),
    ...checkWholeNumber(`${path}.targetCpuPercent`, targetCpuPercent, 1, 100),
  ];
  if (faults.length === 0 && maxReplicas <= minReplicas) {
    return [
      fault(
        `${path}.maxReplicas`,
        'leaves nothing to scale',
        maxReplicas,
        `more than minReplicas, ${minReplicas}`,
        'raise it or drop autoscaling',
      ),
    ];
  }
  // Where there is a limit alone, Kubernetes takes it for the request as well.
  const { requests = {}, limits = {} } = resources ?? {};
  if ((requests.cpu ?? limits.cpu) === undefined) {
    return [
      ...faults,
      fault(
        path,
        'never acts without a CPU request',
        'no resources.requests.cpu',
        'the amount of which targetCpuPercent is a share',
        'add resources.requests.cpu or drop autoscaling',
      ),
    ];
  }
  return faults;
}
