import { setTimeout as sleep } from 'node:timers/promises';
import type { Node } from '../node';
import { lateness, type Load, type Report, type Target } from './load';

/** What became of the requests of a run. */
export interface Run {
  readonly report: Report;
  /** Failures after each event, for people. */
  readonly story: readonly string[];
  /** Why nothing can be concluded from it. */
  readonly void?: string;
}

/** Requests a second of each sort, for 224 in all. */
const RATES = { new: 100, kept: 100, post: 20, slow: 2, 'slow-kept': 2 };

/** Where requests go, and how many. */
export interface LoadOptions {
  readonly namespace: string;
  /** Its address is where they are sent, as clients in the cluster do. */
  readonly service: string;
  /**
   * Another address, and the host that is asked for there: that of an ingress or a Gateway.
   * @default - the Service's
   */
  readonly entry?: { readonly address: string; readonly host: string };
  /**
   * How often the usual rate is sent, of requests that are not slow.
   * @default 1
   */
  readonly times?: number;
  /**
   * Other requests at the same time.
   * @default - none
   */
  readonly more?: readonly Target[];
}

/** Does something under load. Where the machine was late, or took the processor from the pods, nothing can be concluded. */
export async function underLoad(
  node: Node,
  act: (load: Load) => Promise<void>,
  { namespace, service, entry, times = 1, more = [] }: LoadOptions,
): Promise<Run> {
  const kubectl = (...args: string[]) => node.run([`--namespace=${namespace}`, ...args]);
  const address =
    entry?.address ??
    (await kubectl('get', 'service', service, '--output=jsonpath={.spec.clusterIP}')).trim();
  const load = node.load([...targets(address, times), ...more], entry && { host: entry.host });
  let report: Report;
  try {
    await sleep(3000);
    await act(load);
    await sleep(2000);
  } finally {
    report = await load.stop();
  }
  const reason = lateness(report) ?? (await starved(kubectl, report));
  return { report, story: load.story(report), ...(reason === undefined ? {} : { void: reason }) };
}

function targets(address: string, times: number): Target[] {
  const [version, slow] = ['version', 'slow?milliseconds=5000'].map(
    (path) => `http://${address}/api/v1/${path}`,
  ) as [string, string];
  return [
    { name: 'new', kind: 'new', rate: RATES.new * times, url: version },
    { name: 'kept', kind: 'kept', rate: RATES.kept * times, url: version },
    { name: 'post', kind: 'kept-post', rate: RATES.post * times, url: version },
    { name: 'slow', kind: 'new', rate: RATES.slow, url: slow },
    { name: 'slow-kept', kind: 'kept', rate: RATES['slow-kept'], url: slow },
  ];
}

/** Pods that two readiness probes got no answer from: what else ran on this machine took the processor from them. */
async function starved(
  kubectl: (...args: string[]) => Promise<string>,
  { begin, end }: Report,
): Promise<string | undefined> {
  const { items } = JSON.parse(
    await kubectl('get', 'events', '--field-selector=reason=Unhealthy', '--output=json'),
  ) as {
    items: {
      message: string;
      count?: number;
      lastTimestamp: string;
      involvedObject: { name: string };
    }[];
  };
  const silent = items.filter(({ message, count = 1, lastTimestamp }) => {
    const at = Date.parse(lastTimestamp) / 1000;
    const during = at >= begin - 1 && at <= end + 1;
    return during && count > 1 && /^Readiness.*(deadline exceeded|Timeout)/i.test(message);
  });
  if (silent.length === 0) return undefined;
  return silent
    .map(
      ({ involvedObject, count }) =>
        `${count} readiness probes of ${involvedObject.name} had no answer in time`,
    )
    .join(', ');
}
