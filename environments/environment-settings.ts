import type {
  ArgoCdCluster,
  Autoscaling,
  IngressController,
  MonitoringLevel,
  OwnAlert,
  PodSettings,
  Resources,
  SyncWindow,
} from '../lib';
import type { BY_THE_PLATFORM, Limits } from './limits';

/** PostgreSQL: in the namespace for development, or managed by the cloud. */
export type Database =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'managed';
      /** Which instance; the connection string is kept under its name in the secret store. */
      readonly instance: 'staging' | 'prod-like' | 'high-availability';
      /** Connections that one pod may hold; with every pod of both colours it must fit `maxConnections`. */
      readonly poolSize: number;
      /** Connections that the instance admits. */
      readonly maxConnections: number;
    };

/** Redis: in the namespace for development, or managed by the cloud. */
export type Redis =
  | { readonly kind: 'local' }
  | { readonly kind: 'managed'; readonly host: string; readonly port: number };

/** Supabase: the local stack of `supabase start`, or a project in its cloud by the reference that its URL begins with. */
export type Supabase =
  { readonly kind: 'local' } | { readonly kind: 'project'; readonly projectRef: string };

/** File storage: a folder of the pod, or Supabase Storage with or without its CDN. */
export type Storage =
  { readonly provider: 'local' } | { readonly provider: 'supabase'; readonly cdn: boolean };

/** Who issues a certificate, and how it proves the hosts. */
export interface Issuer {
  /** Name of its ClusterIssuer. */
  readonly issuer: string;
  /**
   * By pods of cert-manager, which the controller must reach, or by records of DNS.
   * @default http-01
   */
  readonly challenge?: 'http-01' | 'dns-01';
}

/** The certificate: none, from Let's Encrypt by annotation, or a Certificate that is managed in git. */
export type Tls =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'lets-encrypt' } & Issuer)
  | ({ readonly kind: 'managed' } & Issuer);

/** How Argo CD applies an environment. */
export interface ArgoCdTarget {
  /** The cluster in which it runs, as Argo CD knows it. */
  readonly cluster: ArgoCdCluster;
  /**
   * Times in which syncs are allowed or denied.
   * @default - at any time
   */
  readonly syncWindows?: readonly SyncWindow[];
}

/**
 * What belongs to the pods. A rolling environment takes an edit with the merge; a blue-green one with the next stage, so that
 * what serves stays as it was staged.
 */
export interface StagedSettings {
  /** `NODE_ENV` of the pods: whether libraries run as for a developer. */
  readonly nodeEnv: 'development' | 'production';
  /** Where the database is. */
  readonly database: Database;
  /**
   * Where Redis is.
   * @default - the API runs without Redis
   */
  readonly redis?: Redis;
  /** Where Supabase is. */
  readonly supabase: Supabase;
  /** Who signs the users' tokens: the API itself or Supabase Auth. */
  readonly auth: 'local-jwt' | 'supabase';
  /** Where files are kept. */
  readonly storage: Storage;
  /**
   * Namespaces whose pods may call the API, besides those of the ingress controller and of Prometheus.
   * @default - none
   */
  readonly clientNamespaces?: readonly string[];
  /**
   * Variables of the pods besides those that the other fields stand for.
   * @default - none
   */
  readonly config?: { readonly [variable: string]: string };
  /** Pods at full size. */
  readonly replicas: number;
  /**
   * Scaling by load.
   * @default - a fixed number of replicas
   */
  readonly autoscaling?: Autoscaling;
  /** What one pod asks for and may use. */
  readonly resources: Resources;
  /**
   * Variables of the pods that look like a credential and are none.
   * @default - none: whatever looks like a credential is refused
   */
  readonly notCredentials?: readonly string[];
  /**
   * Where and how the pods run: nodes, tolerations, annotations, volumes, sidecars and the like.
   * @default - anywhere, with the API's container alone
   */
  readonly pod?: PodSettings;
  /**
   * ClusterSecretStore that holds the credentials, and the path in it.
   * @default - `seda-secret-store`, `seda/<name>/<instance of the database>`; with a local database none: the credentials are the well-known ones of a developer's machine
   */
  readonly secrets?: { readonly store: string; readonly path: string };
  /**
   * Version of the Secret, for rotation in a blue-green environment.
   * @default - the Secret's plain name
   */
  readonly secretVersion?: number;
  /**
   * Keys of the Secret that this environment reads besides those of every environment, by their variables:
   * `{ STRIPE_KEY: 'stripe-key' }`.
   * @default - those of `API.secret` alone
   */
  readonly secretKeys?: { readonly [variable: string]: string };
}

/** What is around the pods. An edit applies with the merge, also to what serves. */
export interface SharedSettings {
  /**
   * Host where the API is reached; in development with the port. The pods know it as `PUBLIC_URL`, which a colour takes
   * when it is staged: while one has another, that one stays in `extraHosts`.
   */
  readonly domain: string;
  /**
   * Further hosts where the API is reached, with the same certificate and paths.
   * @default - none
   */
  readonly extraHosts?: readonly string[];
  /** The certificate of `domain`. */
  readonly tls: Tls;
  /**
   * What leads requests from outside to the Service: a Gateway, a controller of Ingress by the fields that all of them
   * honour, or ingress-nginx, which is retired. A Gateway needs a certificate of the kind `managed`, if any. The pods admit
   * its namespace from the stage on, so another one is staged in `clientNamespaces` first.
   * @default - nothing does; the API is reached by a port on the developer's machine
   */
  readonly ingress?: IngressController;
  /**
   * How much one client may ask for, which the ingress refuses beyond. Where it cannot, `'by-the-platform'` says that this is known.
   * @default { requestsPerSecond: 100, maxBodySize: '10Mi' }
   */
  readonly limits?: Limits | typeof BY_THE_PLATFORM;
  /**
   * Who refuses the path of the metrics to users. A controller of the kind `ingress` cannot, and there `'by-the-platform'`
   * says that something in front of it does.
   * @default - the ingress does
   */
  readonly metricsRefused?: typeof BY_THE_PLATFORM;
  /**
   * Seconds that the ingress gives a request; ingress-nginx counts them between two reads.
   * @default 60; an Ingress of the kind `ingress` has no field for it
   */
  readonly requestTimeoutSeconds?: number;
  /**
   * Annotations of the Ingress or HTTPRoute.
   * @default - those that every environment has
   */
  readonly ingressAnnotations?: { readonly [key: string]: string };
  /**
   * How closely it is watched; docs/alerts.md says by what. Monitors, alerts and dashboards apply with the merge; how the
   * pods log, count and trace, and that they admit Prometheus, is taken by a colour when it is staged.
   */
  readonly monitoring: MonitoringLevel;
  /**
   * Alerts besides those of `monitoring`. Each has a heading in docs/alerts.md, or a `runbookUrl` of its own, and the metrics
   * that it reads are in policy/metrics.ts.
   * @default - none
   */
  readonly alerts?: readonly OwnAlert[];
  /**
   * Host and port of the platform's blackbox exporter, which asks for the public hosts all the time, as users do:
   * `blackbox-exporter.monitoring:19115`. Behind a Gateway nothing else watches what users are answered.
   * @default - nobody asks; behind ingress-nginx the alerts read the controller's metrics
   */
  readonly prober?: string;
  /**
   * Annotations of the ServiceAccount, by which a cloud gives pods an identity.
   * @default - none
   */
  readonly serviceAccountAnnotations?: { readonly [key: string]: string };
  /**
   * How Argo CD applies it.
   * @default - it does not: the environment is on a developer's machine
   */
  readonly argocd?: ArgoCdTarget;
}
