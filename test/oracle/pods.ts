import type { Manifest } from '../../lib/manifests';
import { needsOf, type Need } from './needs';
import { namespaceOf, textOf } from './objects';
import { find, ofKind, type State } from './state';

/** Something that pods read, with what it said when they started. */
export interface Read {
  readonly kind: string;
  readonly name: string;
  /** The key that is read; everything, where it is absent. */
  readonly key?: string;
  readonly content: string;
}

/** What pods were started with. They keep it, whatever is applied later. */
export interface Started {
  readonly reads: readonly Read[];
  /** Variables of the first container. A value that comes from outside is the empty text. */
  readonly env: { readonly [variable: string]: string };
  readonly needs: readonly Need[];
}

/** A reference of a pod, before anybody looked whether it leads anywhere. */
type Reference = Pick<Read, 'kind' | 'name' | 'key'> & { readonly optional: boolean };

/**
 * What pods of a template get when they start now; undefined while something that they read is missing: then they
 * wait, as a kubelet lets them.
 */
export function start(
  state: State,
  namespace: string,
  template: Manifest['template'],
): Started | undefined {
  const reads: Read[] = [];
  for (const { optional, ...reference } of referencesOf(template)) {
    const content = contentOf(state, namespace, reference);
    if (content !== undefined) reads.push({ ...reference, content });
    else if (!optional) return undefined;
  }
  const env = environmentOf(state, namespace, template.spec?.containers?.[0] ?? {});
  return { reads, env, needs: needsOf(state, namespace, env) };
}

/** What something that is read says now; undefined where it does not exist. */
export function contentOf(
  state: State,
  namespace: string,
  { kind, name, key }: Pick<Read, 'kind' | 'name' | 'key'>,
): string | undefined {
  if (kind !== 'Secret' && kind !== 'ConfigMap')
    return find(state, kind, namespace, name) && 'exists';
  const data =
    kind === 'ConfigMap'
      ? find(state, kind, namespace, name)?.data
      : secretData(state, namespace, name);
  if (data === undefined) return undefined;
  return key === undefined ? textOf(data) : data[key] === undefined ? undefined : String(data[key]);
}

/** Keys of a Secret, each with its value or with where its value comes from. Two makers write over each other. */
function secretData(state: State, namespace: string, name: string): Manifest['data'] {
  const made = ofKind(state, 'ExternalSecret')
    .filter((one) => namespaceOf(one) === namespace)
    .filter(({ metadata, spec }) => (spec?.target?.name ?? metadata.name) === name);
  const plain = find(state, 'Secret', namespace, name);
  if (plain === undefined && made.length === 0)
    return state.platform.secrets.includes(name)
      ? new Proxy({}, { get: () => 'outside' })
      : undefined;
  const entries: [string, string][] = [
    ...Object.entries<string>({ ...plain?.data, ...plain?.stringData }),
  ];
  for (const { spec } of made) {
    const store = textOf([spec?.secretStoreRef, spec?.target?.template, spec?.dataFrom]);
    for (const { secretKey, remoteRef } of spec?.data ?? [])
      entries.push([secretKey, `${store} ${textOf(remoteRef)}`]);
  }
  // In the order of the values: which maker wins is chance.
  const values = new Map<string, string[]>();
  for (const [key, value] of entries) values.set(key, [...(values.get(key) ?? []), value].sort());
  return Object.fromEntries([...values].map(([key, all]) => [key, all.join(' or ')]));
}

function referencesOf(template: Manifest['template']): Reference[] {
  const {
    containers = [],
    initContainers = [],
    volumes = [],
    serviceAccountName,
  } = template.spec ?? {};
  const found: Reference[] = [];
  const add = (kind: string, source: Manifest['source'], name = source?.name): void => {
    if (typeof name !== 'string') return;
    const key = source.key === undefined ? {} : { key: String(source.key) };
    found.push({ kind, name, ...key, optional: source.optional === true });
  };
  for (const { env = [], envFrom = [] } of [...initContainers, ...containers]) {
    for (const { valueFrom } of env) {
      add('Secret', valueFrom?.secretKeyRef);
      add('ConfigMap', valueFrom?.configMapKeyRef);
    }
    for (const { configMapRef, secretRef } of envFrom) {
      add('ConfigMap', configMapRef);
      add('Secret', secretRef);
    }
  }
  for (const { configMap, secret, persistentVolumeClaim, projected } of volumes) {
    add('ConfigMap', configMap);
    add('Secret', secret, secret?.secretName);
    add('PersistentVolumeClaim', persistentVolumeClaim, persistentVolumeClaim?.claimName);
    for (const source of projected?.sources ?? []) {
      add('ConfigMap', source.configMap);
      add('Secret', source.secret);
    }
  }
  add('ServiceAccount', { name: serviceAccountName });
  return found;
}

function environmentOf(
  state: State,
  namespace: string,
  { env = [], envFrom = [] }: Manifest['container'],
): Started['env'] {
  const variables: Record<string, string> = {};
  for (const { configMapRef, prefix = '' } of envFrom)
    for (const [key, value] of Object.entries(
      find(state, 'ConfigMap', namespace, configMapRef?.name ?? '')?.data ?? {},
    ))
      variables[`${prefix}${key}`] = String(value);
  for (const { name, value, valueFrom } of env)
    variables[name] =
      value ??
      plainSecret(state, namespace, valueFrom?.secretKeyRef) ??
      find(state, 'ConfigMap', namespace, valueFrom?.configMapKeyRef?.name ?? '')?.data?.[
        valueFrom?.configMapKeyRef?.key
      ] ??
      '';
  return variables;
}

/** The value of a Secret that is in git, as on a developer's machine. */
function plainSecret(
  state: State,
  namespace: string,
  reference: Manifest['reference'],
): string | undefined {
  const secret = reference && find(state, 'Secret', namespace, reference.name);
  const encoded = secret?.data?.[reference.key];
  return encoded === undefined
    ? secret?.stringData?.[reference.key]
    : Buffer.from(encoded, 'base64').toString();
}

/** The port on which the application answers: it listens where its variable says, whatever the pod declares. */
export function listensOn(template: Manifest['template'], env: Started['env']): number[] {
  const declared = (template.spec?.containers ?? []).flatMap(
    ({ ports = [] }: Manifest['container']) =>
      ports.map(({ containerPort }: Manifest['port']) => Number(containerPort)),
  );
  return env.PORT === undefined ? declared : [Number(env.PORT)];
}

/** The number of a port of a pod, which may be a name. */
export function portOf(template: Manifest['template'], port: number | string): number | undefined {
  if (typeof port === 'number' || /^\d+$/.test(port)) return Number(port);
  for (const container of template.spec?.containers ?? [])
    for (const { name, containerPort } of container.ports ?? [])
      if (name === port) return Number(containerPort);
  return undefined;
}

/** Why pods never become ready, or do not stay alive; undefined where every probe finds what it asks for. */
export function probeFault(
  { platform }: State,
  template: Manifest['template'],
  env: Started['env'],
): string | undefined {
  const [container = {}] = template.spec?.containers ?? [];
  const ports = listensOn(template, env);
  for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const { httpGet, tcpSocket } = container[kind] ?? {};
    const asked = httpGet ?? tcpSocket;
    if (asked === undefined) continue;
    const port = portOf(template, asked.port);
    if (port === undefined || !ports.includes(port))
      return `its ${kind} asks port ${asked.port}, on which nothing listens`;
    if (httpGet && env.PORT !== undefined && httpGet.path !== platform.health)
      return `its ${kind} asks ${httpGet.path}, which is not ${platform.health}`;
    if (httpGet?.scheme === 'HTTPS') return `its ${kind} speaks HTTPS`;
  }
  return undefined;
}

/** Labels of pods of a template. */
export function labelsOf(template: Manifest['template']): { readonly [key: string]: string } {
  return template.metadata?.labels ?? {};
}
