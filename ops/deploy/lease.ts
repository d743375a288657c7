import { randomUUID } from 'node:crypto';
import * as os from 'node:os';
import type { Clock } from '../io';
import { type CallOptions, Kubectl, KubectlError, PATIENCE_SECONDS } from '../cluster/kubectl';

const NAME = 'seda-deploy';
const DURATION_SECONDS = 15;
const RENEW_MILLISECONDS = 5000;
/** A call that hangs keeps the next one from renewing; a login may take some seconds. */
const LIMIT_SECONDS = 30;

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
  private endRenewal = () => {};
  private renewing: Promise<void> | undefined;
  private lost = false;
  /** A client of its own, so that the Lease is given back when the other one is interrupted. */
  private readonly kubectl: Kubectl;
  private readonly signal: AbortSignal;
  private readonly clock: Clock;

  /**
   * @param kubectl names the cluster; where it is closed, nothing is waited for any more
   * @param note says that a holder is watched, who may have died
   */
  constructor(
    { context, namespace, io, signal }: Kubectl,
    private readonly note: (message: string) => void,
  ) {
    this.kubectl = new Kubectl(context, namespace, io, {
      detached: true,
      limitSeconds: LIMIT_SECONDS,
    });
    this.clock = io.clock;
    this.signal = signal;
  }

  /**
   * @returns false when there is no namespace to hold it in
   * @throws Error that names the holder when another run is alive
   */
  async acquire(): Promise<boolean> {
    for (;;) {
      const { namespace, lease: found } = await this.read();
      if (!namespace) return false;
      if (found === undefined) {
        if (await this.write('create', undefined).catch((error) => this.notWritten(error))) break;
      } else if (
        !found.spec.holderIdentity ||
        found.spec.holderIdentity === this.identity ||
        (await this.isDead(found))
      ) {
        if (await this.write('replace', found).catch((error) => this.notWritten(error))) break;
      }
    }
    this.endRenewal = this.clock.every(RENEW_MILLISECONDS, () => void this.renew());
    return true;
  }

  /**
   * To be asked before every change. After the API server was away for longer than the Lease lasts, a renewal
   * tells whether another run has taken it.
   *
   * @throws Error when one may have, and from then on
   */
  async keep(): Promise<void> {
    const until = this.clock.now() + PATIENCE_SECONDS * 1000;
    await this.renewing;
    while (!this.lost && this.clock.now() - this.renewed > RENEW_MILLISECONDS * 2) {
      await this.renew();
      if (this.signal.aborted) throw new Error('interrupted');
      if (this.clock.now() > until) this.lost = true;
    }
    if (this.lost)
      throw new Error(
        `the Lease ${NAME} was lost, another run may have it now; run the same command again`,
      );
  }

  async release(): Promise<void> {
    this.endRenewal();
    await this.renewing;
    if (this.current) await this.write('replace', this.current, '').catch(() => false);
  }

  private renew(): Promise<void> {
    return (this.renewing ??= this.tryToRenew().finally(() => (this.renewing = undefined)));
  }

  private async tryToRenew(): Promise<void> {
    if (!this.current) return;
    try {
      if (await this.write('replace', this.current)) return;
      // The answer to the write before may have been lost on the way.
      const { lease } = await this.read({ patient: false });
      if (lease?.spec.holderIdentity !== this.identity || !(await this.write('replace', lease)))
        this.lost = true;
    } catch {
      await this.clock.sleep(1000);
    }
  }

  private async isDead(found: LeaseObject): Promise<boolean> {
    const [holder] = found.spec.holderIdentity!.split(' ');
    this.note(
      `a deploy by ${holder} holds the Lease ${NAME}; watching for ${DURATION_SECONDS} s whether it is alive`,
    );
    const until = this.clock.now() + DURATION_SECONDS * 1000;
    while (this.clock.now() < until) {
      await this.clock.sleep(1000);
      if (this.signal.aborted) throw new Error('interrupted');
      const { lease: again } = await this.read();
      if (!again?.spec.holderIdentity) return true;
      if (again.metadata.resourceVersion !== found.metadata.resourceVersion) {
        throw new Error(
          `a deploy by ${holder} is running and renews the Lease ${NAME}; wait until it is done`,
        );
      }
    }
    return true;
  }

  private async read(
    options: CallOptions = {},
  ): Promise<{ namespace: boolean; lease?: LeaseObject }> {
    const text = await this.kubectl.run(
      `cannot read the Lease ${NAME}`,
      [
        'get',
        `namespace/${this.kubectl.namespace}`,
        `lease/${NAME}`,
        '--ignore-not-found',
        '--output=json',
      ],
      { signal: this.signal, ...options },
    );
    if (text === '') return { namespace: false };
    const { items } = JSON.parse(text) as { items: (LeaseObject & { kind: string })[] };
    return {
      namespace: items.some(({ kind }) => kind === 'Namespace'),
      lease: items.find(({ kind }) => kind === 'Lease'),
    };
  }

  /** Only over what was read: the resource version makes the API server refuse a write that came second. */
  private async write(
    verb: 'create' | 'replace',
    over: LeaseObject | undefined,
    holder = this.identity,
  ): Promise<boolean> {
    const now = this.clock.now();
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: NAME, ...(over ? { resourceVersion: over.metadata.resourceVersion } : {}) },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: DURATION_SECONDS,
        renewTime: new Date(now).toISOString().replace('Z', '000Z'),
      },
    };
    try {
      this.current = await this.kubectl.json(
        `cannot write the Lease ${NAME}`,
        [verb, '--filename=-'],
        { input: JSON.stringify(lease), patient: false },
      );
      this.renewed = now;
      return true;
    } catch (error) {
      if (
        error instanceof KubectlError &&
        (error.reason.code === 'conflict' || error.reason.code === 'not-found')
      )
        return false;
      throw error;
    }
  }

  /** A write that met an outage: the next read waits for its end, and shows whether it was heard. */
  private async notWritten(error: unknown): Promise<boolean> {
    if (!(error instanceof KubectlError && error.transient)) throw error;
    await this.clock.sleep(1000);
    return false;
  }
}
