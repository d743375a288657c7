import { calledOf } from '../../lib/kubernetes/identity';
import { readStep } from '../cluster/live';
import { type Kubectl, KubectlError } from '../cluster/kubectl';
import { podTrouble } from '../deploy/failure';
import { type MissingKind, unknownText } from '../deploy/preflight';
import type { Manifest } from '../../lib/manifests';
import { Rendering } from '../rendering/rendering';
import { askSecret, secretUses } from '../secrets/uses';
import { Cluster, isCustom, limited } from './cluster';
import { absentFindings, driftFindings, refusalFinding } from './drift';
import { endpointFindings } from './endpoints';
import { type Check, entryChecks } from './entries';
import {
  bySeverity,
  deployCommand,
  type Finding,
  type Place,
  withoutCredentialsIn,
} from './finding';
import { podFindings } from './pods';
import { quotaFindings } from './quota';
import { clusterStores, readStores, storeFindings } from './secret-stores';
import { secretFindings } from './secrets';
import { HEALTH_KINDS, unhealthy, workloadFindings } from './workloads';

/** Calls of kubectl that run at the same time. */
const AT_ONCE = 6;

/** Kinds of objects that the cluster does not know. */
export type MissingKinds = (objects: readonly Manifest[]) => Promise<MissingKind[]>;

/**
 * Looks at everything at once. A check that cannot look is a finding of its own, and stops no other.
 *
 * @param missing asks for kinds that an operator brings
 */
export async function examine(
  kubectl: Kubectl,
  rendering: Rendering,
  name: string,
  missing: MissingKinds,
): Promise<Finding[]> {
  const place: Place = { name, context: kubectl.context, namespace: kubectl.namespace };
  const absent = await namespaceFindings(kubectl, place);
  if (absent) return [withoutCredentialsIn(absent)];

  const { faults, unknown } = await unknownKinds(rendering, missing, place);
  const known = new Rendering(rendering.objects.filter((object) => !unknown.has(kindOf(object))));
  const outcomes = await Promise.all(
    checks(new Cluster(limited(kubectl, AT_ONCE), known), known, place).map(([what, look]) =>
      look().then(
        (findings) => ({ findings }),
        (error: Error) => ({ what, error }),
      ),
    ),
  );
  const findings = outcomes.flatMap((outcome) => ('findings' in outcome ? outcome.findings : []));
  const blind = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
  return bySeverity([...faults, ...findings, ...couldNotLook(blind, place)])
    .sort(outageFirst)
    .map(withoutCredentialsIn);
}

/** Nothing is worse than a Service that nobody answers. */
function outageFirst(a: Finding, b: Finding): number {
  const outage = ({ object, found }: Finding) =>
    Number(object.startsWith('Service/') && found.startsWith('no ready endpoint'));
  return outage(b) - outage(a);
}

function checks(cluster: Cluster, rendering: Rendering, place: Place): Check[] {
  const { kubectl } = cluster;
  const now = () => new Date(kubectl.io.clock.now());
  return [
    [
      'endpoints',
      async () => {
        const [live, slices, pods] = await Promise.all([
          cluster.live(),
          cluster.list('endpointslices.discovery.k8s.io'),
          cluster.pods(),
        ]);
        return endpointFindings(rendering, { live, slices, pods }, place);
      },
    ],
    [
      'workloads',
      async () => {
        const [live, pods, events] = await Promise.all([
          cluster.live(),
          cluster.pods(),
          cluster.events().catch(() => []),
        ]);
        const troubled = unhealthy(live)
          .map(({ object }) => object)
          .filter(({ kind }) => kind === 'Deployment' || kind === 'Job');
        const troubles = await Promise.all(
          troubled.map(
            async (object) => [calledOf(object), await podTrouble(kubectl, object)] as const,
          ),
        );
        return workloadFindings(
          { live, pods, events, troubles: new Map(troubles), now: now() },
          place,
        );
      },
    ],
    ...HEALTH_KINDS.filter((kind) =>
      rendering.ofKind(kind).some(({ apiVersion }) => isCustom(apiVersion)),
    ).map((kind): Check => [
      `${kind}s`,
      async () =>
        workloadFindings(
          {
            live: await cluster.liveOf(kind),
            pods: [],
            events: [],
            troubles: new Map(),
            now: now(),
          },
          place,
        ),
    ]),
    [
      'pods',
      async () => podFindings(...(await Promise.all([cluster.live(), cluster.pods()])), place),
    ],
    [
      'secrets',
      async () => {
        const uses = secretUses(rendering, await cluster.pods());
        const answers = await Promise.all(
          uses.map(async (use) =>
            secretFindings(use, await askSecret(kubectl, use.secret), rendering, place),
          ),
        );
        return answers.flat();
      },
    ],
    [
      'secret stores',
      async () => storeFindings(await readStores(kubectl, clusterStores(rendering)), place),
    ],
    ...entryChecks(cluster, rendering, place, now),
    [
      'drift',
      async () => {
        try {
          const { before, after } = await readStep(kubectl, rendering.objects, {
            everything: true,
          });
          return driftFindings(before, after, place);
        } catch (error) {
          const refusal = refusalFinding(error, place);
          const live = await cluster.live().catch(() => rendering.objects);
          return [
            ...(refusal
              ? [refusal]
              : couldNotLook([{ what: 'drift', error: error as Error }], place)),
            ...absentFindings(rendering, live, place),
          ];
        }
      },
    ],
    ['quotas', async () => quotaFindings(await cluster.list('resourcequotas'), place)],
  ];
}

/** The namespace that is not there, or the cluster that does not answer: then nothing else is asked. */
async function namespaceFindings(kubectl: Kubectl, place: Place): Promise<Finding | undefined> {
  const object = `Namespace/${kubectl.namespace}`;
  try {
    const answer = await kubectl.run(
      `cannot read the namespace ${kubectl.namespace}`,
      ['get', 'namespace', kubectl.namespace, '--ignore-not-found', '--output=name'],
      { patient: false },
    );
    if (answer.trim() !== '') return undefined;
    return {
      severity: 'error',
      object,
      found: 'does not exist',
      cause: `${place.name} was never deployed to this cluster, or the context ${kubectl.context} is another one`,
      remedy: deployCommand(place),
    };
  } catch (error) {
    // Who may not see namespaces may still see what is in one.
    if (error instanceof KubectlError && error.reason.code === 'forbidden') return undefined;
    return {
      severity: 'error',
      object,
      found: `could not look: ${(error as Error).message}`,
      cause: 'nothing can be said about a cluster that does not answer',
      remedy: again(place),
    };
  }
}

/** Kinds are asked for one by one, so that the objects of the others can be looked at. */
async function unknownKinds(
  rendering: Rendering,
  missing: MissingKinds,
  place: Place,
): Promise<{ faults: Finding[]; unknown: Set<string> }> {
  const samples = [
    ...new Map(rendering.objects.map((object) => [kindOf(object), object])).values(),
  ];
  const unknown = new Set<string>();
  const faults = await Promise.all(
    samples.map(async (object): Promise<Finding[]> => {
      try {
        const [absent] = await missing([object]);
        if (absent === undefined) return [];
        unknown.add(kindOf(object));
        const { length } = rendering.ofKind(object.kind);
        return [
          {
            severity: 'error',
            object: kindOf(object),
            found: unknownText(absent),
            cause: `its custom resource definition is not installed, so ${length} object${length === 1 ? '' : 's'} cannot be there`,
            remedy: `install ${absent.broughtBy}, then: ${deployCommand(place)}`,
          },
        ];
      } catch (error) {
        return couldNotLook([{ what: `the kind ${object.kind}`, error: error as Error }], place);
      }
    }),
  );
  return { faults: faults.flat(), unknown };
}

/** One finding for each reason: a right that is missing blinds several checks. */
function couldNotLook(
  blind: readonly { readonly what: string; readonly error: Error }[],
  place: Place,
): Finding[] {
  const byReason = new Map<string, string[]>();
  for (const { what, error } of blind)
    byReason.set(error.message, [...(byReason.get(error.message) ?? []), what]);
  return [...byReason].map(([reason, whats]) => ({
    severity: 'error',
    object: whats.join(', '),
    found: `could not look: ${reason}`,
    cause: 'what is not seen may be broken',
    remedy: `mend this, then: ${again(place)}`,
  }));
}

const again = ({ name, context }: Place) => `seda doctor ${name} --context ${context}`;
const kindOf = ({ apiVersion, kind }: Manifest) => `${apiVersion}/${kind}`;
