import { Construct } from 'constructs';
import { ApiDeployment } from './api-deployment';
import type { IpFamily } from './address-range';
import { apiService } from './api-service';
import { BlueGreenPair, BlueGreenState } from './blue-green-pair';
import { setOwner } from './bundle';
import { fault } from './checks';
import { ExternalSecrets, type SecretRead, SecretStore } from './external-secrets';
import { k8s } from './k8s';
import { type Colour, COLOURS, Labels, recommendedLabels } from './labels';
import { MigrationJob, MigrationProps } from './migration-job';
import { ApiNetwork, DATABASE, type DnsPeer, Egress } from './network';
import { familyFaults } from './network-checks';
import {
  DEFAULT_PORT,
  podFaults,
  PodProps,
  secretEnv,
  secretFaults,
  type SecretReference,
} from './pod-props';
import { annotationFaults } from './pod-settings-checks';
import { BLUE_GREEN_PAIR_PROPS, SEDA_API_PROPS } from './prop-shapes';
import { checkProps, pick } from './shape';
import { ApiRevision } from './revision';
import type { SharedTraffic } from './traffic';
import { addWaves, setWave } from './wave';

/** One Deployment that replaces its pods one by one. */
export interface RollingWorkload {
  /** Tells this workload from a pair. */
  readonly strategy: 'rolling';
  /** What the pods run. */
  readonly revision: ApiRevision;
}

/** Two Deployments and a switch between them. */
export interface BlueGreenWorkload extends BlueGreenState {
  /** Tells this workload from a single Deployment. */
  readonly strategy: 'blue-green';
}

/** What a `SedaApi` needs: the pods, what they run, and whom they talk to. */
export interface SedaApiProps extends Omit<PodProps, 'serviceAccountName'> {
  /** One Deployment, or a blue-green pair. */
  readonly workload: RollingWorkload | BlueGreenWorkload;
  /**
   * Lets the External Secrets Operator make the Secret.
   * @default - the Secret exists already
   */
  readonly secretStore?: SecretStore;
  /**
   * Namespaces whose pods may call the API: the ingress controller's and Prometheus'.
   * @default - nobody, not even the ingress controller
   */
  readonly clientNamespaces?: readonly string[];
  /**
   * Pods of the same namespace that may call the API, by their labels, for example `[{ app: 'shop-cart' }]`.
   * @default - none
   */
  readonly clientPods?: readonly Labels[];
  /**
   * Name servers that the pods may ask. With NodeLocal DNS, `[KUBE_DNS, { cidr: '169.254.20.10/32' }]`.
   * @default [KUBE_DNS]
   */
  readonly dnsPeers?: readonly DnsPeer[];
  /**
   * Address families of the Services, and of the addresses outside the cluster that pods may call. With two
   * families a Service has an address of each, which a cluster with one refuses. The first family of a Service
   * that exists can never change.
   * @default - Services have the cluster's default; addresses outside are of IPv4
   */
  readonly ipFamilies?: readonly IpFamily[];
  /**
   * Close the namespace: what has no NetworkPolicy of its own may neither open nor accept a connection. With
   * false, other workloads of the namespace are left as they are; the API's own policies stay.
   * @default true
   */
  readonly defaultDeny?: boolean;
  /**
   * Annotations of the ServiceAccount, by which clouds give pods an identity: `eks.amazonaws.com/role-arn`,
   * `iam.gke.io/gcp-service-account`. Those that the cloud reads while pods run take effect at once. Pods that
   * ask a metadata service for it (GKE) need an `egress` with its address, `169.254.169.254/32`.
   * @default - none
   */
  readonly serviceAccountAnnotations?: { readonly [key: string]: string };
  /**
   * What the API may call, besides DNS.
   * @default - nothing
   */
  readonly egress?: readonly Egress[];
  /**
   * Brings the database schema up to the release before the pods need it. It may call the `egress`
   * named `database` alone, which must be there.
   * @default - no migration Job
   */
  readonly migration?: MigrationProps;
  /**
   * Keep all but one pod during node drains.
   * @default true
   */
  readonly disruptionBudget?: boolean;
  /**
   * Refuse an image without a digest.
   * @default false
   */
  readonly requireDigest?: boolean;
}

/**
 * The whole workload of an HTTP API: identity, network policies, configuration, secret references,
 * pods, migration and Services.
 *
 * It closes its namespace, unless `defaultDeny` is false: from then on no pod there, also none of somebody
 * else, may open or accept a connection that a NetworkPolicy does not allow.
 *
 * Faults of the props are reported by cdk8s when the app is synthesized, all of them at once.
 */
export class SedaApi extends Construct {
  /** The Service that clients use: `<name>`, port 80, named `http`. */
  public readonly service: k8s.KubeService;

  /** The Service that Prometheus scrapes: every pod of every colour, once. */
  public readonly metricsService: k8s.KubeService;

  /** The Deployment, or the blue and the green one; `deployments[0].deployment` can be patched. */
  public readonly deployments: readonly ApiDeployment[];

  /**
   * How requests are shared between the colours of a pair, for a controller that can.
   * @default - the workload has no colours
   */
  public readonly traffic?: SharedTraffic;

  /** Identity of the pods, the migration and the gate. */
  public readonly serviceAccount: k8s.KubeServiceAccount;

  constructor(scope: Construct, id: string, props: SedaApiProps) {
    super(scope, id);
    checkProps(this, SEDA_API_PROPS, props);
    const { name, workload } = props;
    const labels = recommendedLabels({ name, instance: name, component: 'api' });
    const pod = { ...props, serviceAccountName: name };

    this.node.addValidation({
      validate: () => [
        ...(props.migration ? migrationFaults(props.migration, props.egress) : []),
        ...annotationFaults('serviceAccountAnnotations', props.serviceAccountAnnotations),
      ],
    });
    const annotations = { ...props.serviceAccountAnnotations };
    this.serviceAccount = new k8s.KubeServiceAccount(this, 'identity', {
      metadata: { name, labels, annotations },
      automountServiceAccountToken: false,
    });
    this.network(props);
    const { service, deployments, traffic } =
      workload.strategy === 'rolling'
        ? this.rolling(pod, workload, labels)
        : this.pair(pod, workload);
    this.service = service;
    this.deployments = deployments;
    if (traffic !== undefined) this.traffic = traffic;
    this.metricsService = apiService(this, 'metrics', {
      name: `${name}-metrics`,
      labels: recommendedLabels({ name, instance: `${name}-metrics`, component: 'metrics' }),
      selector: { app: name },
      port: props.port ?? DEFAULT_PORT,
      headless: true,
      ipFamilies: props.ipFamilies,
    });
    // A colour without pods reads nothing: what it alone had is gone with it.
    this.secrets(props, deployments.map(({ revision }) => revision).filter(hasPods));
    // A colour that is staged needs its migration before it is promoted, and keeps it afterwards.
    for (const { node, revision, configMapName } of deployments) {
      if (!hasPods(revision) || !migrates(props, revision)) continue;
      const { expandedIn } = workload.strategy === 'blue-green' ? workload : {};
      const migration = new MigrationJob(this, `migration-${node.id}`, {
        ...pod,
        ...props.migration,
        revision,
        configMapName,
        expandedIn,
        ...(workload.strategy === 'rolling' ? {} : { colour: node.id as Colour }),
      });
      if (workload.strategy === 'blue-green') setOwner(migration, node.id as Colour);
    }
    addWaves(this);
  }

  private secrets(
    { name, secret, secretStore: store, migration }: SedaApiProps,
    revisions: readonly ApiRevision[],
  ): void {
    if (!store) return;
    const own = migration?.secret;
    const shared = own !== undefined && own.name === secret?.name;
    const reads = (env: (revision: ApiRevision) => SecretReference['env']): SecretRead[] =>
      revisions.map((revision) => ({
        version: revision.secretVersion,
        keys: Object.values(env(revision)),
      }));
    if (secret)
      new ExternalSecrets(this, 'secrets', {
        name,
        secret: secret.name,
        store,
        reads: [
          ...reads((revision) => secretEnv(secret, revision)),
          ...(shared ? reads(() => own.env) : []),
        ],
      });
    if (own && !shared)
      new ExternalSecrets(this, 'migration-secrets', {
        name,
        secret: own.name,
        store,
        reads: reads(() => own.env),
      });
  }

  /** A colour has policies of its own, so that an edit of what its pods may reach waits for the next stage. */
  private network(props: SedaApiProps): void {
    const { name, port = DEFAULT_PORT, workload } = props;
    const { clientNamespaces, clientPods, dnsPeers, ipFamilies, defaultDeny, egress } = props;
    new ApiNetwork(this, 'network', {
      name,
      port,
      clientNamespaces,
      clientPods,
      dnsPeers,
      ipFamilies,
      defaultDeny,
      egress,
      pods:
        workload.strategy === 'rolling'
          ? // Also while a release has no migration: the next one must find the policy there.
            [{ migrates: props.migration !== undefined }]
          : COLOURS.filter((colour) => hasPods(workload[colour])).map((colour) => ({
              colour,
              gate: true,
              migrates: migrates(props, workload[colour]),
            })),
    });
  }

  private rolling(pod: PodProps & SedaApiProps, workload: RollingWorkload, labels: Labels) {
    this.node.addValidation({
      validate: () => [...podFaults(pod), ...familyFaults(pod.ipFamilies)],
    });
    const selector = { app: pod.name };
    const deployment = new ApiDeployment(this, 'rolling', {
      ...pod,
      deploymentName: pod.deploymentName ?? pod.name,
      selector,
      revision: workload.revision,
    });
    const service = apiService(this, 'service', {
      name: pod.name,
      labels,
      selector,
      ipFamilies: pod.ipFamilies,
    });
    setWave(service, 'switch');
    return { service, deployments: [deployment], traffic: undefined };
  }

  private pair(pod: PodProps & SedaApiProps, workload: BlueGreenWorkload) {
    const props = pick(BLUE_GREEN_PAIR_PROPS, { ...pod, ...workload });
    const pair = new BlueGreenPair(this, 'pair', props);
    const { activeService: service, colours, traffic } = pair;
    return { service, deployments: [colours.blue, colours.green], traffic };
  }
}

function hasPods({ replicas }: ApiRevision): boolean {
  return replicas > 0;
}

function migrates({ migration }: SedaApiProps, revision: ApiRevision): boolean {
  return migration !== undefined && revision.migration !== 'none';
}

function migrationFaults({ secret }: MigrationProps, egress: readonly Egress[] = []): string[] {
  const names = egress.map(({ name }) => name);
  return [
    ...(secret ? secretFaults('migration.secret', secret) : []),
    ...(names.includes(DATABASE)
      ? []
      : [
          fault(
            'egress',
            'has no database for the migration',
            names,
            `an entry named ${DATABASE}`,
            'add where the database is, with its port',
          ),
        ]),
  ];
}
