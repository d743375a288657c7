import type { Manifest } from '../../lib/manifests';
import {
  certificatesOf,
  type Entrance,
  entrancesOf,
  type Request,
  requestOf,
  requestsOf,
  requestText,
  taking,
} from './entrances';
import { inWords } from './needs';
import { endOf, isOpen, reaches } from './network';
import { namespaceOf, selects } from './objects';
import { contentOf, labelsOf, listensOn } from './pods';
import { endpoints } from './services';
import { ofKind, type Pods, type State } from './state';

/** Kinds of harm. */
export type Harm =
  /** A host leads to nobody, to too few, or to pods that do not answer. */
  | 'not answered'
  | 'below the floor'
  | 'answered by what does not answer'
  /** Pods that serve are cut off. */
  | 'cannot reach'
  | 'reads what is gone'
  | 'reads what changed'
  | 'public URL leads elsewhere'
  | 'not watched'
  | 'not renewed'
  /** A step cannot be carried out. */
  | 'error of the API server'
  | 'stuck';

/** Harm at one moment: what happens, and to whom. */
export interface Damage {
  readonly harm: Harm;
  readonly whom: string;
  readonly what: string;
}

/** Pods that answer a request, or why fewer than the floor do. */
interface Answer {
  readonly request: Request;
  readonly pods: readonly Pods[];
  readonly damage: readonly Damage[];
}

/** All harm of a moment. The floors are the sizes that Deployments must not fall below, whoever serves. */
export function inspect(state: State, floors: ReadonlyMap<string, number>): Damage[] {
  const entrances = entrancesOf(state);
  const answers = [...state.requests].map((text) =>
    answer(state, entrances, requestOf(text), floors),
  );
  const serving = new Set(answers.flatMap(({ pods }) => pods));
  return [
    ...answers.flatMap(({ damage }) => damage),
    ...[...serving].flatMap((pods) => [
      ...cutOff(state, pods),
      ...readsOf(state, pods),
      ...publicUrl(pods, answers),
    ]),
  ];
}

/** What is only asked when a step is over: Prometheus may miss a pod for a moment. */
export function inspectAfterwards(state: State): Damage[] {
  const entrances = entrancesOf(state);
  const serving = new Set(
    [...state.requests].flatMap((text) => answer(state, entrances, requestOf(text)).pods),
  );
  return [
    ...[...serving].flatMap((pods) => unwatched(state, pods)),
    ...certificatesOf(state)
      .filter(({ text, isRenewed }) => state.certificates.has(text) && !isRenewed)
      .map(({ text, host }): Damage => ({ harm: 'not renewed', whom: host, what: text })),
  ];
}

/** Requests that are answered by enough pods; from now on they are to be. */
export function answered(state: State): string[] {
  const entrances = entrancesOf(state);
  return requestsOf(entrances).filter((text) => {
    const { damage, pods } = answer(state, entrances, requestOf(text));
    return damage.length === 0 && pods.length > 0;
  });
}

function answer(
  state: State,
  entrances: readonly Entrance[],
  request: Request,
  floors: ReadonlyMap<string, number> = new Map(),
): Answer {
  const whom = requestText(request);
  const none = (what: string): Answer => ({
    request,
    pods: [],
    damage: [{ harm: 'not answered', whom, what }],
  });
  const entrance = taking(entrances, request);
  if (entrance === undefined) return none('no rule takes it');
  if (entrance.backends.length === 0) return none('it is refused');
  const serving: Pods[] = [];
  const damage: Damage[] = [];
  for (const { service, port } of entrance.backends) {
    const found = endpoints(state, entrance.namespace, service, port);
    if ('problem' in found) return none(found.problem);
    const ready = found.behind.filter(({ pods }) => pods.ready > 0);
    let count = 0;
    for (const { pods, port: target } of ready) {
      const fault = !listensOn(pods.template, pods.started?.env ?? {}).includes(target)
        ? `nothing listens on port ${target}`
        : !isOpen(state, { namespace: entrance.from, labels: {} }, endOf(pods), target)
          ? `no policy admits ${entrance.from} to port ${target}`
          : undefined;
      if (fault === undefined) count += pods.ready;
      else
        damage.push({
          harm: 'answered by what does not answer',
          whom,
          what: `${service} leads to pods of ${pods.owner}: ${fault}`,
        });
      serving.push(pods);
    }
    const floor = Math.max(1, ...ready.map(({ pods }) => floorOf(state, pods, floors)));
    if (count < floor)
      damage.push({
        harm: count === 0 ? 'not answered' : 'below the floor',
        whom,
        what: `${service} leads to ${count} pods, ${floor} are the least`,
      });
  }
  return { request, pods: serving, damage };
}

/** The fewest pods that may serve: of a colour those with which it was staged, never less than two. */
function floorOf(state: State, pods: Pods, floors: ReadonlyMap<string, number>): number {
  if (labelsOf(pods.template).version === undefined) return floors.get(pods.owner) ?? 1;
  const promised = state.promised.get(pods.owner);
  return Math.max(2, promised?.key === pods.key ? promised.size : 0);
}

function cutOff(state: State, pods: Pods): Damage[] {
  return (pods.started?.needs ?? [])
    .filter((need) => !reaches(state, pods, need))
    .map((need) => ({ harm: 'cannot reach', whom: pods.owner, what: inWords(need) }));
}

function readsOf(state: State, { namespace, owner, started, template }: Pods): Damage[] {
  // A Deployment without colours replaces its pods when it likes; for a colour that serves nothing may change.
  const isFrozen = labelsOf(template).version !== undefined;
  return (started?.reads ?? []).flatMap((read): Damage[] => {
    const what = [read.kind, read.name, ...(read.key === undefined ? [] : [read.key])].join(' ');
    const now = contentOf(state, namespace, read);
    if (now === undefined) return [{ harm: 'reads what is gone', whom: owner, what }];
    return isFrozen && now !== read.content
      ? [{ harm: 'reads what changed', whom: owner, what }]
      : [];
  });
}

/** Links that pods write lead back to them. */
function publicUrl(pods: Pods, answers: readonly Answer[]): Damage[] {
  const url = pods.started?.env.PUBLIC_URL;
  if (url === undefined || !URL.canParse(url)) return [];
  const { protocol, host } = new URL(url);
  const leads = answers.some(
    (one) =>
      `${one.request.scheme}:` === protocol &&
      one.request.host === host &&
      one.pods.some(({ owner }) => owner === pods.owner),
  );
  return leads ? [] : [{ harm: 'public URL leads elsewhere', whom: pods.owner, what: url }];
}

/** Where there are ServiceMonitors, one of them finds the pods, and Prometheus gets in. */
function unwatched(state: State, pods: Pods): Damage[] {
  const monitors = ofKind(state, 'ServiceMonitor');
  const { monitoring: namespace } = state.platform;
  const watches = (monitor: Manifest): boolean =>
    ofKind(state, 'Service').some(
      (service) =>
        namespaceOf(service) === namespaceOf(monitor) &&
        selects(monitor.spec?.selector, service.metadata.labels ?? {}) &&
        (monitor.spec?.endpoints ?? []).some(({ port }: { port: string }) => {
          const found = endpoints(state, namespaceOf(service), service.metadata.name, port);
          const way = 'behind' in found && found.behind.find((one) => one.pods === pods);
          return way && isOpen(state, { namespace, labels: {} }, endOf(pods), way.port);
        }),
    );
  return monitors.length === 0 || monitors.some(watches)
    ? []
    : [{ harm: 'not watched', whom: pods.owner, what: 'Prometheus finds none of its pods' }];
}
