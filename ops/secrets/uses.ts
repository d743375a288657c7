import { calledOf } from '../../lib/kubernetes/identity';
import { type PodSpec, podTemplateOf } from '../../lib/kubernetes/pods';
import { type Read, readsOf, secretMadeBy } from '../../lib/kubernetes/reads';
import type { Kubectl } from '../cluster/kubectl';
import type { Pod } from '../doctor/cluster';
import type { Manifest } from '../../lib/manifests';
import type { Rendering } from '../rendering/rendering';

/** Name of the Secret, then the names of its keys, with a word behind those without a value. Values never leave the API server's answer. */
export const KEYS_TEMPLATE =
  '{{.metadata.name}}{{"\\n"}}{{range $k, $v := .data}}{{$k}}{{if not $v}} empty{{end}}{{"\\n"}}{{end}}';

/** How a Secret is asked for. */
export interface AskOptions {
  /**
   * The go-template that says what of it is printed.
   * @default KEYS_TEMPLATE
   */
  readonly template?: string;
  /**
   * Where it is.
   * @default - the namespace of the environment
   */
  readonly namespace?: string;
}

/** What a go-template makes of a Secret; nothing where there is none. */
export function askSecret(
  kubectl: Kubectl,
  name: string,
  { template = KEYS_TEMPLATE, namespace }: AskOptions = {},
): Promise<string> {
  return kubectl.run(`cannot ask for the Secret ${name}`, [
    'get',
    'secret',
    name,
    '--ignore-not-found',
    `--output=go-template=${template}`,
    ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
  ]);
}

/** Whether a key is there, in the answer to `KEYS_TEMPLATE`. */
export function keyState(answer: string, key: string): 'present' | 'empty' | 'missing' {
  const [, ...lines] = answer.split('\n');
  return lines.includes(key) ? 'present' : lines.includes(`${key} empty`) ? 'empty' : 'missing';
}

/** A Secret that pods need, and the keys of it that they name. */
export interface SecretUse {
  readonly secret: string;
  readonly keys: readonly string[];
  /** Who needs it. */
  readonly users: readonly string[];
}

/** The Secrets that a pod must have to start; what is optional is not among them. */
export function secretsOf(spec: PodSpec = {}): Read[] {
  return readsOf(spec).filter(({ kind, optional }) => kind === 'Secret' && !optional);
}

/** The Secrets of the pods that run and of those that `dist/` would start, by name. */
export function secretUses(rendering: Rendering, pods: readonly Pod[]): SecretUse[] {
  const workloads = [
    ...rendering.ofKind('Deployment').filter((deployment) => rendering.slot(deployment).pods > 0),
    ...rendering.ofKind('Job'),
  ];
  const users = [
    ...workloads.map((object) => ({
      user: calledOf(object),
      spec: podTemplateOf(object)?.spec,
    })),
    ...pods
      .filter(
        ({ metadata, status }) =>
          metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded',
      )
      .map(({ metadata, spec }) => ({ user: `Pod/${metadata.name}`, spec })),
  ];
  const uses = new Map<string, { keys: Set<string>; users: Set<string> }>();
  for (const { user, spec } of users) {
    for (const { name: secret, keys } of secretsOf(spec)) {
      const use = uses.get(secret) ?? { keys: new Set(), users: new Set() };
      for (const key of keys) use.keys.add(key);
      uses.set(secret, { ...use, users: use.users.add(user) });
    }
  }
  return [...uses]
    .map(([secret, { keys, users: some }]) => ({ secret, keys: [...keys], users: [...some] }))
    .sort((a, b) => (a.secret < b.secret ? -1 : 1));
}

/** The ExternalSecret that makes a Secret. */
export function externalSecretOf(rendering: Rendering, secret: string): Manifest | undefined {
  return rendering.ofKind('ExternalSecret').find((object) => secretMadeBy(object) === secret);
}

/** Where the store has the value of a key: its path and, within it, the property. */
export function remotePath(external: Manifest, key: string): string | undefined {
  const data = (external.spec?.data ?? []) as {
    secretKey: string;
    remoteRef?: { key?: string; property?: string };
  }[];
  const { key: path, property } = data.find(({ secretKey }) => secretKey === key)?.remoteRef ?? {};
  return path === undefined || property === undefined ? path : `${path}#${property}`;
}
