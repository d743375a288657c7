import { randomUUID } from 'node:crypto';
import * as os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kubectl, KubectlError } from '../cluster/kubectl';

const NAME = 'seda-deploy';
const DURATION_SECONDS = 15;
const RENEW_MILLISECONDS = 5000;

interface LeaseObject {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly spec: { readonly holderIdentity?: string; readonly renewTime?: string };
}

/**
 * Keeps two runs apart: a Lease of `coordination.k8s.io` in the namespace of the environment. Its holder
 * renews it; whoever finds one that was not renewed for its whole duration takes it over. That is told by
 * watching it, not by comparing clocks, which differ from machine to machine.
 */
export class Lease {
  private readonly identity = `${os.userInfo().username}@${os.hostname()} ${randomUUID()}`;
  private current: LeaseObject | undefined;
  private renewed = 0;
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> = Promise.resolve();

  /**
   * @param kubectl a client of its own, so that the Lease is given back when the other one is interrupted
   * @param signal ends the watching of a holder that may have died
   * @param note says that it watches one
   */
  constructor(
    private readonly kubectl: Kubectl,
    private readonly signal: AbortSignal,
    private readonly note: (message: string) => void,
  ) {}

  /**
   * @returns false when there is no namespace to hold it in
   * @throws Error that names the holder when another run is alive
   */
  async acquire(): Promise<boolean> {
    for (;;) {
      const { namespace, lease: found } = await this.read();
      if (!namespace) return false;
      if (found === undefined) {
        if (await this.write('create', undefined)) break;
      } else if (!found.spec.holderIdentity || (await this.isDead(found))) {
        if (await this.write('replace', found)) break;
      }
    }
    this.timer = setInterval(() => void (this.renewing = this.renew()), RENEW_MILLISECONDS);
    return true;
  }

  /** @throws Error when the Lease could not be renewed, so that another run may have it */
  assertHeld(): void {
    if (Date.now() - this.renewed < DURATION_SECONDS * 1000) return;
    throw new Error(`the Lease ${NAME} could not be renewed for ${DURATION_SECONDS} s, another run may have it now; run the same command again`);
  }

  /** Renews it when it is about to run out, e.g. after the API server was away. */
  async keep(): Promise<void> {
    await this.renewing;
    if (Date.now() - this.renewed > RENEW_MILLISECONDS * 2) await this.renew();
    this.assertHeld();
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
    if (this.current) await this.write('replace', this.current, '').catch(() => false);
  }

  private async renew(): Promise<void> {
    if (!this.current) return;
    const done = await this.write('replace', this.current).catch(() => undefined);
    if (done !== false) return;
    // The answer to the write before may have been lost on the way.
    const found = await this.read().then(({ lease }) => lease, () => undefined);
    if (found?.spec.holderIdentity === this.identity) await this.write('replace', found).catch(() => false);
  }

  private async isDead(found: LeaseObject): Promise<boolean> {
    const [holder] = found.spec.holderIdentity!.split(' ');
    this.note(`a deploy by ${holder} holds the Lease ${NAME}; watching for ${DURATION_SECONDS} s whether it is alive`);
    const until = Date.now() + DURATION_SECONDS * 1000;
    while (Date.now() < until) {
      await sleep(1000);
      if (this.signal.aborted) throw new Error('interrupted');
      const { lease: again } = await this.read();
      if (!again?.spec.holderIdentity) return true;
      if (again.metadata.resourceVersion !== found.metadata.resourceVersion) {
        throw new Error(`a deploy by ${holder} is running and renews the Lease ${NAME}; wait until it is done`);
      }
    }
    return true;
  }

  private async read(): Promise<{ namespace: boolean; lease?: LeaseObject }> {
    const text = await this.kubectl.run(`cannot read the Lease ${NAME}`, ['get', `namespace/${this.kubectl.namespace}`, `lease/${NAME}`, '--ignore-not-found', '--output=json']);
    if (text === '') return { namespace: false };
    const { items } = JSON.parse(text) as { items: (LeaseObject & { kind: string })[] };
    return { namespace: items.some(({ kind }) => kind === 'Namespace'), lease: items.find(({ kind }) => kind === 'Lease') };
  }

  /** Only over what was read: the resource version makes the API server refuse a write that came second. */
  private async write(verb: 'create' | 'replace', over: LeaseObject | undefined, holder = this.identity): Promise<boolean> {
    const now = Date.now();
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: NAME, ...(over ? { resourceVersion: over.metadata.resourceVersion } : {}) },
      spec: { holderIdentity: holder, leaseDurationSeconds: DURATION_SECONDS, renewTime: new Date(now).toISOString().replace('Z', '000Z') },
    };
    try {
      this.current = await this.kubectl.json(`cannot write the Lease ${NAME}`, [verb, '--filename=-'], { input: JSON.stringify(lease), patient: false });
      this.renewed = now;
      return true;
    } catch (error) {
      if (error instanceof KubectlError && /AlreadyExists|already exists|the object has been modified|Conflict/.test(error.output)) return false;
      throw error;
    }
  }
}
