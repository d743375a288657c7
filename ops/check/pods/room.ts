import { type Container, listOf, type PodSpec } from '../../../lib/kubernetes/pods';

/** What a pod lives in may become smaller, but not by more than half in one step: nobody has seen it run in that. */
const LEAST_SHARE = 0.5;

/** Pods that ask for next to nothing are put where there is no room for them, and evicted first. */
const LEAST_ASKED = 0.25;

/** A container with less is killed or evicted before it answers: Node.js alone takes some 40 MiB. */
const LEAST: { readonly [amount: string]: number } = {
  memory: 64 * 2 ** 20,
  'ephemeral-storage': 16 * 2 ** 20,
  cpu: 0.1,
};

/** What a container without a request may ask for, before it grows. */
const MOST: { readonly [amount: string]: number } = {
  memory: 256 * 2 ** 20,
  'ephemeral-storage': 256 * 2 ** 20,
  cpu: 0.5,
};

/** More than that in one step is a typing error, and pods that no node has room for never start. */
const GROWTH = 8;

type Amounts = { readonly [amount: string]: number | undefined };

/** What becomes too small for the pods to live in; each a clause. Amounts are numbers, as the canonical form has them. */
export function roomGuards(before: PodSpec, after: PodSpec): string[] {
  const peers = new Map(listOf(before.containers).map((container) => [container.name, container]));
  return [
    ...folderGuards(before, after),
    ...listOf(after.containers).flatMap((container) => {
      const peer = peers.get(container.name);
      return peer === undefined ? [] : limitGuards(peer, container);
    }),
  ];
}

function limitGuards(before: Container, after: Container): string[] {
  const { name } = after;
  const [was, is] = [before, after].map(({ resources }) => resources?.limits ?? {}) as Amounts[];
  const gone = ['memory', 'ephemeral-storage']
    .filter((amount) => was![amount] !== undefined && is![amount] === undefined)
    .map((amount) => `the limit of ${amount} of ${name} is gone`);
  const small = Object.keys(LEAST).flatMap((amount) => {
    const [from, to] = [was![amount], is![amount]];
    if (to === undefined || to === from) return [];
    const least = Math.max(LEAST[amount]!, (from ?? 0) * LEAST_SHARE);
    return to < least
      ? [`the limit of ${amount} of ${name} becomes ${to}, and ${least} is the least in one step`]
      : [];
  });
  const [asked, asks] = [before, after].map(
    ({ resources }) => resources?.requests ?? {},
  ) as Amounts[];
  const little = Object.keys(asked!).flatMap((amount) => {
    const least = asked![amount]! * LEAST_ASKED;
    return (asks![amount] ?? 0) < least
      ? [
          `${name} asks for ${asks![amount] ?? 'no'} ${amount}, and ${least} is the least in one step`,
        ]
      : [];
  });
  const large = Object.keys(asks!).flatMap((amount) => {
    const [from, to] = [asked![amount], asks![amount]!];
    const most = (from ?? MOST[amount] ?? 0) * GROWTH;
    return to > most && to !== from
      ? [`${name} asks for ${to} of ${amount}, more than ${most}, which a node may not have`]
      : [];
  });
  return [...gone, ...small, ...little, ...large];
}

interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit?: number };
}

function folderGuards(before: PodSpec, after: PodSpec): string[] {
  const sizes = ({ volumes }: PodSpec) =>
    new Map(
      listOf(volumes as readonly Volume[]).map(({ name, emptyDir }) => [name, emptyDir?.sizeLimit]),
    );
  const known = sizes(before);
  return [...sizes(after)].flatMap(([name, size]) => {
    const was = known.get(name);
    return was !== undefined && size !== undefined && size < was * LEAST_SHARE
      ? [`the folder ${name} becomes smaller than half of what it was`]
      : [];
  });
}
