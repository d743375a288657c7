import type { Manifest, Rendering } from '../rendering/rendering';
import type { Pod } from './cluster';
import { deployCommand, type Finding, kubectlCommand, type Place } from './finding';

/** Name of the Secret, then the names of its keys. Values never leave the API server's answer. */
export const KEYS_TEMPLATE = '{{.metadata.name}}{{"\\n"}}{{range $k, $v := .data}}{{$k}}{{"\\n"}}{{end}}';

const USERS = 3;

/** A Secret that pods need, and the keys of it that they name. */
export interface SecretUse {
  readonly secret: string;
  readonly keys: readonly string[];
  /** Who needs it. */
  readonly users: readonly string[];
}

interface Container {
  readonly env?: readonly { readonly valueFrom?: { readonly secretKeyRef?: Reference & { readonly key: string } } }[];
  readonly envFrom?: readonly { readonly secretRef?: Reference }[];
}

interface Reference {
  readonly name: string;
  readonly optional?: boolean;
}

interface Source {
  readonly secret?: { readonly secretName?: string; readonly name?: string; readonly optional?: boolean; readonly items?: readonly { readonly key: string }[] };
  readonly projected?: { readonly sources?: readonly Source[] };
}

/** The Secrets that a pod must have to start; what is optional is not among them. */
export function secretsOf(spec: Manifest['spec']): { secret: string; keys: string[] }[] {
  const containers: Container[] = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const volumes = ((spec?.volumes ?? []) as Source[]).flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]).map(({ secret }) => secret);
  const needed: [Reference | undefined, string[]][] = [
    ...containers.flatMap(({ env = [] }) => env.map(({ valueFrom }): [Reference | undefined, string[]] => [valueFrom?.secretKeyRef, [valueFrom?.secretKeyRef?.key ?? '']])),
    ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ secretRef }): [Reference | undefined, string[]] => [secretRef, []])),
    ...volumes.map((secret): [Reference | undefined, string[]] => [secret && { name: (secret.secretName ?? secret.name)!, optional: secret.optional }, (secret?.items ?? []).map(({ key }) => key)]),
    ...((spec?.imagePullSecrets ?? []) as Reference[]).map((reference): [Reference, string[]] => [reference, []]),
  ];
  return needed.flatMap(([reference, keys]) => (reference === undefined || reference.optional ? [] : [{ secret: reference.name, keys }]));
}

/** The Secrets of the pods that run and of those that `dist/` would start. */
export function secretUses(rendering: Rendering, pods: readonly Pod[]): SecretUse[] {
  const workloads = [...rendering.ofKind('Deployment').filter((deployment) => rendering.slot(deployment).pods > 0), ...rendering.ofKind('Job')];
  const users = [
    ...workloads.map(({ kind, metadata, spec }) => ({ user: `${kind}/${metadata.name}`, spec: spec?.template?.spec })),
    ...pods.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded').map(({ metadata, spec }) => ({ user: `Pod/${metadata.name}`, spec })),
  ];
  const uses = new Map<string, { keys: Set<string>; users: Set<string> }>();
  for (const { user, spec } of users) {
    for (const { secret, keys } of secretsOf(spec)) {
      const use = uses.get(secret) ?? { keys: new Set(), users: new Set() };
      for (const key of keys) use.keys.add(key);
      uses.set(secret, { ...use, users: use.users.add(user) });
    }
  }
  return [...uses].map(([secret, { keys, users: some }]) => ({ secret, keys: [...keys], users: [...some] }));
}

/**
 * The Secret or the keys of it that are not there.
 *
 * @param answer what `KEYS_TEMPLATE` gave, nothing for a Secret that does not exist
 */
export function secretFindings({ secret, keys, users }: SecretUse, answer: string, rendering: Rendering, place: Place): Finding[] {
  const [name = '', ...present] = answer.split('\n').filter((line) => line !== '');
  const missing = keys.filter((key) => !present.includes(key));
  if (name !== '' && missing.length === 0) return [];
  const external = rendering.ofKind('ExternalSecret').find(({ metadata, spec }) => (spec?.target?.name ?? metadata.name) === secret);
  return [{
    severity: 'error',
    object: `Secret/${secret}`,
    found: name === '' ? 'does not exist' : `has no key ${missing.join(', ')}`,
    cause: name === '' ? 'pods that need it cannot start' : 'pods that name the key cannot start; those that run go on with what they were given',
    remedy: external ? fromStore(external, missing, place) : rendering.get('Secret', secret) ? deployCommand(place) : 'make it by the way that made it before; it is not in dist/',
    details: [`needed by ${users.slice(0, USERS).join(', ')}${users.length > USERS ? ` and ${users.length - USERS} more` : ''}`],
  }];
}

function fromStore({ metadata, spec }: Manifest, missing: readonly string[], place: Place): string {
  const data = (spec?.data ?? []) as { secretKey: string; remoteRef?: { key?: string } }[];
  const asked = data.filter(({ secretKey }) => missing.includes(secretKey));
  const unasked = missing.filter((key) => !data.some(({ secretKey }) => secretKey === key));
  if (unasked.length > 0 && data.length > 0) return `add ${unasked.join(', ')} to the ExternalSecret ${metadata.name}, render and deploy`;
  const paths = asked.flatMap(({ remoteRef }) => remoteRef?.key ?? []);
  return `see that the store has ${paths.length > 0 ? paths.join(', ') : `what the ExternalSecret ${metadata.name} asks for`}, then: ${kubectlCommand(place, `annotate externalsecret ${metadata.name} force-sync=$(date +%s) --overwrite`)}`;
}
