import { k8s } from './k8s';

export type { IpFamily } from './address-range';
export type { ApiDeployment } from './api-deployment';
export {
  ArgoCdApplication,
  type ArgoCdApplicationProps,
  type ArgoCdSource,
} from './argocd-application';
export {
  ArgoCdPreviews,
  type ArgoCdPreviewsProps,
  type PreviewNamespaces,
  type PullRequests,
} from './argocd-previews';
export {
  type ArgoCdCluster,
  ArgoCdProject,
  type ArgoCdProjectProps,
  IN_CLUSTER,
  type NamespacedKind,
} from './argocd-project';
export { BlueGreenPair, type BlueGreenPairProps, type BlueGreenState } from './blue-green-pair';
export { contentHash } from './content-hash';
export type { EntranceProbe } from './entrance-probe';
export type { SecretStore } from './external-secrets';
export { type FileGroup, FILE_GROUPS, fileGroupOf } from './file-group';
export type { GatewayController } from './gateway-api';
export type { SharedTraffic, Weights } from './traffic';
export type { GatewayImplementationName } from './gateway-implementation';
export { imageFaults, type ImageReference, parseImage, PLACEHOLDER_DIGEST } from './image';
export { controllerNamespace } from './controller-namespace';
export type { IngressController } from './ingress-controller';
export { INGRESS_NGINX_NAMESPACE, type IngressNginxController } from './ingress-nginx';
export { type Colour, COLOURS, type Labels, otherColour } from './labels';
export { appFaults, type Manifest, manifestFiles } from './manifests';
export type { MigrationProps } from './migration-job';
export { SedaNamespace, type SedaNamespaceProps } from './namespace';
export { type DnsPeer, type Egress, KUBE_DNS } from './network';
export { type OtlpProps, otlpSettings } from './otlp';
export { isPlaceholder, missingIn, PLACEHOLDER_ANNOTATION } from './placeholder';
export type { InitContainer, SecretKey, Sidecar, SidecarProbe } from './pod-containers';
export { type HealthPaths, type PodProps, type SecretReference } from './pod-props';
export type {
  DnsConfig,
  DnsPolicy,
  PodField,
  PodSettings,
  Toleration,
  TopologySpread,
} from './pod-settings';
export type {
  PodVolume,
  PodVolumeMount,
  ProjectedSource,
  ServiceAccountToken,
} from './pod-volumes';
export type { ReadinessProbe } from './readiness-probe';
export {
  EXPANDED_ANNOTATION,
  MIGRATION_ANNOTATION,
  RELEASE_ANNOTATION,
} from './release-annotations';
export type { Resources } from './resources';
export {
  type ApiRevision,
  type Autoscaling,
  type Migration,
  MIGRATIONS,
  revisionFaults,
  type RevisionRules,
  versionFaults,
} from './revision';
export {
  type BlueGreenWorkload,
  type RollingWorkload,
  SedaApi,
  type SedaApiProps,
} from './seda-api';
export { type IngressTls, SedaIngress, type SedaIngressProps } from './seda-ingress';
export type { StandardIngressController } from './standard-ingress';
export { SedaMonitoring } from './seda-monitoring';
export {
  type MetricNames,
  type MonitoringLevel,
  type SedaMonitoringProps,
  type ServiceLevels,
  watches,
} from './monitoring-props';
export { PropsError } from './shape';
export type { SyncWindow } from './sync-window';
export { addWaves, setWave, waveOf } from './wave';
export { type Wave, WAVES } from './wave-plan';

/** A Service of Kubernetes, as cdk8s-plus-27 has it. */
export type KubeService = k8s.KubeService;
export type { OwnAlert } from './own-alerts';
