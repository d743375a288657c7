import { Gateways } from '../cluster/gateways';
import type { Kubectl } from '../cluster/kubectl';
import { readNamed } from '../cluster/live';
import type { troubleOf } from '../deploy/failure';
import type { Manifest } from '../../lib/manifests';
import type { Rendering } from '../rendering/rendering';

/** A pod as far as the checks look at it. */
export type Pod = Manifest & Parameters<typeof troubleOf>[0];

/** The namespace as it is now. What several checks need is read once; whoever needs it gets its error as well. */
export class Cluster {
  readonly gateways: Gateways;
  private readonly answers = new Map<string, Promise<Manifest[]>>();

  constructor(
    readonly kubectl: Kubectl,
    private readonly rendering: Rendering,
  ) {
    this.gateways = new Gateways(kubectl);
  }

  /** What is rendered of the kinds of Kubernetes itself, as it is; nothing here needs the content of a Secret. */
  live(): Promise<Manifest[]> {
    const objects = this.rendering.objects.filter(
      ({ apiVersion, kind }) => !isCustom(apiVersion) && kind !== 'Secret' && kind !== 'Namespace',
    );
    return this.once('live', () =>
      objects.length === 0 ? Promise.resolve([]) : readNamed(this.kubectl, objects),
    );
  }

  /** What is rendered of one kind; who may see pods may not always see what belongs to an operator. */
  liveOf(kind: string): Promise<Manifest[]> {
    return this.once(`live ${kind}`, () => readNamed(this.kubectl, this.rendering.ofKind(kind)));
  }

  pods(): Promise<Pod[]> {
    return this.list('pods') as Promise<Pod[]>;
  }

  events(): Promise<Manifest[]> {
    return this.list('events', '--field-selector=type=Warning');
  }

  /** All objects of a resource. */
  list(resource: string, ...args: string[]): Promise<Manifest[]> {
    return this.once(
      resource,
      async () =>
        (
          await this.kubectl.json<{ items: Manifest[] }>(
            `cannot read the ${resource.split('.')[0]}`,
            ['get', resource, ...args],
          )
        ).items,
    );
  }

  private once(key: string, read: () => Promise<Manifest[]>): Promise<Manifest[]> {
    const answer = this.answers.get(key) ?? read();
    this.answers.set(key, answer);
    return answer;
  }
}

/** The same client with only so many calls at once: each is a process, and a small machine has few cores. */
export function limited(kubectl: Kubectl, most: number): Kubectl {
  let running = 0;
  const waiting: (() => void)[] = [];
  const run: Kubectl['run'] = async (...args) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await kubectl.run(...args);
    } finally {
      const next = waiting.shift();
      // Whoever waits takes the place over.
      if (next) next();
      else running--;
    }
  };
  return Object.create(kubectl, { run: { value: run } }) as Kubectl;
}

/** Groups of Kubernetes itself have no dot, or end in k8s.io. */
export function isCustom(apiVersion: string): boolean {
  const [group = ''] = apiVersion.split('/');
  return group.includes('.') && !/\.k8s\.io$/.test(group);
}
