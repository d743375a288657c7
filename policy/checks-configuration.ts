import type { Manifest } from '../lib/manifests';
import { readsOf, secretMadeBy } from '../lib/kubernetes/reads';
import {
  type Check,
  containerCheck,
  type Node,
  objectCheck,
  podCheck,
  type Pod,
  siblings,
} from './check';
import { configCredentials } from '../lib/config-credentials';
import { credentialFault } from '../lib/credentials';

const CLUSTER_SCOPED = ['Namespace'];
const RBAC = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'];
const PSA_MODES = ['enforce', 'audit', 'warn'];

/** Keys of a ConfigMap or Secret that is rendered, or that the External Secrets Operator makes; nothing where there is none. */
function keysOf(
  kind: 'ConfigMap' | 'Secret',
  name: string,
  pod: Pod,
  objects: readonly Manifest[],
): string[] | undefined {
  const rendered = siblings(pod.owner, objects, kind).find(
    ({ metadata }) => metadata.name === name,
  );
  if (rendered)
    return Object.keys({ ...rendered.data, ...rendered.stringData, ...rendered.binaryData });
  if (kind === 'ConfigMap') return undefined;
  const external = siblings(pod.owner, objects, 'ExternalSecret').find(
    (object) => secretMadeBy(object) === name,
  );
  return external?.spec.data.map(({ secretKey }: Node) => secretKey);
}

/** What a value gives away, by its form or by its name. */
function gives(name: string, problem: string): string {
  return problem.startsWith('holds ')
    ? `${problem.replace('holds', 'has')} in ${name}`
    : `has the value of ${name}`;
}

const secrets: readonly Check[] = [
  containerCheck(54, 'secrets as files', ({ env = [], envFrom = [] }) => [
    ...env.map(
      ({ name, valueFrom }: Node) =>
        valueFrom?.secretKeyRef !== undefined && `reads ${name} from a Secret into its environment`,
    ),
    ...envFrom.map(
      ({ secretRef }: Node) =>
        secretRef !== undefined && `takes all of the Secret ${secretRef.name} into its environment`,
    ),
  ]),
  containerCheck(55, 'no secret value in the environment', ({ env = [] }) =>
    env.flatMap(({ name, value }: Node) => [
      value !== undefined &&
        credentialFault(name, String(value)) !== undefined &&
        gives(name, credentialFault(name, String(value))!),
    ]),
  ),
  objectCheck(56, 'no secret value in a ConfigMap', ['ConfigMap'], (object) =>
    configCredentials(object).map(({ key, problem }) => gives(key, problem)),
  ),
  podCheck(57, 'configuration that pods read exists', (pod, objects) =>
    readsOf(pod.spec).flatMap(({ kind, name, keys: wanted }) => {
      if (kind !== 'ConfigMap' && kind !== 'Secret') return [];
      const keys = keysOf(kind, name, pod, objects);
      // A colour that was retired starts no pod, and its version of the Secret went with its pods.
      if (!keys && kind === 'Secret' && pod.owner.spec.replicas === 0) return [];
      if (!keys) return [`reads ${kind} ${name}, which does not exist`];
      return wanted
        .filter((key) => !keys.includes(key))
        .map((key) => `reads ${key} of ${kind} ${name}, which has ${keys.join(', ')}`);
    }),
  ),
];

const objects: readonly Check[] = [
  objectCheck(46, 'namespace', [], ({ kind, metadata }, all) => {
    const rendered = all
      .filter((object) => object.kind === 'Namespace')
      .map((object) => object.metadata.name);
    if (CLUSTER_SCOPED.includes(kind))
      return [metadata.namespace !== undefined && 'is cluster-scoped and has a namespace'];
    return [
      // That of a preview is made by Argo CD, of what was reviewed (argocd-previews.ts).
      !/^seda-preview-\d+$/.test(metadata.namespace ?? '') &&
        !rendered.includes(metadata.namespace ?? '') &&
        `is in the namespace ${metadata.namespace}, which is not rendered`,
    ];
  }),
  objectCheck(47, 'stable API version', [], ({ apiVersion }) => [
    !/^([a-z0-9.-]+\/)?v\d+$/.test(apiVersion) && `is of the API version ${apiVersion}`,
  ]),
  containerCheck(48, 'each variable once', ({ env = [] }) => {
    const names = env.map(({ name }: Node) => name);
    return [names.length !== new Set(names).size && 'has a variable twice'];
  }),
  objectCheck(63, 'no rights in the cluster', RBAC, () => ['gives rights in the cluster']),
  objectCheck(67, 'Pod Security', ['Namespace'], ({ metadata: { labels } }) =>
    PSA_MODES.flatMap((mode) => [
      labels?.[`pod-security.kubernetes.io/${mode}`] !== 'restricted' &&
        `does not ${mode} the level restricted`,
      !/^v1\.\d+$/.test(labels?.[`pod-security.kubernetes.io/${mode}-version`] ?? '') &&
        `does not pin the version that it ${mode}s`,
    ]),
  ),
];

/** What objects are, where they are and what they read. */
export const configurationChecks: readonly Check[] = [...secrets, ...objects];
