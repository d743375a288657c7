import {
  each,
  drop,
  add,
  kind,
  isApi,
  isActive,
  isIdle,
  wave,
  annotate,
  rename,
  container,
} from './mutation';
import type { Mutation } from './commit';

/** Pods, what they read, and what is beside them, with other constants. Most hurt somebody, some nobody. */
export const PODS: readonly Mutation[] = [
  // Pods.
  each('health asked at another path', isApi, (object) => {
    container(object).readinessProbe.httpGet.path = '/health';
  }),
  each('health asked at another port', isApi, (object) => {
    container(object).readinessProbe.httpGet.port = 9000;
  }),
  each('health asked more often', isApi, (object) => {
    container(object).readinessProbe.periodSeconds = 2;
  }),
  each('another container port', isApi, (object) => {
    container(object).ports[0].containerPort = 3002;
  }),
  each('pods listen elsewhere', isApi, (object) => {
    for (const variable of container(object).env)
      if (variable.name === 'PORT') variable.value = '3002';
  }),
  each('pods with one label more', isApi, ({ spec }) => {
    spec.template.metadata.labels.tier = 'api';
  }),
  each('pods with another app label', isApi, ({ spec }) => {
    spec.template.metadata.labels.app = 'api';
    spec.selector.matchLabels.app = 'api';
  }),
  each('pods read another ConfigMap', isActive, (object) => {
    container(object).envFrom[0].configMapRef.name = 'elsewhere';
  }),
  each('pods read another Secret', isActive, (object) => {
    for (const { valueFrom } of container(object).env)
      if (valueFrom?.secretKeyRef) valueFrom.secretKeyRef.name = 'elsewhere';
  }),
  each('pods are another account', isApi, ({ spec }) => {
    spec.template.spec.serviceAccountName = 'elsewhere';
  }),
  each('all pods at once', isApi, ({ spec }) => {
    spec.strategy = { type: 'Recreate' };
  }),
  each('every pod may be away', isApi, ({ spec }) => {
    spec.strategy.rollingUpdate.maxUnavailable = '100%';
  }),
  each('Deployments are made again', isApi, (object) =>
    annotate(object, { 'argocd.argoproj.io/sync-options': 'Force=true,Replace=true' }),
  ),
  each('one pod less that serves', isActive, ({ spec }) => {
    if (spec.replicas > 0) spec.replicas -= 1;
  }),
  each('no number of pods', isActive, ({ spec }) => {
    delete spec.replicas;
  }),
  each('serving pods in the last wave', isActive, (object) => wave(object, 30)),
  each('serving pods in the first wave', isActive, (object) => wave(object, -30)),
  each('idle pods in the wave of the target', isIdle, (object) => wave(object, 0)),
  drop('no serving Deployment', isActive),
  drop('no idle Deployment', isIdle),
  // What pods read.
  each('another log format in place', kind('ConfigMap'), ({ data }) => {
    if (data.LOG_FORMAT) data.LOG_FORMAT = 'pretty';
  }),
  each('ConfigMaps in the last wave', kind('ConfigMap'), (object) => wave(object, 30)),
  drop(
    'no ConfigMap of what serves',
    (object, active) =>
      object.kind === 'ConfigMap' && object.metadata.name.includes(`-${active}-config`),
  ),
  drop('no account', kind('ServiceAccount')),
  drop('no ExternalSecret', kind('ExternalSecret')),
  each('secrets from another path', kind('ExternalSecret'), ({ spec }) => {
    for (const { remoteRef } of spec.data) remoteRef.key = `elsewhere/${remoteRef.key}`;
  }),
  each('secrets from another store', kind('ExternalSecret'), ({ spec }) => {
    spec.secretStoreRef.name = 'elsewhere';
  }),
  each('secrets under another name', kind('ExternalSecret'), ({ spec }) => {
    spec.target.name += '-new';
  }),
  each('one secret less', kind('ExternalSecret'), ({ spec }) => {
    spec.data.pop();
  }),
  add('a second maker of the Secret', kind('ExternalSecret'), (object) => {
    rename(object, 'second');
    for (const { remoteRef } of object.spec.data) remoteRef.key = `elsewhere/${remoteRef.key}`;
  }),
  // Jobs, autoscalers, and the rest.
  each('Jobs of another image', kind('Job'), (object) => {
    container(object).image = 'busybox:1';
  }),
  each('gates with more time', kind('Job'), ({ spec }) => {
    spec.activeDeadlineSeconds += 60;
  }),
  each('gates in the last wave', kind('Job'), (object) => wave(object, 30)),
  drop('no Jobs', kind('Job')),
  each('autoscalers with one pod', kind('HorizontalPodAutoscaler'), ({ spec }) => {
    spec.minReplicas = 1;
  }),
  drop('no autoscalers', kind('HorizontalPodAutoscaler')),
  each('disruption budgets that admit two', kind('PodDisruptionBudget'), ({ spec }) => {
    spec.maxUnavailable = 2;
  }),
  drop('no disruption budgets', kind('PodDisruptionBudget')),
  drop('no namespace', kind('Namespace')),
  drop('no ServiceMonitor', kind('ServiceMonitor')),
  each('another dashboard', kind('ConfigMap'), ({ metadata, data }) => {
    if (metadata.labels?.grafana_dashboard)
      for (const key of Object.keys(data)) data[key] = data[key].replace('99th', '95th');
  }),
  each(
    'one more label everywhere',
    () => true,
    ({ metadata }) => {
      Object.assign(metadata.labels ?? {}, { 'seda.fm/owner': 'platform' });
    },
  ),
];
