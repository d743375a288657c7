import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The loopback ports of a control plane. */
export type Ports = Record<'etcd' | 'peer' | 'api' | 'controllers' | 'scheduler', number>;

/** The arguments of every program. */
export type Arguments = Record<
  'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok',
  string[]
>;

/** Name of the context, the cluster and the user in the kubeconfig. */
export const context = 'seda-e2e';

/**
 * How the programs are called that share `folder`. Everything listens on the loopback device only, and every
 * command line has the folder in it, by which a leftover is known.
 */
export function argumentsOf(folder: string, ports: Ports): Arguments {
  const file = (name: string): string => join(folder, name);
  const etcd = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.peer}`;
  const client = [
    `--kubeconfig=${file('kubeconfig')}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
  ];
  const delegated = [
    `--authentication-kubeconfig=${file('kubeconfig')}`,
    `--authorization-kubeconfig=${file('kubeconfig')}`,
  ];
  return {
    etcd: [
      '--name=seda',
      `--data-dir=${file('etcd')}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=seda=${peer}`,
      // The data does not outlive the test, so nothing is gained by waiting for the disk.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    'kube-apiserver': [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.api}`,
      `--cert-dir=${file('certs')}`,
      `--token-auth-file=${file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      // As installers set it: what is refused is refused by Pod Security, not by a switch of this server.
      '--allow-privileged=true',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${file('service-account.pub')}`,
      `--service-account-signing-key-file=${file('service-account.key')}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      // A loopback address is no endpoint that the API accepts, and nobody looks for it.
      '--endpoint-reconciler-type=none',
    ],
    'kube-controller-manager': [
      ...client,
      ...delegated,
      `--secure-port=${ports.controllers}`,
      // Simulated nodes send no heartbeat: after the usual grace every pod would be taken for lost at once.
      '--node-monitor-grace-period=24h',
      `--cert-dir=${file('certs')}`,
      `--service-account-private-key-file=${file('service-account.key')}`,
      `--root-ca-file=${file('certs/apiserver.crt')}`,
    ],
    'kube-scheduler': [...client, ...delegated, `--secure-port=${ports.scheduler}`],
    kwok: [
      `--kubeconfig=${file('kubeconfig')}`,
      `--config=${file('stages.yaml')}`,
      '--manage-all-nodes=false',
      '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
      '--cidr=10.244.0.1/16',
      '--node-ip=10.0.0.1',
      // No logs and no exec, so no server.
      '--node-port=0',
      '--server-address=',
    ],
  };
}

/** Writes what the arguments point to; stages only where pods are simulated. */
export function writeFiles(
  folder: string,
  ports: Ports,
  token: string,
  simulated?: { readonly stages: string; readonly readyAfter: number },
): void {
  const write = (name: string, text: string): void =>
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  write('service-account.pub', publicKey);
  write('service-account.key', privateKey);
  write('tokens.csv', `${token},admin,admin,system:masters\n`);
  write(
    'kubeconfig',
    JSON.stringify(
      kubeconfigOf(`https://127.0.0.1:${ports.api}`, join(folder, 'certs', 'apiserver.crt'), token),
    ),
  );
  if (simulated)
    write(
      'stages.yaml',
      readFileSync(simulated.stages, 'utf8').replaceAll(
        'durationMilliseconds: 1000',
        `durationMilliseconds: ${simulated.readyAfter}`,
      ),
    );
}

// JSON is YAML.
function kubeconfigOf(server: string, authority: string, token: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [
      {
        name: context,
        // A name that the certificate has, whatever address the server listens on.
        cluster: { server, 'certificate-authority': authority, 'tls-server-name': 'kubernetes' },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
    users: [{ name: context, user: { token } }],
  };
}

/** Three nodes in three zones, so that pods have zones to spread over. */
export function nodes(): object {
  const items = ['a', 'b', 'c'].map((zone) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${zone}`,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/hostname': `node-${zone}`,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/zone': zone,
      },
    },
  }));
  return { apiVersion: 'v1', kind: 'List', items };
}
