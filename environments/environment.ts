import type {
  ApiRevision,
  ArgoCdCluster,
  Autoscaling,
  Colour,
  Migration,
  MonitoringLevel,
  OwnAlert,
  PodSettings,
  Resources,
  SedaIngressProps,
  SyncWindow,
} from '../lib';

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

/** The certificate: none, from Let's Encrypt by annotation, or a Certificate that is managed in git; by the name of its ClusterIssuer. */
export type Tls =
  | { readonly kind: 'none' }
  | { readonly kind: 'lets-encrypt'; readonly issuer: string }
  | { readonly kind: 'managed'; readonly issuer: string };

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
 * One environment of seda.fm: what people decide. What runs there, images above all, is in
 * `<name>.release.yaml`.
 */
export interface SedaEnvironment {
  /** Also the name of its folder in `dist/`. */
  readonly name: string;
  /** `NODE_ENV` of the pods: whether libraries run as for a developer. */
  readonly nodeEnv: 'development' | 'production';
  /** Where all of it lives; no other environment's. */
  readonly namespace: string;
  /**
   * Context of the kubeconfig in which it runs.
   * @default - `--context` names it; the current context is never used
   */
  readonly context?: string;
  /**
   * How Argo CD applies it.
   * @default - it does not: the environment is on a developer's machine
   */
  readonly argocd?: ArgoCdTarget;
  /** Host where the API is reached; in development with the port. */
  readonly domain: string;
  /**
   * Further hosts where the API is reached, with the same certificate and paths; they apply with the merge.
   * @default - none
   */
  readonly extraHosts?: readonly string[];
  /** Name of the Deployment; a blue-green pair appends the colour. */
  readonly workload: string;
  /** How a release reaches the pods: one by one, or by a second colour and a switch. */
  readonly rollout: 'rolling' | 'blue-green';
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
  /** How closely it is watched; docs/alerts.md says by what. */
  readonly monitoring: MonitoringLevel;
  /** The certificate of `domain`. */
  readonly tls: Tls;
  /**
   * What leads requests from outside to the Service. A Gateway has neither the rate limit nor the body size of
   * ingress-nginx, for which the Gateway API has no field, and needs a certificate of the kind `managed`, if any.
   * @default - nothing does; the API is reached by a port on the developer's machine
   */
  readonly ingress?: SedaIngressProps['controller'];
  /**
   * Annotations of the Ingress or HTTPRoute; they apply with the merge.
   * @default - those that every environment has
   */
  readonly ingressAnnotations?: { readonly [key: string]: string };
  /**
   * Alerts besides those of `monitoring`; they apply with the merge. Each has a heading in docs/alerts.md, or a
   * `runbookUrl` of its own.
   * @default - none
   */
  readonly alerts?: readonly OwnAlert[];
  /**
   * Variables of the pods besides those that the other fields stand for. In a blue-green environment they reach the
   * next release.
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
   * Where and how the pods run: nodes, tolerations, annotations, volumes, sidecars and the like. In a
   * blue-green environment it reaches the next release.
   * @default - anywhere, with the API's container alone
   */
  readonly pod?: PodSettings;
  /**
   * Annotations of the ServiceAccount, by which a cloud gives pods an identity; they apply with the merge.
   * @default - none
   */
  readonly serviceAccountAnnotations?: { readonly [key: string]: string };
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
   * `{ STRIPE_KEY: 'stripe-key' }`. In a blue-green environment they reach the next release.
   * @default - those of `API.secret` alone
   */
  readonly secretKeys?: { readonly [variable: string]: string };
  /**
   * The environment that must have run an image before this one may. Such an image is named by its
   * digest, so that what was tested there is what runs here.
   * @default - images come straight from the build
   */
  readonly imageFrom?: string;
  /**
   * Another repository that images may come from, e.g. a mirror: `mirror.example.com/seda-fm/seda-api`.
   * @default - the API's own alone, `API.repository`
   */
  readonly imageRepository?: string;
}

/** What an environment without colours runs. */
export interface RollingRelease {
  readonly image: string;
  /**
   * What people call the image.
   * @default - its tag
   */
  readonly version?: string;
  /**
   * What its migration does to the schema.
   * @default 'expand'
   */
  readonly migration?: Migration;
  /**
   * The image before it, which a rollback brings back.
   * @default - nothing was released before
   */
  readonly previous?: string;
  /**
   * What people call the image before it.
   * @default - its tag
   */
  readonly previousVersion?: string;
  /**
   * What the migration of the image before it did to the schema.
   * @default 'expand'
   */
  readonly previousMigration?: Migration;
  /**
   * The previous image is the newer one, and the schema has what its migration added.
   * @default false
   */
  readonly rolledBack?: boolean;
  /**
   * Why the image did not come from the environment that it should have come from.
   * @default - it did
   */
  readonly skippedOrder?: string;
}

/** What one colour holds: all that its pods get, and which release it is. */
export interface ColourRelease extends ApiRevision {
  readonly release: number;
  /**
   * Why the image did not come from the environment that it should have come from.
   * @default - it did
   */
  readonly skippedOrder?: string;
}

/** What a blue-green environment runs: the colour that serves, and all that is in each. */
export interface BlueGreenRelease {
  readonly active: Colour;
  readonly blue: ColourRelease;
  readonly green: ColourRelease;
  /**
   * The newest release whose migration expanded the schema, promoted or not.
   * @default - none is known
   */
  readonly expandedIn?: number;
  /**
   * The newer colour had the traffic and was rolled back.
   * @default false
   */
  readonly rolledBack?: boolean;
}

/** The content of `<name>.release.yaml`. */
export type Release = RollingRelease | BlueGreenRelease;

/** True for the record of a pair of colours. */
export function isBlueGreen(release: Release): release is BlueGreenRelease {
  return 'active' in release;
}
