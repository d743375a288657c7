import type { SedaEnvironment } from '../environments/environment';
import { isOnDeveloperMachine } from '../environments/settings';
import { watches } from '../lib';
import type { Finding } from './check';

/** Tells the environments in which a finding is accepted by what they are, never by their names. */
export type Where = (environment: SedaEnvironment) => boolean;

/** A finding that is accepted, and why. */
export interface Waiver {
  readonly row: number;
  readonly where: Where;
  /** `Kind/name`, or a pattern of it. */
  readonly object: string | RegExp;
  /**
   * The problems that are accepted there.
   * @default - all that the row finds
   */
  readonly problem?: RegExp;
  readonly reason: string;
}

const EVERYWHERE: Where = () => true;
const LOCAL: Where = isOnDeveloperMachine;
/** PostgreSQL or Redis runs in the namespace. */
const BACKED: Where = ({ database, redis }) => database.kind === 'local' || redis?.kind === 'local';
const BLUE_GREEN: Where = ({ rollout }) => rollout === 'blue-green';
const OPEN: Where = ({ ingress }) => ingress !== undefined;
/** A policy of Envoy Gateway limits what clients ask for. */
const LIMITED_BY_ENVOY: Where = ({ ingress }) =>
  ingress?.kind === 'gateway-api' && ingress.implementation === 'envoy-gateway';
/** Images come straight from the build, by a tag until the first release. */
const UNRELEASED: Where = (environment) =>
  environment.imageFrom === undefined && !isOnDeveloperMachine(environment);
/** One pod is enough for who uses it; a release starts the next one before it ends the old one. */
const SINGLE: Where = ({ rollout, replicas }) => rollout === 'rolling' && replicas === 1;
/** Nothing leads in from outside, and Prometheus does not look. */
const CLOSED: Where = ({ ingress, monitoring }) =>
  ingress === undefined && !watches(monitoring, 'basic');

const WORKLOAD = /^(Deployment|Job)\//;
const API_WORKLOAD = /^(Deployment\/seda-api|Job\/seda-api-migrate)-/;
const BACKING_SERVICE = /^Deployment\/(db|redis)$/;
const JOB = /^Job\/seda-api-(migrate|gate)-/;

const conflicts: readonly Waiver[] = [
  {
    row: 26,
    where: EVERYWHERE,
    object: WORKLOAD,
    reason:
      "a CPU limit throttles Node's event loop and collector in the middle of requests; the request keeps each pod's share",
  },
  {
    row: 42,
    where: EVERYWHERE,
    object: WORKLOAD,
    reason: 'priority classes belong to the platform; the API takes the name of one as an input',
  },
  {
    row: 54,
    where: EVERYWHERE,
    object: API_WORKLOAD,
    problem: /from a Secret into its environment$/,
    reason:
      'NestJS and Prisma read their environment; each variable names one key, and no Secret is taken as a whole',
  },
  {
    row: 58,
    where: EVERYWHERE,
    object: JOB,
    reason:
      'a Job that deletes itself is drift for Argo CD, which would make it run again; its name changes with its content instead',
  },
  {
    row: 68,
    where: OPEN,
    object: /^(Ingress\/seda-api-ingress(-blocked)?|HTTPRoute\/seda-api-ingress(-redirect)?)$/,
    reason: 'the API is public',
  },
  {
    row: 47,
    where: LIMITED_BY_ENVOY,
    object: 'BackendTrafficPolicy/seda-api-ingress',
    reason:
      'Envoy Gateway serves its policies in no other version, and the Gateway API has no limits',
  },
];

const network: readonly Waiver[] = [
  {
    row: 52,
    where: EVERYWHERE,
    object: JOB,
    problem: /^may be called by nobody$/,
    reason: 'a migration and a gate serve nobody',
  },
  {
    row: 52,
    where: CLOSED,
    object: /^Deployment\/seda-api-/,
    problem: /^may be called by nobody$/,
    reason: 'developers come through kubectl port-forward, which is no traffic between pods',
  },
  {
    row: 52,
    where: BACKED,
    object: BACKING_SERVICE,
    problem: /^may call nobody$/,
    reason: 'PostgreSQL and Redis answer and never ask',
  },
  {
    row: 52,
    where: OPEN,
    object: 'NetworkPolicy/seda-api-ingress-acme-solver',
    problem: /^selects no pods$/,
    reason: 'cert-manager makes the solver while it asks for a certificate',
  },
];

const releases: readonly Waiver[] = [
  {
    row: 57,
    where: EVERYWHERE,
    object: /^(Deployment|Job)\/seda-api-/,
    problem: /^reads Secret (?!seda-secrets)\S+, which does not exist$/,
    reason: 'the settings of the pods name a Secret that the platform made, by contract not in git',
  },
  {
    row: 52,
    where: EVERYWHERE,
    object: 'NetworkPolicy/seda-api-migrate',
    problem: /^selects no pods$/,
    reason: 'the last release had no migration, and the next one must find the policy there',
  },
  {
    row: 33,
    where: SINGLE,
    object: /^Deployment\/seda-api-/,
    problem: /^has replicas: 1$/,
    reason:
      'the file of the environment decides for one pod; production cannot, by a rule of its own',
  },
  {
    row: 20,
    where: UNRELEASED,
    object: API_WORKLOAD,
    reason: 'the branch that CI builds stands there until the first release names a digest',
  },
  {
    row: 33,
    where: BLUE_GREEN,
    object: /^Deployment\/seda-api-(blue|green)$/,
    problem: /^has replicas: 0$/,
    reason:
      'the colour that serves nobody may have no pods; that the other one has is a rule of its own',
  },
];

const backing: readonly Waiver[] = [
  {
    row: 2,
    where: BACKED,
    object: 'Deployment/db',
    reason: 'initdb refuses a user that the image does not know; PostgreSQL is number 70 there',
  },
  {
    row: 20,
    where: LOCAL,
    object: API_WORKLOAD,
    reason: "the API's image is built on the developer's machine",
  },
  {
    row: 20,
    where: BACKED,
    object: BACKING_SERVICE,
    reason: 'they follow the security fixes of their tag',
  },
  {
    row: 21,
    where: LOCAL,
    object: API_WORKLOAD,
    reason: 'no registry has the image that a developer built, so it must not be pulled',
  },
  {
    row: 21,
    where: BACKED,
    object: BACKING_SERVICE,
    reason: 'any build of the tag serves, and a registry that is away must not stop them',
  },
  {
    row: 33,
    where: BACKED,
    object: BACKING_SERVICE,
    problem: /^has replicas: 1$/,
    reason: 'one developer or one reviewer, one pod of each',
  },
  {
    row: 36,
    where: BACKED,
    object: BACKING_SERVICE,
    reason: 'two servers on one data folder would corrupt it, so the old one goes first',
  },
  {
    row: 55,
    where: BACKED,
    object: 'Deployment/db',
    problem: /^container db has the value of POSTGRES_PASSWORD$/,
    reason:
      'a well-known password that opens nothing but this database, which the pods of its namespace alone can reach; a test keeps it out of every other environment',
  },
  {
    row: 61,
    where: BACKED,
    object: BACKING_SERVICE,
    reason: 'they look up no names',
  },
];

export const waivers: readonly Waiver[] = [...conflicts, ...network, ...releases, ...backing];

/** True when a waiver is about this finding of a row in an environment. */
export function covers(
  waiver: Waiver,
  row: number,
  environment: SedaEnvironment,
  { object, problem }: Finding,
): boolean {
  return (
    waiver.row === row &&
    waiver.where(environment) &&
    (typeof waiver.object === 'string' ? waiver.object === object : waiver.object.test(object)) &&
    (waiver.problem?.test(problem) ?? true)
  );
}
