import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';

/** The reusable workflow of this repository, as the API's workflow calls it: ours, so by its branch. */
export const RELEASE = 'seda-fm/manifests/.github/workflows/release.yml@main';

/** What GitHub Actions reads of a step, as far as the rules look at it. */
export interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A job; one that calls a workflow has `uses` and no steps. */
export interface Job {
  readonly name?: string;
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly 'runs-on'?: string;
  readonly 'timeout-minutes'?: number;
  readonly environment?: string;
  readonly concurrency?: unknown;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly services?: Readonly<
    Record<string, { readonly image: string; readonly ports?: readonly string[] }>
  >;
  readonly env?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly secrets?: unknown;
}

const ROOT = path.join(__dirname, '..');

/** The workflows of this repository, and those that the API's takes over. */
export const WORKFLOWS = ['.github/workflows', 'app/.github/workflows'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder)).map((name) => `${folder}/${name}`),
);

/** A workflow, with the text it was read from. */
export interface Workflow {
  readonly text: string;
  readonly on: Readonly<
    Record<
      string,
      {
        readonly inputs?: Readonly<Record<string, { readonly options?: readonly string[] }>>;
      } | null
    >
  >;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly defaults?: { readonly run?: { readonly shell?: string } };
  readonly jobs: Readonly<Record<string, Job>>;
}

export function workflow(text: string): Workflow {
  return { ...(parse(text) as Omit<Workflow, 'text'>), text };
}

/** Writes that a job may have, by its name; every other job reads. */
const MAY_WRITE: Readonly<Record<string, readonly string[]>> = {
  comment: ['pull-requests'],
  image: ['packages', 'id-token', 'attestations', 'artifact-metadata'],
};

/** `action version SHA` of every row of the table in docs/actions.md. */
export function pinsIn(markdown: string): ReadonlySet<string> {
  const rows = markdown.matchAll(
    /^\| `([^`]+)` \| (v\d+\.\d+\.\d+) \| `([0-9a-f]{40})` \| [^|]+ \| [^|]*\(https:[^|]*, [^|]*\(https:[^|]* \|$/gm,
  );
  return new Set([...rows].map(([, action, version, sha]) => `${action} ${version} ${sha}`));
}

interface Rule {
  readonly name: string;
  readonly faults: (workflow: Workflow, pins: ReadonlySet<string>) => string[];
}

/** A rule about each job, whose faults begin with its name. */
function ofJobs(
  name: string,
  faults: (job: Job, id: string, workflow: Workflow) => readonly (string | false)[],
): Rule {
  return {
    name,
    faults: (all) =>
      Object.entries(all.jobs).flatMap(([id, job]) =>
        faults(job, id, all).flatMap((fault) => (fault === false ? [] : [`${id}: ${fault}`])),
      ),
  };
}

/** A rule about each step of each job. */
function ofSteps(name: string, faults: (step: Step) => readonly (string | false)[]): Rule {
  return ofJobs(name, ({ steps = [] }) =>
    steps.flatMap((step, index) =>
      faults(step).flatMap((fault) => (fault === false ? [] : [`step ${index + 1}: ${fault}`])),
    ),
  );
}

const uses = (step: Step, action: string): boolean => step.uses?.startsWith(`${action}@`) ?? false;

export const rules: readonly Rule[] = [
  {
    name: 'actions are pinned by a SHA whose version and sources are in docs/actions.md',
    faults: ({ text }, pins) =>
      [...text.matchAll(/^ *(?:- )?uses: *(.*)$/gm)].flatMap(([, used]) => {
        if (used === RELEASE) return [];
        const [, action, sha, version] =
          /^(\S+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$/.exec(used!) ?? [];
        if (action === undefined) return [`${used} is not of the form ACTION@SHA # vX.Y.Z`];
        return pins.has(`${action} ${version} ${sha}`)
          ? []
          : [`${used} is not in docs/actions.md with two sources`];
      }),
  },
  {
    name: 'nothing is permitted at the top',
    faults: ({ permissions }) =>
      JSON.stringify(permissions) === '{}' ? [] : ['permissions at the top are not {}'],
  },
  ofJobs('each job has the least permissions', ({ permissions }, id) => {
    if (permissions === undefined || typeof permissions === 'string')
      return ['has no list of permissions of its own'];
    return Object.entries(permissions).map(
      ([scope, access]) =>
        access !== 'read' && !MAY_WRITE[id]?.includes(scope) && `may ${access} ${scope}`,
    );
  }),
  {
    name: 'shell lines fail in the middle of a pipe',
    faults: ({ defaults }) =>
      defaults?.run?.shell === 'bash' ? [] : ['the default shell is not bash, so pipefail is off'],
  },
  ofJobs('each job ends in time', (job) => {
    const minutes = job['timeout-minutes'];
    return [
      job.steps !== undefined &&
        !(minutes !== undefined && minutes <= 30) &&
        'has no timeout-minutes up to 30',
    ];
  }),
  ofJobs('two runs never do the same at once', (job, _, all) => [
    job.steps !== undefined &&
      (job.concurrency ?? all.concurrency) === undefined &&
      'is in no concurrency group',
  ]),
  ofJobs('runners have a version', (job) => [
    job.steps !== undefined &&
      !/^ubuntu-\d\d\.04$/.test(job['runs-on'] ?? '') &&
      `runs on ${job['runs-on']}`,
  ]),
  ofSteps('a checkout leaves no credential on the disk', (step) => [
    uses(step, 'actions/checkout') &&
      step.with?.['persist-credentials'] !== false &&
      'keeps the credentials',
  ]),
  ofSteps('Node has a version that YAML does not read as a number, and no cache', (step) => [
    uses(step, 'actions/setup-node') &&
      typeof step.with?.['node-version'] !== 'string' &&
      'node-version is not in quotes',
    uses(step, 'actions/setup-node') &&
      step.with?.['package-manager-cache'] !== false &&
      'may take packages from a cache that a pull request wrote',
  ]),
  ofSteps('what people write reaches a shell through its environment alone', ({ run }) => [
    run?.includes('${{') === true && 'has an expression in its shell lines',
  ]),
  {
    name: 'no event gives the code of a fork a token that writes',
    faults: ({ on }) =>
      Object.keys(on)
        .filter(
          (event) =>
            !['pull_request', 'push', 'workflow_call', 'workflow_dispatch'].includes(event),
        )
        .map((event) => `starts on ${event}`),
  },
  ofJobs('secrets are those of an environment', (job) => [
    job.secrets !== undefined && job.uses !== RELEASE && `hands its secrets to ${job.uses}`,
    job.environment === undefined &&
      JSON.stringify(job).includes('secrets.') &&
      'uses a secret and names no environment',
  ]),
  {
    name: 'nothing reaches a cluster',
    faults: ({ text }) =>
      [...text.matchAll(/^(?! *#).*\b(kubectl|kubeconfig|helm|argocd|seda deploy)\b.*$/gim)].map(
        ([line]) => `${line.trim()} needs a cluster`,
      ),
  },
];
