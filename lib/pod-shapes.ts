import type { DnsPeer } from './network';
import type { InitContainer, SecretKey, Sidecar, SidecarProbe } from './pod-containers';
import type { DnsConfig, PodSettings, Toleration, TopologySpread } from './pod-settings';
import type {
  PodVolume,
  PodVolumeMount,
  ProjectedSource,
  ServiceAccountToken,
} from './pod-volumes';
import type { Resources } from './resources';
import {
  anything,
  dictionary,
  flag,
  list,
  number,
  object,
  optional,
  type Shapes,
  text,
  word,
} from './shape';

/*
 * The settings of pods, one table for each interface: a field that is new does not compile before it is here.
 */

const secretEnv = optional(dictionary(object<SecretKey>({ name: text, key: text })));
const texts = optional(list(text));
const labels = optional(dictionary(text));

const volumeMounts = optional(
  list(
    object<PodVolumeMount>({
      name: text,
      mountPath: text,
      subPath: optional(text),
      readOnly: optional(flag),
    }),
  ),
);

const projected: Shapes<ProjectedSource> = {
  configMap: optional(text),
  secret: optional(text),
  serviceAccountToken: optional(
    object<ServiceAccountToken>({
      audience: text,
      path: text,
      expirationSeconds: optional(number),
    }),
  ),
  items: labels,
};

const VOLUME: Shapes<PodVolume> = {
  name: text,
  configMap: optional(text),
  secret: optional(text),
  persistentVolumeClaim: optional(text),
  emptyDir: optional(text),
  projected: optional(list(object(projected))),
  items: labels,
  defaultMode: optional(number),
  optional: optional(flag),
  migration: optional(flag),
};

const INIT_CONTAINER: Shapes<InitContainer> = {
  name: text,
  image: text,
  command: texts,
  args: texts,
  env: labels,
  secretEnv,
  resources: object<Resources>({ requests: anything(), limits: anything() }),
  volumeMounts,
  runAsUser: optional(number),
  migration: optional(flag),
};

const probe = optional(object<SidecarProbe>({ port: number, path: optional(text) }));

const SIDECAR: Shapes<Sidecar> = {
  ...INIT_CONTAINER,
  ports: optional(dictionary(number)),
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
};

/** A name server of pods. */
export const DNS_PEER: Shapes<DnsPeer> = {
  namespace: optional(text),
  podLabels: labels,
  cidr: optional(text),
  port: optional(number),
};

/** Where and how pods run, also in an environment and in a release record. */
export const POD_SETTINGS: Shapes<PodSettings> = {
  labels,
  annotations: labels,
  nodeSelector: labels,
  tolerations: optional(
    list(
      object<Toleration>({
        key: optional(text),
        operator: optional(word<NonNullable<Toleration['operator']>>()),
        value: optional(text),
        effect: optional(word<NonNullable<Toleration['effect']>>()),
        tolerationSeconds: optional(number),
      }),
    ),
  ),
  topologySpreadConstraints: optional(
    list(
      object<TopologySpread>({
        topologyKey: text,
        maxSkew: optional(number),
        whenUnsatisfiable: optional(word<NonNullable<TopologySpread['whenUnsatisfiable']>>()),
      }),
    ),
  ),
  priorityClassName: optional(text),
  imagePullSecrets: texts,
  command: texts,
  args: texts,
  secretEnv,
  fieldEnv: optional(dictionary(word())),
  startupSeconds: optional(number),
  runAsUser: optional(number),
  runAsGroup: optional(number),
  fsGroup: optional(number),
  dnsPolicy: optional(word<NonNullable<PodSettings['dnsPolicy']>>()),
  dnsConfig: optional(object<DnsConfig>({ nameservers: texts, searches: texts, options: labels })),
  volumes: optional(list(object(VOLUME))),
  volumeMounts,
  initContainers: optional(list(object(INIT_CONTAINER))),
  sidecars: optional(list(object(SIDECAR))),
};
