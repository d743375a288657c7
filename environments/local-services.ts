import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { notCredentialsAnnotation } from '../lib/config-credentials';
import { imageVersion } from '../lib/image';
import { k8s } from '../lib/k8s';
import { recommendedLabels } from '../lib/labels';
import { CONTAINER_SECURITY, POD_SECURITY } from '../lib/pod-template';
import { setWave } from '../lib/wave';

/**
 * Credentials of the developer's own machine, known to everybody. They open nothing else, and nothing
 * but the environment whose database is local ever reads them.
 */
export const LOCAL_CREDENTIALS = {
  'database-url': 'postgresql://seda_user:seda_pass@db:5432/seda_dev',
  'supabase-service-key': 'local-supabase-service-key',
  'jwt-secret': 'local-jwt-secret',
  'admin-api-key': 'local-admin-api-key',
} as const;

/** The credential of a key on a developer's machine. */
export function localCredential(key: string): string {
  return (LOCAL_CREDENTIALS as { readonly [key: string]: string })[key] ?? `local-${key}`;
}

/** A backing service of the developer's machine, for Kubernetes and for Docker Compose alike. */
export interface LocalService {
  readonly image: string;
  readonly port: number;
  readonly env: { readonly [variable: string]: string };
  readonly args: readonly string[];
  /** Exits 0 when the service takes connections. */
  readonly ready: readonly string[];
  /** Where the data lies; it survives a restart. */
  readonly dataPath: string;
  /** Folders that it writes to besides the data. */
  readonly writablePaths: readonly string[];
  /** User and group of the image. */
  readonly user: number;
}

/** By host name, which is the same in the namespace and in Compose. */
export const LOCAL_SERVICES: { readonly [name in 'db' | 'redis']: LocalService } = {
  db: {
    image: 'postgres:15-alpine',
    port: 5432,
    env: {
      POSTGRES_DB: 'seda_dev',
      POSTGRES_USER: 'seda_user',
      POSTGRES_PASSWORD: 'seda_pass',
      PGDATA: '/var/lib/postgresql/data/pgdata',
    },
    args: [],
    // Over TCP: on its socket the server of initdb answers as well, before the database exists.
    ready: ['pg_isready', '-h', '127.0.0.1', '-U', 'seda_user', '-d', 'seda_dev'],
    dataPath: '/var/lib/postgresql/data',
    writablePaths: ['/tmp', '/var/run/postgresql'],
    // The image's own user: initdb refuses a user that /etc/passwd does not know.
    user: 70,
  },
  redis: {
    image: 'redis:7-alpine',
    port: 6379,
    env: {},
    args: ['redis-server', '--appendonly', 'yes'],
    ready: ['redis-cli', 'ping'],
    dataPath: '/data',
    writablePaths: ['/tmp'],
    user: 10001,
  },
};

export interface LocalServicesProps {
  /** Which of them run. */
  readonly services: readonly (keyof typeof LOCAL_SERVICES)[];
  /**
   * The Secret that the API reads, with the well-known credentials of these keys.
   * @default - no Secret: the credentials come from elsewhere
   */
  readonly secret?: { readonly name: string; readonly keys: readonly string[] };
}

/** Backing services in the namespace and, in development, the Secret, so that nothing but a cluster is needed. */
export class LocalServices extends Construct {
  constructor(scope: Construct, id: string, props: LocalServicesProps) {
    super(scope, id);
    if (props.secret !== undefined) this.secret(props.secret.name, props.secret.keys);
    for (const name of props.services) this.service(name, LOCAL_SERVICES[name]);
  }

  private secret(name: string, keys: readonly string[]): void {
    // Not stringData, which the API server never gives back: every apply would find a difference.
    const credentials = keys.map((key) => [
      key,
      Buffer.from(localCredential(key)).toString('base64'),
    ]);
    const labels = recommendedLabels({ name, instance: name, component: 'secret' });
    new k8s.KubeSecret(this, 'secret', {
      // The check lets no other value of a Secret into git.
      metadata: { name, labels, ...notCredentialsAnnotation(keys) },
      data: Object.fromEntries(credentials),
    });
  }

  private service(name: string, service: LocalService): void {
    const metadata = {
      name,
      labels: recommendedLabels({
        name,
        instance: name,
        component: 'backing-service',
        version: imageVersion(service.image),
      }),
    };
    new k8s.KubeServiceAccount(this, `${name}-identity`, {
      metadata,
      automountServiceAccountToken: false,
    });
    const selector = { app: name };
    const port = k8s.IntOrString.fromNumber(service.port);
    new k8s.KubePersistentVolumeClaim(this, `${name}-data`, {
      metadata: { ...metadata, name: `${name}-data` },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: k8s.Quantity.fromString('1Gi') } },
      },
    });
    new k8s.KubeService(this, `${name}-service`, {
      metadata,
      spec: {
        type: 'ClusterIP',
        selector,
        ports: [
          {
            name: 'tcp',
            port: service.port,
            targetPort: k8s.IntOrString.fromString('tcp'),
            protocol: 'TCP',
          },
        ],
      },
    });
    new k8s.KubeNetworkPolicy(this, `${name}-network`, {
      metadata,
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ podSelector: {} }], ports: [{ port, protocol: 'TCP' }] }],
      },
    });
    const deployment = new k8s.KubeDeployment(this, name, {
      metadata: { ...metadata, labels: { ...metadata.labels, ...selector } },
      spec: {
        replicas: 1,
        selector: { matchLabels: selector },
        // Two servers on one data folder would corrupt it.
        strategy: { type: 'Recreate' },
        template: {
          metadata: { labels: { ...Chart.of(this).labels, ...metadata.labels, ...selector } },
          spec: podSpec(name, service),
        },
      },
    });
    // The migration needs them.
    setWave(deployment, 'prepare');
  }
}

function podSpec(name: string, service: LocalService): k8s.PodSpec {
  const probe = { exec: { command: [...service.ready] }, timeoutSeconds: 3 };
  const scratch = service.writablePaths.map((mountPath, index) => ({
    name: `scratch-${index}`,
    mountPath,
  }));
  const size = (memory: string) => ({
    cpu: k8s.Quantity.fromString('100m'),
    memory: k8s.Quantity.fromString(memory),
    'ephemeral-storage': k8s.Quantity.fromString('64Mi'),
  });
  const { cpu: _unlimited, ...limits } = size('256Mi');
  return {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Always',
    securityContext: {
      ...POD_SECURITY,
      runAsUser: service.user,
      runAsGroup: service.user,
      fsGroup: service.user,
    },
    containers: [
      {
        name,
        image: service.image,
        imagePullPolicy: 'IfNotPresent',
        ...(service.args.length > 0 ? { args: [...service.args] } : {}),
        ...(Object.keys(service.env).length > 0
          ? {
              env: Object.entries(service.env).map(([variable, value]) => ({
                name: variable,
                value,
              })),
            }
          : {}),
        ports: [{ name: 'tcp', containerPort: service.port, protocol: 'TCP' }],
        resources: { requests: size('128Mi'), limits },
        securityContext: CONTAINER_SECURITY,
        startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 60 },
        readinessProbe: { ...probe, periodSeconds: 5 },
        livenessProbe: {
          tcpSocket: { port: k8s.IntOrString.fromString('tcp') },
          periodSeconds: 10,
          timeoutSeconds: 3,
        },
        volumeMounts: [{ name: 'data', mountPath: service.dataPath }, ...scratch],
      },
    ],
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: `${name}-data` } },
      ...scratch.map((mount) => ({
        name: mount.name,
        emptyDir: { sizeLimit: k8s.Quantity.fromString('64Mi') },
      })),
    ],
  };
}
