import type { Manifest } from '../../lib/manifests';
import { namespaceOf, selects, textOf } from './objects';
import { find, ofKind, type State } from './state';

/** Why the API server, or a webhook that every such cluster has, does not take an object. */
export function apiFault(
  state: State,
  object: Manifest,
  before: Manifest | undefined,
): string | undefined {
  const namespace = namespaceOf(object);
  if (namespace !== '' && find(state, 'Namespace', '', namespace) === undefined)
    return `there is no namespace ${namespace}`;
  return (
    invalid(object) ??
    (before && immutable(before, object)) ??
    (object.kind === 'Ingress' ? takenHost(state, object) : undefined)
  );
}

function invalid({ kind, spec }: Manifest): string | undefined {
  if (kind === 'Deployment' && !selects(spec?.selector, spec?.template?.metadata?.labels ?? {}))
    return 'spec.selector does not match the labels of spec.template';
  if (kind === 'HorizontalPodAutoscaler' && spec?.minReplicas > spec?.maxReplicas)
    return 'spec.maxReplicas is less than spec.minReplicas';
  for (const { env = [], ...probes } of spec?.template?.spec?.containers ?? []) {
    if (env.some((one: Manifest['env']) => one.value !== undefined && one.valueFrom !== undefined))
      return 'a variable has value and valueFrom';
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      if (['httpGet', 'tcpSocket', 'exec', 'grpc'].filter((one) => probes[probe]?.[one]).length > 1)
        return `${probe} has more than one handler`;
  }
  return undefined;
}

function immutable(before: Manifest, after: Manifest): string | undefined {
  const changes = (of: (object: Manifest) => unknown) => textOf(of(before)) !== textOf(of(after));
  switch (after.kind) {
    case 'Deployment':
      return changes(({ spec }) => spec?.selector) ? 'spec.selector is immutable' : undefined;
    case 'Job':
      return changes(({ spec }) => [spec?.template, spec?.selector, spec?.completionMode])
        ? 'spec.template is immutable'
        : undefined;
    case 'Service':
      return changes(({ spec }) => spec?.clusterIP) && after.spec?.type !== 'ExternalName'
        ? 'spec.clusterIP is immutable'
        : undefined;
    case 'ConfigMap':
    case 'Secret':
      return before.immutable === true &&
        changes(({ data, stringData, binaryData, immutable: is }) => [
          data,
          stringData,
          binaryData,
          is,
        ])
        ? 'it is immutable'
        : undefined;
    case 'PersistentVolumeClaim':
      return changes(({ spec }) => ({ ...spec, resources: undefined }))
        ? 'spec is immutable'
        : undefined;
    default:
      return undefined;
  }
}

/** ingress-nginx takes a host and a path once. */
function takenHost(state: State, ingress: Manifest): string | undefined {
  const places = ({ spec }: Manifest): string[] =>
    (spec?.rules ?? []).flatMap(({ host, http }: Manifest['rule']) =>
      (http?.paths ?? []).map(
        ({ path }: Manifest['path']) => `${spec.ingressClassName} ${host}${path}`,
      ),
    );
  const mine = new Set(places(ingress));
  const taken = ofKind(state, 'Ingress')
    .filter(
      (other) =>
        other.metadata.name !== ingress.metadata.name ||
        namespaceOf(other) !== namespaceOf(ingress),
    )
    .flatMap((other) =>
      places(other).flatMap((place) =>
        mine.has(place) ? [`${other.metadata.name} has ${place}`] : [],
      ),
    );
  return taken[0];
}
