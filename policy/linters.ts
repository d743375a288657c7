import { calledOf } from '../lib/kubernetes/identity';
import type { Finding } from './check';
import { committed } from './dist';
import type { Subject } from './subject';
import { checks } from './table';
import { covers, waivers } from './waivers';

/** Linters that people know. Their defaults run; what they find is judged by the same waivers as the checks of the table. */
export type Linter = 'kube-score' | 'kube-linter';

/** What a linter says about one object. */
export interface LinterFinding extends Finding {
  /** Name of the linter's check. */
  readonly check: string;
}

/** A check of a linter that wants something else than the table on purpose. It is accepted where the table's own check finds nothing. */
interface Disagreement {
  readonly linter: Linter;
  readonly check: string;
  readonly reason: string;
}

export const disagreements: readonly Disagreement[] = [
  {
    linter: 'kube-score',
    check: 'container-image-pull-policy',
    reason:
      'it wants Always; an image with a digest never changes, and IfNotPresent starts pods while the registry is away',
  },
];

/** The row of the table that a check belongs to, or the row of each of its messages. */
type RowsOf = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

/** Every check that is on by default and looks at a kind that is rendered. Sources: `kube-score list` of 1.20.0, docs/generated/checks.md of kube-linter 0.8.3. */
export const rowsOf: { readonly [linter in Linter]: RowsOf } = {
  'kube-score': {
    'container-security-context-user-group-id': 2,
    'container-security-context-privileged': 5,
    'container-security-context-readonlyrootfilesystem': 9,
    'container-image-tag': 19,
    'container-image-pull-policy': 21,
    'container-resources': {
      'CPU request is not set': 23,
      'Memory request is not set': 24,
      'Memory limit is not set': 25,
      'CPU limit is not set': 26,
    },
    'container-ephemeral-storage-request-and-limit': 27,
    'pod-probes': 28,
    'pod-probes-identical': 30,
    'deployment-replicas': 33,
    'deployment-targeted-by-hpa-does-not-have-replicas-configured': 34,
    'horizontalpodautoscaler-has-target': 35,
    'horizontalpodautoscaler-replicas': 35,
    'deployment-strategy': 36,
    'deployment-has-poddisruptionbudget': 37,
    'poddisruptionbudget-has-policy': 37,
    'deployment-has-host-podantiaffinity': 40,
    'pod-topology-spread-constraints': 41,
    'deployment-pod-selector-labels-match-template-metadata-labels': 43,
    'label-values': 44,
    'stable-version': 47,
    'environment-variable-key-duplication': 48,
    'service-targets-pod': 49,
    'service-type': 49,
    'ingress-targets-service': 50,
    'pod-networkpolicy': 52,
    'networkpolicy-targets-pod': 52,
  },
  'kube-linter': {
    'run-as-non-root': 1,
    'privilege-escalation-container': 4,
    'privileged-container': 5,
    'drop-net-raw-capability': 6,
    'no-read-only-root-fs': 9,
    'host-ipc': 11,
    'host-network': 11,
    'host-pid': 11,
    'docker-sock': 12,
    'sensitive-host-mounts': 12,
    'unsafe-sysctls': 14,
    'deprecated-service-account-field': 17,
    'non-existent-service-account': 17,
    'ssh-port': 18,
    'latest-tag': 19,
    'unset-cpu-requirements': 23,
    'unset-memory-requirements': 25,
    'liveness-port': 31,
    'readiness-port': 31,
    'startup-port': 31,
    'invalid-target-ports': 32,
    'pdb-max-unavailable': 38,
    'pdb-min-available': 38,
    'pdb-unhealthy-pod-eviction-policy': 39,
    'no-anti-affinity': 40,
    'mismatching-selector': 43,
    'no-extensions-v1beta': 47,
    'duplicate-env-var': 48,
    'dangling-service': 49,
    'env-var-secret': 55,
    'job-ttl-seconds-after-finished': 58,
  },
};

/** What a linter printed as JSON, as findings. */
export const findingsIn: { readonly [linter in Linter]: (json: string) => LinterFinding[] } = {
  // Grades from 1 to 7 are critical or warnings, 10 is good.
  'kube-score': (json) =>
    (JSON.parse(json) as ScoredObject[]).flatMap(
      ({ type_meta: { kind }, object_meta: { name }, checks: scored }) =>
        scored
          .filter(({ skipped, grade }) => !skipped && grade < 10)
          .flatMap(({ check, comments }) =>
            (comments?.length ? comments : [{ summary: check.comment }]).map(({ summary }) => ({
              object: `${kind}/${name}`,
              check: check.id,
              problem: summary,
            })),
          ),
    ),
  'kube-linter': (json) =>
    ((JSON.parse(json) as { Reports: Report[] | null }).Reports ?? []).map(
      ({ Check, Diagnostic, Object: { K8sObject } }) => ({
        object: `${K8sObject.GroupVersionKind.Kind}/${K8sObject.Name}`,
        check: Check,
        problem: Diagnostic.Message,
      }),
    ),
};

interface ScoredObject {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string };
  readonly checks: readonly {
    readonly check: { readonly id: string; readonly comment: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly summary: string }[] | null;
  }[];
}

interface Report {
  readonly Check: string;
  readonly Diagnostic: { readonly Message: string };
  readonly Object: {
    readonly K8sObject: {
      readonly Name: string;
      readonly GroupVersionKind: { readonly Kind: string };
    };
  };
}

/**
 * The findings of a linter in an environment of dist/ that nobody accepted, one sentence each.
 *
 * @throws Error when no environment has the name
 */
export function lintFaultsOf(
  linter: Linter,
  name: string,
  findings: readonly LinterFinding[],
): string[] {
  const subject = committed.find(({ environment }) => environment.name === name);
  if (!subject) throw new Error(`dist/${name} belongs to no environment of environments/index.ts`);
  return lintFaults(linter, subject, findings);
}

/**
 * The findings of a linter in an environment that nobody accepted, one sentence each. A finding is accepted
 * where the table's check of the same row finds something at the same object and a waiver covers it.
 */
export function lintFaults(
  linter: Linter,
  { environment, objects }: Subject,
  findings: readonly LinterFinding[],
): string[] {
  const { name } = environment;
  return findings.flatMap((finding) => {
    const { object, check, problem } = finding;
    const said = `${name}: ${object}: ${linter} ${check}: ${problem}`;
    if (!objects.some((candidate) => calledOf(candidate) === object))
      return [`${said}; the object is not in dist/${name}/`];
    const known = rowsOf[linter][check];
    const row = typeof known === 'object' ? known[problem] : known;
    if (row === undefined)
      return [
        `${said}; no row of the table is known for it, add it to rowsOf in policy/linters.ts`,
      ];
    const own = (checks.find((candidate) => candidate.row === row)?.check(objects) ?? []).filter(
      (candidate) => candidate.object === object,
    );
    const waived = own.some((candidate) =>
      waivers.some((waiver) => covers(waiver, row, environment, candidate)),
    );
    const disagreed =
      own.length === 0 &&
      disagreements.some((entry) => entry.linter === linter && entry.check === check);
    return waived || disagreed
      ? []
      : [`${said}; mend it, or accept row ${row} with a reason in policy/waivers.ts`];
  });
}
