import { ApiObject } from 'cdk8s';

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

const METADATA = 'seda.fm/stage';

/** Moves one object out of the stage of its kind, e.g. the Service that switches traffic. */
export function setStage(object: ApiObject, stage: Stage): void {
  object.node.addMetadata(METADATA, stage);
}

/** The stage of an object: its own, or that of its kind. */
export function stageOf(object: ApiObject): Stage {
  const own = object.node.metadata.find(({ type }) => type === METADATA);
  return (own?.data as Stage | undefined) ?? STAGE_OF_KIND[object.kind] ?? 'api';
}
