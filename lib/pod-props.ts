import {
  checkContainerPort,
  checkName,
  checkPath,
  checkUnique,
  checkWholeNumber,
  fault,
} from './checks';
import { credentialIn } from './credentials';
import { readinessFaults, type ReadinessProbe } from './readiness-probe';
import type { ApiRevision } from './revision';

/** Where the API answers probes. */
export interface HealthPaths {
  /** Answers 200 when the pod can serve; may look at the database. The gate of a blue-green pair asks every pod here. */
  readonly readiness: string;
  /**
   * What the body of the readiness path must say is up before a colour gets traffic: `checks.<name>: true` or, as
   * `@nestjs/terminus` writes it, `details.<name>.status: "up"`.
   * @default - nothing: the status 200 is enough
   */
  readonly checks?: readonly string[];
  /**
   * Answers 200 while the process works; must not look at the database, or an outage there restarts
   * every pod at once. Serves the startup probe as well.
   * @default - a TCP connection to the port
   */
  readonly liveness?: string;
  /**
   * How often the readiness path is asked, and how many failures take a pod out of its Services.
   * @default - every 5 s, 4 s for an answer, six failures
   */
  readonly readinessProbe?: ReadinessProbe;
}

/**
 * What the pods of an API have in common, whichever revision they run: facts of its code. Where and how
 * pods run is the `pod` of each revision.
 */
export interface PodProps {
  /** Name of the application: container, `app` label, prefix of all objects. At most 39 characters, the first a letter. */
  readonly name: string;
  /**
   * Name of the Deployment, at most 39 characters; a blue-green pair appends the colour.
   * @default - `name`
   */
  readonly deploymentName?: string;
  /**
   * Port on which the container serves HTTP; also the value of `PORT`.
   * @default 3001
   */
  readonly port?: number;
  /** Paths of the probes. */
  readonly health: HealthPaths;
  /**
   * The Secret that the pods read, by reference: its name and, for each environment variable, its key.
   * @default - no secrets
   */
  readonly secret?: SecretReference;
  /** ServiceAccount of the pods; it gets no token. */
  readonly serviceAccountName: string;
  /**
   * Seconds a pod goes on serving after it left the endpoints, so that every proxy has noticed.
   * 15 covers in-cluster proxies; 40 is right for a cloud load balancer that talks to pods directly.
   * @default 15
   */
  readonly preStopSeconds?: number;
  /**
   * Seconds for which the API itself serves on after SIGTERM, with `Connection: close`, before it closes. Proxies and clients
   * keep connections to the old pods across a switch; what closes under a request that is on its way loses it. The API must do
   * it (docs/development.md says how); here the time for it is reserved.
   * @default 10 - of 70,295 requests on new and kept connections none failed with it, in 5 switches on a real node
   */
  readonly drainSeconds?: number;
  /**
   * Seconds that the longest request takes which must not be cut off.
   * @default 30
   */
  readonly longestRequestSeconds?: number;
  /**
   * Seconds from the start of preStop to SIGKILL.
   * @default - preStop, drain and the longest request, and 5 more: 60
   */
  readonly terminationGracePeriodSeconds?: number;
}

/** Seconds for what ends a process after its last answer. */
const MARGIN_SECONDS = 5;

/** The seconds that a pod's end consists of. */
function ending(props: PodProps) {
  const {
    preStopSeconds: preStop = 15,
    drainSeconds: drain = 10,
    longestRequestSeconds: longestRequest = 30,
  } = props;
  return { preStop, drain, longestRequest, sum: preStop + drain + longestRequest };
}

/** Seconds from the start of preStop to SIGKILL. */
export function graceSeconds(props: PodProps): number {
  return props.terminationGracePeriodSeconds ?? ending(props).sum + MARGIN_SECONDS;
}

/** A Secret by name and keys. There is no place for a value. */
export interface SecretReference {
  /** e.g. `shop-secrets` */
  readonly name: string;
  /** Key of the Secret for each environment variable, e.g. `{ DATABASE_URL: 'database-url' }`. */
  readonly env: { readonly [variable: string]: string };
}

/** Port of the seda.fm API, whose constructs these are. */
export const DEFAULT_PORT = 3001;

/** 63 less `-green-config-` and a hash of ten, the longest that is appended. */
const MAX_NAME = 39;

/** The name of the Secret in a version. */
export function secretName(name: string, version?: number): string {
  return version === undefined ? name : `${name}-v${version}`;
}

/** The faults of what all revisions share. */
export function podFaults(props: PodProps): string[] {
  const { preStop, drain, longestRequest, sum } = ending(props);
  const grace = graceSeconds(props);
  const faults = [
    ...checkName('name', props.name, MAX_NAME),
    ...(/^\d/.test(props.name)
      ? [
          fault(
            'name',
            'begins with a digit',
            props.name,
            'a letter first, because Services are named after it',
            'choose such a name',
          ),
        ]
      : []),
    ...(props.serviceAccountName === props.name
      ? []
      : checkName('serviceAccountName', props.serviceAccountName)),
    ...(props.deploymentName === undefined
      ? []
      : checkName('deploymentName', props.deploymentName, MAX_NAME)),
    ...checkContainerPort('port', props.port ?? DEFAULT_PORT),
    ...checkPath('health.readiness', props.health.readiness),
    ...checkUnique('health.checks', props.health.checks ?? []),
    ...(props.health.checks ?? []).flatMap((check) =>
      /^\w+$/.test(check)
        ? []
        : [
            fault(
              'health.checks',
              'is not a name in a body',
              check,
              'letters, digits and "_"',
              'name it as the readiness path does',
            ),
          ],
    ),
    ...(props.health.liveness === undefined
      ? []
      : checkPath('health.liveness', props.health.liveness)),
    ...readinessFaults('health.readinessProbe', props.health.readinessProbe),
    ...checkWholeNumber('preStopSeconds', preStop, 1, 300),
    ...checkWholeNumber('drainSeconds', drain, 0, 300),
    ...checkWholeNumber('longestRequestSeconds', longestRequest, 1, 2700),
    ...(props.terminationGracePeriodSeconds === undefined
      ? []
      : checkWholeNumber('terminationGracePeriodSeconds', grace, 1, 3600)),
    ...(props.secret === undefined ? [] : secretFaults('secret', props.secret)),
  ];
  if (props.health.liveness === props.health.readiness) {
    faults.push(
      fault(
        'health.liveness',
        'is the readiness path',
        props.health.liveness,
        'a path that looks at nothing but the process',
        'leave it out for a TCP probe',
      ),
    );
  }
  if (grace < sum) {
    faults.push(
      fault(
        'terminationGracePeriodSeconds',
        'is over before the last request may be',
        grace,
        `at least ${sum}: preStopSeconds ${preStop}, drainSeconds ${drain} and longestRequestSeconds ${longestRequest}`,
        'leave it out, or shorten one of them',
      ),
    );
  }
  return faults;
}

/** Variables that every container has from elsewhere. */
const RESERVED: readonly string[] = ['PORT', 'NODE_OPTIONS'];

/** The variables that pods take from the Secret, and the keys of their values. */
export function secretEnv(
  secret: SecretReference | undefined,
  { secretKeys }: Pick<ApiRevision, 'secretKeys'>,
): SecretReference['env'] {
  return secret === undefined ? {} : { ...secret.env, ...secretKeys };
}

/** The faults of a reference to a Secret, which may name keys and no value. */
export function secretFaults(at: string, secret: SecretReference): string[] {
  return [...checkName(`${at}.name`, secret.name, 57), ...secretKeyFaults(`${at}.env`, secret.env)];
}

/** The faults of variables and the keys of a Secret that their values are kept under. */
export function secretKeyFaults(at: string, keys: SecretReference['env']): string[] {
  return Object.entries(keys).flatMap(([variable, key]) => [
    ...(/^[A-Z_][A-Z0-9_]*$/.test(variable)
      ? []
      : [
          fault(
            `${at}`,
            'is not an environment variable',
            variable,
            'upper-case letters, digits and "_"',
            'rename it',
          ),
        ]),
    ...(RESERVED.includes(variable)
      ? [fault(`${at}`, 'is set already', variable, 'another variable', 'rename it')]
      : []),
    // What is here by mistake may be the value, which must not reach a log.
    ...(/^[-._a-zA-Z0-9]{1,253}$/.test(key) && credentialIn(key) === undefined
      ? []
      : [
          `${at}.${variable} is not a key of a Secret, expected letters, digits, "-", "_" and "."; name the key, not its value`,
        ]),
  ]);
}
