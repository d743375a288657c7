import { blue, container, find, type Mutation, pod } from './mutation';

/** Mutations of the checks of pods and containers. */
export const podMutations: readonly Mutation[] = [
  {
    check: 'row-01 non-root',
    spoil: (all) => {
      delete pod(all).securityContext.runAsNonRoot;
      delete container(all).securityContext.runAsNonRoot;
    },
  },
  {
    check: 'row-01 non-root',
    spoil: (all) => (container(all).securityContext.runAsNonRoot = false),
  },
  {
    check: 'row-02 user and group above 10000',
    spoil: (all) => (pod(all).securityContext.runAsUser = 1001),
  },
  {
    check: 'row-02 user and group above 10000',
    spoil: (all) => (container(all).securityContext.runAsUser = 10000),
  },
  {
    check: 'row-02 user and group above 10000',
    spoil: (all) => delete pod(all).securityContext.runAsGroup,
  },
  {
    check: 'row-02 user and group above 10000',
    spoil: (all) => (pod(all).securityContext.fsGroup = 1001),
  },
  {
    check: 'row-03 no root group',
    spoil: (all) => (pod(all).securityContext.supplementalGroups = [0]),
  },
  {
    check: 'row-04 no privilege escalation',
    spoil: (all) => delete container(all).securityContext.allowPrivilegeEscalation,
  },
  {
    check: 'row-05 not privileged',
    spoil: (all) => (container(all).securityContext.privileged = true),
  },
  {
    check: 'row-06 no capabilities',
    spoil: (all) => (container(all).securityContext.capabilities = { drop: ['NET_RAW'] }),
  },
  {
    check: 'row-06 no capabilities',
    spoil: (all) => (container(all).securityContext.capabilities.add = ['NET_ADMIN']),
  },
  {
    check: 'row-07 default seccomp profile',
    spoil: (all) => delete pod(all).securityContext.seccompProfile,
  },
  {
    check: 'row-07 default seccomp profile',
    spoil: (all) => (container(all).securityContext.seccompProfile = { type: 'Unconfined' }),
  },
  {
    check: 'row-08 default AppArmor profile',
    spoil: (all) => (container(all).securityContext.appArmorProfile = { type: 'Unconfined' }),
  },
  {
    check: 'row-08 default AppArmor profile',
    spoil: (all) =>
      (blue(all).spec.template.metadata.annotations = {
        'container.apparmor.security.beta.kubernetes.io/seda-api': 'unconfined',
      }),
  },
  {
    check: 'row-09 read-only root file system',
    spoil: (all) => delete container(all).securityContext.readOnlyRootFilesystem,
  },
  {
    check: 'row-09 read-only root file system',
    spoil: (all) => (container(all).volumeMounts[0].mountPath = '/cache'),
  },
  {
    check: 'row-09 read-only root file system',
    spoil: (all) => (pod(all).volumes[0].emptyDir = {}),
  },
  {
    check: 'row-10 security contexts',
    spoil: (all) => {
      const { fsGroup: _, ...context } = pod(all).securityContext;
      Object.assign(container(all).securityContext, context);
      delete pod(all).securityContext;
    },
  },
  ...['hostPID', 'hostIPC', 'hostNetwork'].map((field): Mutation => ({
    check: "row-11 not in the host's namespaces",
    spoil: (all) => (pod(all)[field] = true),
  })),
  {
    check: 'row-12 no volumes of the host',
    spoil: (all) =>
      pod(all).volumes.push({ name: 'host', hostPath: { path: '/var/run/docker.sock' } }),
  },
  {
    check: 'row-13 no ports of the host',
    spoil: (all) => (container(all).ports[0].hostPort = 3001),
  },
  {
    check: 'row-14 no kernel settings',
    spoil: (all) => (container(all).securityContext.procMount = 'Unmasked'),
  },
  {
    check: 'row-14 no kernel settings',
    spoil: (all) =>
      (pod(all).securityContext.sysctls = [{ name: 'net.core.somaxconn', value: '4096' }]),
  },
  {
    check: 'row-14 no kernel settings',
    spoil: (all) => (pod(all).securityContext.seLinuxOptions = { type: 'spc_t' }),
  },
  {
    check: 'row-14 no kernel settings',
    spoil: (all) => (pod(all).securityContext.windowsOptions = { hostProcess: true }),
  },
  {
    check: 'row-15 probes ask the pod itself',
    spoil: (all) => (container(all).readinessProbe.httpGet.host = '169.254.169.254'),
  },
  {
    check: 'row-16 no token of the service account',
    spoil: (all) => delete pod(all).automountServiceAccountToken,
  },
  {
    check: 'row-16 no token of the service account',
    spoil: (all) => delete find(all, 'ServiceAccount').automountServiceAccountToken,
  },
  { check: 'row-17 own service account', spoil: (all) => delete pod(all).serviceAccountName },
  { check: 'row-17 own service account', spoil: (all) => (pod(all).serviceAccountName = 'nobody') },
  { check: 'row-17 own service account', spoil: (all) => (pod(all).serviceAccount = 'seda-api') },
  {
    check: 'row-18 no privileged ports',
    spoil: (all) => (container(all).ports[0].containerPort = 22),
  },
  {
    check: 'row-19 image tag',
    spoil: (all) =>
      (container(all).image = `ghcr.io/seda-fm/seda-api:latest@sha256:${'a'.repeat(64)}`),
  },
  {
    check: 'row-19 image tag',
    spoil: (all) => (container(all).image = `localhost:5000/seda-api@sha256:${'a'.repeat(64)}`),
  },
  {
    check: 'row-20 image digest',
    spoil: (all) => {
      container(all).image = 'ghcr.io/seda-fm/seda-api:1.4.2';
      container(all).imagePullPolicy = 'Always';
    },
  },
  { check: 'row-21 pull policy', spoil: (all) => (container(all).imagePullPolicy = 'Never') },
  { check: 'row-23 CPU request', spoil: (all) => delete container(all).resources.requests.cpu },
  {
    check: 'row-24 memory request',
    spoil: (all) => delete container(all).resources.requests.memory,
  },
  { check: 'row-25 memory limit', spoil: (all) => delete container(all).resources.limits.memory },
  {
    check: 'row-26 CPU limit',
    mend: (all) => (container(all).resources.limits.cpu = '1'),
    spoil: (all) => delete container(all).resources.limits.cpu,
  },
  {
    check: 'row-27 ephemeral storage',
    spoil: (all) => delete container(all).resources.limits['ephemeral-storage'],
  },
  { check: 'row-28 readiness probe', spoil: (all) => delete container(all).readinessProbe },
  { check: 'row-29 liveness probe', spoil: (all) => delete container(all).livenessProbe },
  {
    check: 'row-30 liveness is not readiness',
    spoil: (all) =>
      (container(all).livenessProbe = { ...container(all).readinessProbe, periodSeconds: 30 }),
  },
  {
    check: 'row-31 probes ask a port that is open',
    spoil: (all) => (container(all).startupProbe.tcpSocket.port = 9999),
  },
  {
    check: 'row-31 probes ask a port that is open',
    spoil: (all) => (container(all).readinessProbe.httpGet.port = 'metrics'),
  },
  {
    check: 'row-32 named ports',
    spoil: (all) => container(all).ports.push({ containerPort: 9464 }),
  },
  {
    check: 'row-32 named ports',
    spoil: (all) =>
      (find(all, 'Service', 'seda-api-preview').spec.ports[0].name = 'more-than-fifteen'),
  },
  {
    check: 'row-32 named ports',
    spoil: (all) => (find(all, 'Service', 'seda-api-preview').spec.ports[0].targetPort = 8080),
  },
];
