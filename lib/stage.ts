import type { ApiObject } from 'cdk8s';
import { waveOf } from './wave';

/** The steps in which a set of manifests is applied; each is one file of an environment. */
export const STAGES = ['namespace', 'config', 'api', 'traffic', 'monitoring'] as const;

/** One step, by the name of its file. */
export type Stage = (typeof STAGES)[number];

/** Kinds that are always in one stage. Kinds that are not named are applied with the API. */
const STAGE_OF_KIND: { readonly [kind: string]: Stage } = {
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
  Certificate: 'traffic',
  ServiceMonitor: 'monitoring',
  PrometheusRule: 'monitoring',
};

/** The stage of an object: that of its kind, unless it follows the switch or belongs to the monitoring. */
export function stageOf(object: ApiObject): Stage {
  const wave = waveOf(object);
  if (object.kind === 'Service' && wave === 'switch') return 'traffic';
  if (object.kind === 'ConfigMap' && wave === 'rest') return 'monitoring';
  return STAGE_OF_KIND[object.kind] ?? 'api';
}
