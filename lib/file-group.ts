import type { ApiObject } from 'cdk8s';
import { waveOf } from './wave';

/** The files of an environment, in the order in which kubectl applies them. */
export const FILE_GROUPS = ['namespace', 'config', 'api', 'traffic', 'monitoring'] as const;

/** What is in one file, by its name. */
export type FileGroup = (typeof FILE_GROUPS)[number];

/** Kinds that are always in one file. Kinds that are not named are in that of the API. */
const GROUP_OF_KIND: { readonly [kind: string]: FileGroup } = {
  Namespace: 'namespace',
  ServiceAccount: 'namespace',
  NetworkPolicy: 'namespace',
  ConfigMap: 'config',
  Secret: 'config',
  ExternalSecret: 'config',
  PersistentVolumeClaim: 'config',
  Service: 'config',
  Ingress: 'traffic',
  HTTPRoute: 'traffic',
  BackendTrafficPolicy: 'traffic',
  ReferenceGrant: 'traffic',
  Certificate: 'traffic',
  ServiceMonitor: 'monitoring',
  Probe: 'monitoring',
  PrometheusRule: 'monitoring',
};

/** The file of an object: that of its kind, unless it follows the switch or belongs to the monitoring. */
export function fileGroupOf(object: ApiObject): FileGroup {
  const wave = waveOf(object);
  if (object.kind === 'Service' && wave === 'switch') return 'traffic';
  if (object.kind === 'ConfigMap' && wave === 'rest') return 'monitoring';
  return fileGroupOfKind(object.kind);
}

/** The file of what belongs to a colour, of which the kind alone decides. */
export function fileGroupOfKind(kind: string): FileGroup {
  return GROUP_OF_KIND[kind] ?? 'api';
}
